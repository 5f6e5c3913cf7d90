#pragma once

// Which records of a Codex rollout are the usage of a new model response. Worker thread.

#include <cstdint>
#include <string_view>

#include "common/json.h"
#include "daemon/parse/event_writer.h"

namespace kaizen::parse::codex {

// The newest versions write one token_usage_record per response, followed by a token_count that repeats it;
// older ones token_count alone, two or three times per response.
struct UsageBook {
    bool has_records = false;      // then token_count counts no more
    std::uint64_t last_total = 0;  // hash of the last total_token_usage; saved with the parser

    // Each adds a `cost` event named "usage" when the record is a new response.
    void take_record(const JsonValue& payload, std::string_view model, EventWriter& writer);
    void take_count(const JsonValue& payload, std::string_view timestamp, std::string_view model,
                    EventWriter& writer);
};

}  // namespace kaizen::parse::codex
