#pragma once

// What stands in the fields of Codex's records. Pure.

#include <string_view>

#include "common/json.h"

namespace kaizen::parse::codex {

// Records that make no event: news that change nothing here, and twins of response items (the response_item
// counts).
[[nodiscard]] bool is_noise(std::string_view type, std::string_view payload_type);

// The front of {"timestamp":…,"ordinal":…,"type":…,"payload":{"type":…; empty when it is another one.
struct Front {
    std::string_view timestamp, type, payload_type;
};
[[nodiscard]] Front look_at_front(std::string_view line);

// What a person typed of this part of a user message's content; empty: nothing.
[[nodiscard]] std::string_view typed_text(const JsonValue& message, rapidjson::SizeType part);

// "priority", "flex"; empty for the usual tier.
[[nodiscard]] std::string_view tier_in(const JsonValue& object);

}  // namespace kaizen::parse::codex
