#pragma once

// A row as it would be sent, in one line: what it is of, and the facts in it. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace kaizen::ctl {

[[nodiscard]] std::string kind_word(std::string_view kind);  // "event" of "events"

// Plain text: "tool call · Bash · cargo test"
[[nodiscard]] std::string row_summary(std::string_view kind, const JsonValue& row);
[[nodiscard]] std::string row_summary(std::string_view kind, std::string_view json);

}  // namespace kaizen::ctl
