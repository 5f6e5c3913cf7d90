#pragma once

// One model has many names: of its maker, and of the clouds and gateways that sell it, with a date, a version
// or a tag at its end. Pure; any thread.

#include <string>
#include <string_view>

namespace kaizen {

// Without provider and tag, in the maker's spelling: "us.anthropic.claude-opus-4.6[1m]" is "claude-opus-4-6".
[[nodiscard]] std::string plain_model_name(std::string_view model);

// Of a plain name. "-v1:0", "-v2" · "-20250929", "@20250929", "-2025-09-29"
[[nodiscard]] std::string_view without_version(std::string_view model);
[[nodiscard]] std::string_view without_date(std::string_view model);
// Gateways write "claude-4-6-opus". Names of before the fourth generation are right that way round.
[[nodiscard]] std::string with_version_last(std::string_view model);

// All of these: what the names of one model have in common.
[[nodiscard]] std::string model_family(std::string_view model);

}  // namespace kaizen
