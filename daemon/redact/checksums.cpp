#include "daemon/redact/checksums.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "daemon/redact/alphabet.h"

namespace kaizen::redact {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
        table[byte] = value;
    }
    return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

std::string little_endian(std::uint32_t number) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(number >> shift & 0xff));
    return bytes;
}

// `body` bytes between the token's last prefix byte ('_') and its checksum.
bool crc62_after(std::string_view token, std::size_t body) {
    const std::size_t prefix = token.find('_') + 1;  // npos + 1 is 0: then the length does not fit
    if (token.size() < prefix + body + 6) return false;
    return token.substr(prefix + body, 6) == in_base(crc32(token.substr(prefix, body)), 62, 6);
}

int base64_value(char c) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    const std::size_t at = kBase64.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t value = 0xFFFFFFFFu;
    for (const char c : bytes)
        value = kCrcTable[(value ^ static_cast<unsigned char>(c)) & 0xff] ^ (value >> 8);
    return ~value;
}

std::string in_base(std::uint32_t number, unsigned base, std::size_t width) {
    const std::string_view digits = base == 62 ? kBase62 : kBase36;
    std::string text;
    for (; number > 0; number /= base) text.push_back(digits[number % base]);
    if (text.size() < width) text.append(width - text.size(), '0');
    std::reverse(text.begin(), text.end());
    return text;
}

std::string little_endian_hex(std::uint32_t number) {
    std::string text;
    for (const char c : little_endian(number)) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

std::string little_endian_base64(std::uint32_t number) {
    return encode_base64(little_endian(number)).substr(0, 6);
}

std::optional<std::string> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<char>(bits >> held & 0xff));
    }
    return out;
}

std::string encode_base64(std::string_view bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j)
            out.push_back(i + j <= bytes.size() ? kBase64[group >> (18 - 6 * j) & 63] : '=');
    }
    return out;
}

bool luhn_holds(std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

bool mod97_holds(std::string_view iban) {
    std::string compact;
    std::copy_if(iban.begin(), iban.end(), std::back_inserter(compact), [](char c) { return c != ' '; });
    if (compact.size() < 5) return false;
    std::rotate(compact.begin(), compact.begin() + 4, compact.end());
    int rest = 0;
    for (const char c : compact) {
        if (!in(Alphabet::alnum, c)) return false;
        const bool is_digit = in(Alphabet::digit, c);
        const int value = is_digit ? c - '0' : fold(c) - 'a' + 10;
        rest = (rest * (is_digit ? 10 : 100) + value) % 97;
    }
    return rest == 1;
}

bool ends_in_crc62(std::string_view token) { return crc62_after(token, 30) || crc62_after(token, 50); }

bool ends_in_crc36(std::string_view token) {
    constexpr std::size_t kLongest = 512;  // of those that have one
    if (token.size() < 16 || token.size() > kLongest) return false;
    const std::string_view body = token.substr(0, token.size() - 7);
    return token.substr(body.size()) == in_base(crc32(body), 36, 7);
}

bool ends_in_le_hex(std::string_view token) {
    constexpr std::size_t kBody = 5 + 32;
    return token.size() >= kBody + 9 && token[kBody] == '_' &&
           token.substr(kBody + 1, 8) == little_endian_hex(crc32(token.substr(0, kBody)));
}

bool ends_in_le_base64(std::string_view token) {
    constexpr std::size_t kBody = 4 + 54;
    return token.size() >= kBody + 6 &&
           token.substr(kBody, 6) == little_endian_base64(crc32(token.substr(0, kBody)));
}

bool ends_in_crc_hex(std::string_view token) {
    constexpr std::size_t kBody = 5 + 32;
    return token.size() >= kBody + 9 && token[kBody] == '_' &&
           token.substr(kBody + 1, 8) == fmt::format("{:08x}", crc32(token.substr(0, kBody)));
}

}  // namespace kaizen::redact
