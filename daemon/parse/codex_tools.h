#pragma once

// Codex's tool calls and their outputs (response_item payloads) as events. Worker thread.

#include <string_view>

#include "common/json.h"
#include "daemon/parse/event_writer.h"

namespace kaizen::parse::codex {

// Adds the events of `item`, whose type is `type`; false when that is none of a tool's. `inner` is for JSON
// inside strings.
[[nodiscard]] bool take_tool_item(const JsonValue& item, std::string_view type, JsonDocument& inner,
                                  EventWriter& writer);

}  // namespace kaizen::parse::codex
