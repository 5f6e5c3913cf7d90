#pragma once

// Tells made-up strings from words, identifiers and paths. Pure; any thread.

#include <string_view>

namespace kaizen::redact {

// How much likelier `text` (its likeliest stretch) is a random string than something that people write: bits,
// 0 and up. Identifiers of 12 to 60 characters: 3 % reach 10, 1 % reach 12, 0.1 % reach 20. Random letters
// and digits: half of 12 characters reach 14, 99 % of 20 reach 8 and of 32 reach 17.
[[nodiscard]] int randomness(std::string_view text);

// At least 16 characters that are very random, and no digest, UUID, git SHA or picture: what may not stand
// near a sensitive word.
[[nodiscard]] bool looks_secret(std::string_view text);

// Bits per byte; 0 for nothing.
[[nodiscard]] double shannon_entropy(std::string_view text);

// Whether `text` is spelled like 8-4-4-4-12.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace kaizen::redact
