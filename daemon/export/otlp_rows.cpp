#include "daemon/export/otlp_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "daemon/export/waiting_row.h"
#include "daemon/flush/excerpt.h"

namespace kaizen::exporting::otlp {
namespace {

using proto::ingest::Kind;

constexpr UnixMs kLastTime = std::numeric_limits<std::int64_t>::max() / 1'000'000;  // in nanoseconds
constexpr std::int64_t kLargest = std::int64_t{1} << 53;                            // of the contract
constexpr std::array<std::string_view, 7> kEventKinds = {"message", "tool_call", "tool_result", "error",
                                                         "cost",    "hook",      "lifecycle"};
constexpr std::array<std::string_view, 3> kSpanStatuses = {"done", "error", "orphaned"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view text_in(const JsonValue& object, std::string_view key) {
    return find_string(object, key).value_or(std::string_view());
}

std::optional<std::int64_t> integer_in(const JsonValue& object, std::string_view key, std::int64_t least,
                                       std::int64_t most) {
    const auto value = find_int(object, key);
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<UnixMs> believable(std::int64_t at) {
    return at > 0 && at <= kLastTime ? std::optional(at) : std::nullopt;
}

Usage usage_in(const JsonValue& row) {
    return {count_in(row, "tokens_in"),
            count_in(row, "cache_read_tokens"),
            count_in(row, "cache_creation_tokens"),
            count_in(row, "tokens_out"),
            count_in(row, "reasoning_tokens"),
            integer_in(row, "cost_usd_e6", -kLargest, kLargest)};
}

tl::unexpected<Error> unfit(std::string reason) { return fail(ErrorCode::bad_input, std::move(reason)); }

Result<> read_event(const JsonValue& row, Rows& rows) {
    Event event;
    event.actor = actor_in(row);
    event.kind = text_in(row, "kind");
    event.tool = text_in(row, "tool");
    event.response = text_in(row, "response_id_hash");
    event.used = usage_in(row);
    event.payload = find_object(row, "payload");
    event.row = &row;
    const auto rate = find_number(row, "sample_rate");
    if (rate && *rate >= 0 && *rate <= 1) event.sample_rate = rate;
    const auto at = time_in(row, "ts_ms");
    const auto seq = integer_in(row, "event_seq", 0, kLargest);
    if (event.actor.session.empty()) return unfit("the event names no session");
    if (!is_one_of(kEventKinds, event.kind))
        return unfit(fmt::format("no such kind of event: \"{}\"", flush::excerpt(event.kind, 40)));
    if (!at) return unfit("the event has no valid time");
    if (!seq) return unfit("the event has no valid event_seq");
    event.is_copied = is_copied(row);
    if (event.payload != nullptr) event.is_part = find_bool(*event.payload, "of_response").value_or(false);
    event.at = *at;
    event.seq = *seq;
    rows.events.push_back(event);
    return {};
}

// One time and the duration make the other; one time alone is a moment.
void complete_times(ToolSpan& span) {
    const std::int64_t lead = span.duration_ms.value_or(0);
    if (span.started_at && span.ended_at && !span.duration_ms && *span.ended_at >= *span.started_at)
        span.duration_ms = *span.ended_at - *span.started_at;
    if (span.started_at && !span.ended_at) span.ended_at = believable(*span.started_at + lead);
    if (span.ended_at && !span.started_at) span.started_at = believable(*span.ended_at - lead);
    if (!span.started_at || !span.ended_at) span.started_at = span.ended_at = std::nullopt;
    if (span.started_at) span.ended_at = std::max(*span.started_at, *span.ended_at);
}

Result<> read_span(const JsonValue& row, Rows& rows) {
    ToolSpan span;
    span.actor = actor_in(row);
    span.id = text_in(row, "span_id_hash");
    span.tool = text_in(row, "tool");
    span.status = text_in(row, "status");
    span.error_type = text_in(row, "error_type");
    span.started_at = time_in(row, "started_at_ms");
    span.ended_at = time_in(row, "ended_at_ms");
    span.duration_ms = integer_in(row, "lead_time_ms", 0, kLastTime);
    span.used = usage_in(row);
    span.is_late = find_bool(row, "late").value_or(false);
    span.row = &row;
    if (span.actor.session.empty()) return unfit("the span names no session");
    if (span.id.empty()) return unfit("the span has no span_id_hash");
    if (!is_one_of(kSpanStatuses, span.status))
        return unfit(fmt::format("no such status of a span: \"{}\"", flush::excerpt(span.status, 40)));
    complete_times(span);
    rows.spans.push_back(span);
    return {};
}

Result<> read_snapshot(const JsonValue& row, Rows& rows) {
    const auto at = time_in(row, "indexed_at_ms");
    if (text_in(row, "snapshot_id_hash").empty()) return unfit("the snapshot has no snapshot_id_hash");
    if (!at) return unfit("the snapshot has no valid time");
    rows.snapshots.push_back({*at, &row});
    return {};
}

Result<> read_row(Kind kind, const JsonValue& row, Rows& rows) {
    if (!row.IsObject()) return unfit("the row is not a JSON object");
    switch (kind) {
        case Kind::events:
            return read_event(row, rows);
        case Kind::tool_spans:
            return read_span(row, rows);
        case Kind::repo_snapshots:
            return read_snapshot(row, rows);
        case Kind::workspace_facts:
            rows.facts.push_back(&row);
            return {};
    }
    return unfit("no such kind of row");
}

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& value) {
    if (value) sum = sum.value_or(0) + *value;
}

}  // namespace

std::optional<UnixMs> time_in(const JsonValue& object, std::string_view key) {
    const auto at = find_int(object, key);
    return at ? believable(*at) : std::nullopt;
}

std::optional<std::int64_t> count_in(const JsonValue& object, std::string_view key) {
    return integer_in(object, key, 0, std::numeric_limits<std::uint32_t>::max());
}

Actor actor_in(const JsonValue& row) {
    const std::string_view model = text_in(row, "model");
    return {text_in(row, "session_id_hash"),       text_in(row, "agent"),
            model == "unknown" ? "" : model,       text_in(row, "parent_session_id_hash"),
            text_in(row, "parent_span_id_hash"),   text_in(row, "root_session_id_hash"),
            count_in(row, "turn").value_or(0),     count_in(row, "parent_turn").value_or(0),
            count_in(row, "root_turn").value_or(0)};
}

void Usage::add(const Usage& other) {
    otlp::add(uncached, other.uncached);
    otlp::add(cache_read, other.cache_read);
    otlp::add(cache_creation, other.cache_creation);
    otlp::add(output, other.output);
    otlp::add(reasoning, other.reasoning);
    otlp::add(cost_usd_e6, other.cost_usd_e6);
}

std::optional<std::int64_t> Usage::input() const {
    if (!uncached && !cache_read && !cache_creation) return std::nullopt;
    return uncached.value_or(0) + cache_read.value_or(0) + cache_creation.value_or(0);
}

std::string_view Actor::agent_name() const { return agent == "claude" ? "claude-code" : agent; }

// The model decides: an agent may talk to another provider's.
std::string_view Actor::provider() const {
    const bool o_series = model.size() > 1 && model[0] == 'o' && model[1] >= '0' && model[1] <= '9';
    if (model.starts_with("claude-")) return "anthropic";
    if (model.starts_with("gpt-") || o_series) return "openai";
    if (agent == "claude") return "anthropic";
    return agent == "codex" ? "openai" : "";
}

std::string Response::identity() const { return fmt::format("{}:{}", first.actor.session, first.seq); }

namespace {

void add_ended(const Event& told, std::vector<Response>& responses) {
    const JsonValue* ended = told.payload == nullptr ? nullptr : find_array(*told.payload, "ended_responses");
    if (ended == nullptr) return;
    for (const JsonValue& each : ended->GetArray()) {
        if (!each.IsObject()) continue;
        const auto began = time_in(each, "started_at_ms");
        const auto asked = time_in(each, "asked_at_ms");
        const auto end = time_in(each, "ended_at_ms");
        Response response{told, end.value_or(told.at), usage_in(each)};
        response.first.actor.model = text_in(each, "model");
        response.first.actor.turn = count_in(each, "turn").value_or(0);
        response.first.response = text_in(each, "response_id_hash");
        response.first.seq = integer_in(each, "event_seq", 0, kLargest).value_or(told.seq);
        response.first.at = asked ? *asked : began ? *began : response.last_at;
        response.last_at = std::max(response.last_at, response.first.at);
        response.is_timed = asked && end;
        responses.push_back(response);
    }
}

}  // namespace

std::vector<Response> responses_of(const std::vector<Event>& events) {
    std::vector<Response> responses;
    for (const Event& event : events) add_ended(event, responses);
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> known;  // session, response
    for (const Event& event : events) {
        if (event.is_copied || event.is_part || (event.response.empty() && !event.used.has_tokens()))
            continue;
        std::size_t at = responses.size();
        if (!event.response.empty())
            at = known.try_emplace({event.actor.session, event.response}, at).first->second;
        if (at == responses.size()) responses.push_back({event, event.at, {}, false});
        Response& response = responses[at];
        if (response.first.actor.model.empty()) response.first.actor.model = event.actor.model;
        response.first.at = std::min(response.first.at, event.at);
        response.last_at = std::max(response.last_at, event.at);
        response.used.add(event.used);
    }
    std::erase_if(responses, [](const Response& response) { return !response.used.has_tokens(); });
    return responses;
}

std::string_view ToolSpan::error() const {
    if (status != "error") return {};
    return error_type.empty() ? "_OTHER" : error_type;
}

Rows read_rows(const outbox::Batch& batch) {
    Rows rows;
    if (const auto made = made_at(batch)) rows.observed_at = believable(*made);
    for (const outbox::Row& row : batch.rows) {
        JsonDocument& document = rows.documents.emplace_back();
        auto read = document.parse(row.json);
        if (read) read = read_row(batch.kind, document.root(), rows);
        if (!read) rows.unfit.push_back({row.id, read.error().message});
    }
    return rows;
}

}  // namespace kaizen::exporting::otlp
