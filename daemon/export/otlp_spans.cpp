#include "daemon/export/otlp_spans.h"

#include <fmt/core.h>

#include "daemon/export/otlp_json.h"
#include "daemon/export/otlp_names.h"
#include "daemon/export/otlp_place.h"

namespace kaizen::exporting::otlp {
namespace {

// The numbers of OTLP's enums.
enum class SpanKind : int { internal = 1, client = 3 };
constexpr int kStatusError = 2;

struct Frame {
    const Actor& actor;
    std::string id;
    bool is_turn;
    std::string_view operation;
    std::string_view subject;  // behind the operation in the name; empty: unknown
    SpanKind kind;
    UnixMs start, end;
};

void write_link(JsonText& out, const Cause& cause) {
    out.key("links");
    out.StartArray();
    out.StartObject();
    text(out, "traceId", cause.trace);
    text(out, "spanId", cause.span);
    out.EndObject();
    out.EndArray();
}

void begin_span(JsonText& out, const Frame& frame) {
    out.StartObject();
    text(out, "traceId", trace_of(frame.actor));
    text(out, "spanId", frame.id);
    const std::string above = frame.is_turn ? call_above(frame.actor) : span_above(frame.actor);
    const auto cause = above.empty() ? cause_of(frame.actor) : std::nullopt;
    if (!above.empty()) text(out, "parentSpanId", above);
    if (cause) write_link(out, *cause);
    text(out, "name",
         frame.subject.empty() ? std::string(frame.operation)
                               : fmt::format("{} {}", frame.operation, frame.subject));
    out.key("kind"), out.Int(static_cast<int>(frame.kind));
    time(out, "startTimeUnixNano", frame.start);
    time(out, "endTimeUnixNano", frame.end);
}

std::string_view outcome_of(const Event& event) {
    const bool last_message =
        event.kind == "message" && find_string(*event.payload, "role") == std::string_view("assistant");
    return last_message ? name::completed : meaning_of(event, name::turn_outcomes);
}

// The daemon says it on the event after which the turn is over.
void write_turn(JsonText& out, const Event& event) {
    const JsonValue* ended = event.payload == nullptr ? nullptr : find_object(*event.payload, "ended_turn");
    if (ended == nullptr) return;
    const auto turn = count_in(*ended, "turn");
    const auto start = time_in(*ended, "started_at_ms");
    const auto end = time_in(*ended, "ended_at_ms");
    if (!turn) return;
    Actor actor = event.actor;
    actor.turn = *turn;
    if (*turn == 0 && !call_above(actor).empty()) return;        // that call is above what it did
    actor.model = {};                                            // of the event, which may be the next turn's
    const UnixMs from = start.value_or(end.value_or(event.at));  // where no line says a time, the row does
    begin_span(out, {actor, turn_span_id_of(actor.session, *turn), true, name::invoke_agent,
                     actor.agent_name(), SpanKind::internal, from, std::max(from, end.value_or(from))});
    {
        Attributes attributes(out);
        attributes.text(name::operation, name::invoke_agent);
        add_actor(attributes, actor);
        attributes.text(name::turn_outcome, outcome_of(event));
        attributes.number(name::sample_rate, event.sample_rate);
    }
    out.EndObject();
}

void write_chat(JsonText& out, const Response& response, const Names& names) {
    const Event& event = response.first;
    begin_span(out, {event.actor, span_id_of(response.identity()), false, name::chat, event.actor.model,
                     SpanKind::client, event.at, response.last_at});
    {
        Attributes attributes(out);
        attributes.text(name::operation, name::chat);
        add_actor(attributes, event.actor);
        attributes.text(name::response_model, event.actor.model);
        attributes.text(name::response_id, event.response);
        add_usage(attributes, response.used, names);
        if (response.is_timed) attributes.text(name::duration, name::observed);
        attributes.number(name::sample_rate, event.sample_rate);
    }
    out.EndObject();
}

// A span cannot be taken back: of one that left without its result the log alone tells how it ended.
void write_tool(JsonText& out, const ToolSpan& span, const Names& names) {
    if (!span.started_at || !span.ended_at || span.is_late) return;
    begin_span(out, {span.actor, call_span_id_of(span.actor.session, span.id), false, name::execute_tool,
                     span.tool, SpanKind::internal, *span.started_at, *span.ended_at});
    {
        Attributes attributes(out);
        add_tool(attributes, span, names);
    }
    if (span.status == "error") {
        out.key("status");
        out.StartObject();
        out.key("code"), out.Int(kStatusError);
        out.EndObject();
    }
    out.EndObject();
}

}  // namespace

void add_actor(Attributes& attributes, const Actor& actor) {
    attributes.text(name::provider, actor.provider());
    attributes.text(name::conversation_id, actor.session);
    attributes.text(name::agent_name, actor.agent_name());
    attributes.text(name::request_model, actor.model);
    if (actor.turn > 0) attributes.integer(name::turn, actor.turn);
    attributes.text(name::parent_session, actor.parent);
}

void add_usage(Attributes& attributes, const Usage& used, const Names& names) {
    constexpr double kMicro = 1e6;
    attributes.integer(name::input_tokens, used.input());
    attributes.integer(name::output_tokens, used.output);
    attributes.integer(name::cache_read_tokens, used.cache_read);
    attributes.integer(names.cache_write_tokens, used.cache_creation);
    attributes.integer(name::reasoning_tokens, used.reasoning);
    if (used.cost_usd_e6) attributes.number(name::cost_usd, static_cast<double>(*used.cost_usd_e6) / kMicro);
}

void add_tool(Attributes& attributes, const ToolSpan& span, const Names& names) {
    attributes.text(name::operation, name::execute_tool);
    add_actor(attributes, span.actor);
    attributes.text(name::tool_name, span.tool);
    attributes.text(name::tool_call_id, span.id);
    attributes.text(name::tool_type, name::function);  // agents run their tools where they run themselves
    attributes.text(name::error_type, span.error());
    if (span.status == "orphaned") attributes.text(name::status, span.status);
    attributes.texts(name::path_hashes, find_array(*span.row, "path_hashes"));
    add_usage(attributes, span.used, names);
}

std::string spans_of(const Rows& rows, const std::vector<Response>& responses, const Names& names) {
    JsonText out;
    out.StartArray();
    for (const Event& event : rows.events) write_turn(out, event);
    for (const Response& response : responses) write_chat(out, response, names);
    for (const ToolSpan& span : rows.spans) write_tool(out, span, names);
    out.EndArray();
    const std::string list = out.str();
    return list == "[]" ? std::string() : list;
}

}  // namespace kaizen::exporting::otlp
