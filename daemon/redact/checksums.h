#pragma once

// Arithmetic that some values carry within themselves. A checksum that holds accepts a value without further
// proof; one that does not says nothing: truncated and re-typed secrets are secrets still. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kaizen::redact {

[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

// `width` digits of 0-9A-Za-z (base 62) or 0-9a-z (base 36), padded with 0 on the left.
[[nodiscard]] std::string in_base(std::uint32_t number, unsigned base, std::size_t width);

// The four bytes, least significant first, as hex or as base64 without padding.
[[nodiscard]] std::string little_endian_hex(std::uint32_t number);
[[nodiscard]] std::string little_endian_base64(std::uint32_t number);

// Standard or URL alphabet, padding optional; nothing when another byte stands in it.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

[[nodiscard]] bool luhn_holds(std::string_view digits);

// IBAN: country and check digits moved to the end, letters as numbers, modulo 97 is 1. Blanks are left out.
[[nodiscard]] bool mod97_holds(std::string_view iban);

// Of a whole token, prefix included.
using Check = bool (*)(std::string_view token);
[[nodiscard]] bool ends_in_crc62(std::string_view token);      // GitHub, npm, Vercel: prefix_body, last 6
[[nodiscard]] bool ends_in_crc36(std::string_view token);      // GitLab routable, last 7
[[nodiscard]] bool ends_in_le_hex(std::string_view token);     // Grafana glsa_<32>_<8>
[[nodiscard]] bool ends_in_le_base64(std::string_view token);  // Confluent cflt<54><6>
[[nodiscard]] bool ends_in_crc_hex(std::string_view token);    // Zuplo zpka_<32>_<8>

}  // namespace kaizen::redact
