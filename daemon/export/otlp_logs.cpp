#include "daemon/export/otlp_logs.h"

#include <array>

#include "daemon/export/otlp_json.h"
#include "daemon/export/otlp_place.h"
#include "daemon/export/otlp_spans.h"
#include "daemon/export/row_line.h"

namespace kaizen::exporting::otlp {
namespace {

using proto::ingest::Kind;

struct Severity {
    int number;  // of OTLP's enum
    std::string_view text;
};
constexpr Severity kInfo{9, "INFO"};
constexpr Severity kError{17, "ERROR"};

std::string_view text_in(const JsonValue& object, std::string_view key) {
    return find_string(object, key).value_or(std::string_view());
}

void add_payload(Attributes& attributes, const JsonValue& payload) {
    for (const auto& [key, name] : name::payload_texts) attributes.text(name, text_in(payload, key));
    for (const auto& [key, name] : name::payload_numbers) attributes.integer(name, count_in(payload, key));
    for (const auto& [key, name] : name::payload_flags) attributes.flag(name, find_bool(payload, key));
}

class LogRecords {
  public:
    LogRecords(std::optional<UnixMs> observed_at, const Names& names)
        : names_(names), observed_at_(observed_at) {
        out_.StartArray();
    }

    void add(const Event& event);
    void add(const ToolSpan& span);
    void add(const Snapshot& snapshot);
    void add_facts(const JsonValue& row);

    [[nodiscard]] std::string list();

  private:
    void begin(std::string_view event_name, std::optional<UnixMs> at, Severity severity);
    void place(const Actor& actor, std::string_view span_id);
    void body(Kind kind, const JsonValue& row);

    const Names& names_;
    JsonText out_;
    std::optional<UnixMs> observed_at_;
};

void LogRecords::begin(std::string_view event_name, std::optional<UnixMs> at, Severity severity) {
    out_.StartObject();
    if (at) time(out_, "timeUnixNano", *at);
    if (observed_at_) time(out_, "observedTimeUnixNano", *observed_at_);
    out_.key("severityNumber"), out_.Int(severity.number);
    text(out_, "severityText", severity.text);
    text(out_, "eventName", event_name);
}

void LogRecords::place(const Actor& actor, std::string_view span_id) {
    if (span_above(actor).empty()) return;
    text(out_, "traceId", trace_of(actor));
    text(out_, "spanId", span_id);
}

void LogRecords::body(Kind kind, const JsonValue& row) {
    out_.key("body");
    out_.StartObject();
    text(out_, "stringValue", line_of(kind, row));
    out_.EndObject();
}

void LogRecords::add(const Event& event) {
    const bool is_call = event.kind == "tool_call" || event.kind == "tool_result";  // their span says it
    if (is_call) return;
    const std::string event_name = std::string(name::event_prefix) + std::string(event.kind);
    begin(event_name, event.at, event.kind == "error" ? kError : kInfo);
    place(event.actor, span_above(event.actor));
    body(Kind::events, *event.row);
    {
        Attributes attributes(out_);
        attributes.text(name::event_name, event_name);
        add_actor(attributes, event.actor);
        attributes.integer(name::event_seq, event.seq);
        attributes.text(name::session_status, meaning_of(event, name::session_statuses));
        attributes.text(name::tool_name, event.tool);
        attributes.text(name::response_id, event.response);
        if (event.kind == "cost")
            add_usage(attributes, event.used, names_);  // of the others, a chat span says it
        attributes.number(name::sample_rate, event.sample_rate);
        if (event.payload != nullptr) add_payload(attributes, *event.payload);
    }
    out_.EndObject();
}

void LogRecords::add(const ToolSpan& span) {
    if (span.started_at) return;
    begin(name::tool_span_event, std::nullopt, span.status == "error" ? kError : kInfo);
    place(span.actor, call_span_id_of(span.actor.session, span.id));
    body(Kind::tool_spans, *span.row);
    {
        Attributes attributes(out_);
        attributes.text(name::event_name, name::tool_span_event);
        add_tool(attributes, span, names_);
    }
    out_.EndObject();
}

void LogRecords::add(const Snapshot& snapshot) {
    begin(name::snapshot_event, snapshot.at, kInfo);
    body(Kind::repo_snapshots, *snapshot.row);
    {
        Attributes attributes(out_);
        attributes.text(name::event_name, name::snapshot_event);
        attributes.text(name::snapshot_id, text_in(*snapshot.row, "snapshot_id_hash"));
        attributes.text(name::commit_hash, text_in(*snapshot.row, "commit_hash"));
        attributes.flag(name::dirty, find_bool(*snapshot.row, "dirty"));
        attributes.integer(name::chunk_index, count_in(*snapshot.row, "chunk_index"));
        attributes.integer(name::chunk_total, count_in(*snapshot.row, "chunk_total"));
        attributes.list(name::file_facts, find_array(*snapshot.row, "file_facts"));
        attributes.list(name::edges, find_array(*snapshot.row, "edges"));
    }
    out_.EndObject();
}

void LogRecords::add_facts(const JsonValue& row) {
    begin(name::facts_event, std::nullopt, kInfo);
    body(Kind::workspace_facts, row);
    {
        Attributes attributes(out_);
        attributes.text(name::event_name, name::facts_event);
        attributes.texts(name::skill_slugs, find_array(row, "skill_slugs"));
        attributes.texts(name::rule_slugs, find_array(row, "rule_slugs"));
    }
    out_.EndObject();
}

std::string LogRecords::list() {
    out_.EndArray();
    const std::string list = out_.str();
    return list == "[]" ? std::string() : list;
}

}  // namespace

std::string logs_of(const Rows& rows, const Names& names) {
    LogRecords records(rows.observed_at, names);
    for (const Event& event : rows.events) {
        if (!event.is_copied) records.add(event);
    }
    for (const ToolSpan& span : rows.spans) records.add(span);
    for (const Snapshot& snapshot : rows.snapshots) records.add(snapshot);
    for (const JsonValue* facts : rows.facts) records.add_facts(*facts);
    return records.list();
}

}  // namespace kaizen::exporting::otlp
