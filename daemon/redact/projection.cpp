#include "daemon/redact/projection.h"

namespace kaizen::redact {
namespace {

namespace ingest = proto::ingest;

template <class T>
ingest::Absent<T> known(bool is_known, T value) {
    return is_known ? ingest::Absent<T>{std::move(value)} : ingest::Absent<T>{};
}

std::string_view name_of(session::SpanStatus status) {
    switch (status) {
        case session::SpanStatus::done:
            return "done";
        case session::SpanStatus::error:
            return "error";
        case session::SpanStatus::orphaned:
        case session::SpanStatus::open:
            break;
    }
    return "orphaned";
}

}  // namespace

template <class Row>
void Projection::add_parent(Row& row, const session::SessionState& session) const {
    if (session.parent.empty()) return;
    const session::Start& start = session.start;
    row.parent_session_id_hash.value = hash_.session(session.parent);
    if (!start.call.empty()) row.parent_span_id_hash.value = hash_.call(session.parent, start.call);
    row.parent_turn = known(start.turn > 0, start.turn);
    if (start.root.empty()) return;
    row.root_session_id_hash.value = hash_.session(start.root);
    row.root_turn.value = start.root_turn;
}

RedactedRow Projection::event(const Origin& origin, const SeenEvent& seen, SessionSecrets& secrets) const {
    const parse::Event& event = seen.event;
    const session::ToolSpan* span = seen.span;
    const session::SessionState& session = origin.session;
    const std::string& tool = event.kind == parse::EventKind::tool_call ? event.name
                              : span != nullptr                         ? span->tool
                                                                        : "";
    ingest::Event row;
    row.session_id_hash = hash_.session(session.id);
    row.event_seq = seen.seq;
    row.ts_ms = seen.at;
    row.agent = session.agent;
    if (!event.model.empty()) row.model = payloads_.name(event.model, secrets);
    row.kind = parse::name_of(event.kind);
    row.source = "tail";
    if (!tool.empty()) row.tool.value = payloads_.name(tool, secrets);
    if (!event.call_id.empty()) row.tool_call_id.value = hash_.call(session.id, event.call_id);
    row.tokens_in.value = seen.used.tokens.input;
    row.tokens_out.value = seen.used.tokens.output;
    row.reasoning_tokens.value = seen.used.tokens.reasoning;
    row.cost_usd_e6.value = seen.used.cost_usd_e6;
    row.cache_read_tokens.value = seen.used.tokens.cache_read;
    row.cache_creation_tokens.value = seen.used.tokens.cache_write;
    row.turn = known(origin.turn > 0, origin.turn);
    if (!event.response_id.empty()) row.response_id_hash.value = hash_.of(event.response_id);
    add_parent(row, session);
    row.sample_rate = known(sample_rate_ < 1, sample_rate_);
    const Scene scene{session.workspace, session.cwd, span != nullptr ? &span->paths : nullptr,
                      seen.ended_turn, seen.responses};
    row.payload = payloads_.payload(event, scene, secrets);
    return {ingest::Kind::events, origin.workspace_hash, ingest::to_json(row)};
}

RedactedRow Projection::span(const Origin& origin, const session::ToolSpan& span,
                             SessionSecrets& secrets) const {
    const session::SessionState& session = origin.session;
    ingest::ToolSpan row;
    row.session_id_hash = hash_.session(session.id);
    row.span_id_hash = hash_.call(session.id, span.call_id);
    if (!span.tool.empty()) row.tool.value = payloads_.name(span.tool, secrets);
    row.status = name_of(span.status);
    row.started_at_ms = span.started_at;
    row.ended_at_ms = span.ended_at;
    row.lead_time_ms = span.lead_ms;
    for (const std::string& path : span.paths) row.path_hashes.push_back(hash_.path(path));
    const std::int64_t turn = span.turn > 0 ? span.turn : origin.turn;
    row.turn = known(turn > 0, turn);
    row.agent.value = session.agent;
    row.late = known(span.is_late, true);
    add_parent(row, session);
    return {ingest::Kind::tool_spans, origin.workspace_hash, ingest::to_json(row)};
}

}  // namespace kaizen::redact
