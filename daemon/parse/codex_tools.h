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

// What ran inside a script of code mode stands only in `item_completed`: a call and its result. False: the
// item is none of a tool's.
[[nodiscard]] bool take_completed_item(const JsonValue& item, EventWriter& writer);

}  // namespace kaizen::parse::codex
