#pragma once

// What is said of a place of sessions that is not watched, by both programs. Pure; any thread.

#include <string>

#include "proto/control.h"

namespace kaizen::proto {

// The fix has one step, or line of `config_file`, a line.
[[nodiscard]] Check unwatched_check(const UnwatchedRoot& root, const std::string& config_file);

}  // namespace kaizen::proto
