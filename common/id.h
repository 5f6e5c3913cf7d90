#pragma once

// Identifiers that nobody else makes. Any thread.

#include <string>

#include "common/clock.h"

namespace kaizen {

// A UUID of version 7 (RFC 9562): the time first, then 74 random bits from the operating system. Throws
// std::system_error when that has none.
[[nodiscard]] std::string uuid_v7(UnixMs now);

}  // namespace kaizen
