#pragma once

// "--since" as people write it: 30m, 12h, 7d, 2w (before now), 2026-11-01 (midnight), or a whole ISO time.
// Pure, but for the time zone of the process.

#include <string>
#include <string_view>

#include "common/error.h"
#include "ctl/look.h"

namespace kaizen::ctl {

[[nodiscard]] Result<UnixMs> parse_since(const Look& look, std::string_view text);

}  // namespace kaizen::ctl
