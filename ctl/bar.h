#pragma once

// A bar for a share, as text. Pure.

#include <cstdint>
#include <string>

namespace kaizen::ctl {

// As long as `value` is of `largest`, which takes all `columns`; what is more than nothing shows.
[[nodiscard]] std::string bar(std::int64_t value, std::int64_t largest, int columns);

}  // namespace kaizen::ctl
