#pragma once

// A time as people write it behind --since and --until: 30m, 12h, 7d, 2w (before now), 2026-11-01 (midnight),
// or a whole ISO time. Pure, but for the time zone of the process.

#include <string>
#include <string_view>

#include "common/error.h"
#include "ctl/look.h"

namespace kaizen::ctl {

enum class Spans {
    exact,        // 7d: 168 hours before now
    whole_days,   // 7d: midnight at the beginning of the first of seven days, the last of which is today
    whole_weeks,  // likewise, and back to the Monday of that week
    whole_months  // likewise, and back to the first of that month
};

// An error names `option`.
[[nodiscard]] Result<UnixMs> parse_time(const Look& look, std::string_view option, std::string_view text,
                                        Spans spans = Spans::exact);

}  // namespace kaizen::ctl
