#pragma once

// The name of the time zone that local times are shown in, for the daemon to count days by.

#include <string>

#include "common/paths.h"

namespace kaizen::ctl {

// The IANA name: that of TZ, else the one that the link at `link` points to; empty when neither says one.
[[nodiscard]] std::string time_zone_name(const Env& env, const std::string& link = "/etc/localtime");

}  // namespace kaizen::ctl
