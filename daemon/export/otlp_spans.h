#pragma once

// Spans: invoke_agent for a turn that ended, chat for a model response, execute_tool for a tool call; one
// trace per turn. Each is complete when it is sent, and may leave before its parent. Pure; any thread.

#include <string>
#include <vector>

#include "daemon/export/otlp_rows.h"

namespace kaizen::exporting::otlp {

class Attributes;
struct Names;

// A JSON list; empty text when there is none. Tool calls without any time are no spans (see otlp_logs.h).
[[nodiscard]] std::string spans_of(const Rows& rows, const std::vector<Response>& responses,
                                   const Names& names);

// Shared with log records.
void add_actor(Attributes& attributes, const Actor& actor);
void add_usage(Attributes& attributes, const Usage& used, const Names& names);
void add_tool(Attributes& attributes, const ToolSpan& span, const Names& names);
// The word for an event of kind lifecycle in a table of otlp_names.h; empty: none.
template <class Meanings>
[[nodiscard]] std::string_view meaning_of(const Event& event, const Meanings& meanings) {
    if (event.kind != "lifecycle" || event.payload == nullptr) return {};
    const auto name = find_string(*event.payload, "name");
    for (const auto& meaning : meanings)
        if (meaning.lifecycle == name) return meaning.word;
    return {};
}

}  // namespace kaizen::exporting::otlp
