#pragma once

// Decimal numbers by their text, exactly: as floating point, a price would be one near it. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace kaizen::ctl {

// A number of JSON times 10^exponent as an integer, rounded half up. Nothing when the text is none, when it
// is less than 0, or when that integer has more than 18 digits.
[[nodiscard]] std::optional<std::int64_t> scaled(std::string_view number, int exponent);

}  // namespace kaizen::ctl
