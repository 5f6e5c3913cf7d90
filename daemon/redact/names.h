#pragma once

// Which names of variables, keys, options and headers stand for something secret. Pure; any thread.

#include <cstdint>
#include <string_view>

namespace kaizen::redact {

enum class Sensitivity : std::uint8_t {
    none,
    beside,    // a sensitive word stands in it: API_KEY_PROD, token_url
    key,       // ends in token, api key, auth, …: a random value is the secret
    password,  // ends in password, secret, …: any value is
};

// Case, '-', '_', '.', blanks and camelCase are folded. Names that count tokens are none.
[[nodiscard]] Sensitivity sensitivity(std::string_view name);

// Whether the whole object or list under a key of this name goes: env, environment.
[[nodiscard]] bool names_environment(std::string_view name);

}  // namespace kaizen::redact
