#include "tests/export/otlp_batches.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "daemon/export/otlp.h"
#include "proto/ingest.h"

namespace kaizen::test {
namespace {

namespace ingest = proto::ingest;
using ingest::Event;
using ingest::Kind;
using ingest::ToolSpan;

constexpr UnixMs kStart = 1'790'000'000'000;  // Mon, 21 Sep 2026 14:13:20 GMT

std::string hash(char digit) { return "blake3:" + std::string(64, digit); }

// One session: what its rows have in common.
struct Session {
    std::string id_hash, agent, model;
    std::int64_t next_seq = 0;

    Event event(const char* kind, UnixMs after, std::int64_t turn, std::string payload) {
        Event row;
        row.session_id_hash = id_hash;
        row.event_seq = next_seq++;
        row.ts_ms = kStart + after;
        row.agent = agent;
        row.model = model;
        row.kind = kind;
        row.source = "tail";
        if (turn > 0) row.turn.value = turn;
        row.payload = std::move(payload);
        return row;
    }

    [[nodiscard]] ToolSpan span(char digit, const char* tool, const char* status, std::int64_t turn) const {
        ToolSpan row;
        row.session_id_hash = id_hash;
        row.span_id_hash = hash(digit);
        row.tool.value = tool;
        row.status = status;
        row.turn.value = turn;
        row.agent.value = agent;
        return row;
    }
};

Event with_tokens(Event row, char response, std::int64_t in, std::int64_t out) {
    row.response_id_hash.value = hash(response);
    row.tokens_in.value = in;
    row.tokens_out.value = out;
    return row;
}

template <class Row>
outbox::Batch batch_of_rows(Kind kind, const std::vector<Row>& rows) {
    std::vector<std::string> texts;
    for (const Row& row : rows) texts.push_back(to_json(row));
    return otlp_batch(kind, texts);
}

ToolSpan lasting(ToolSpan row, UnixMs after, std::int64_t ms) {
    row.started_at_ms = kStart + after;
    row.ended_at_ms = kStart + after + ms;
    row.lead_time_ms = ms;
    return row;
}

std::vector<NamedBatch> claude() {
    Session session{hash('1'), "claude", "claude-sonnet-4-5"};
    Event start = session.event("lifecycle", 0, 0, R"({"name":"session_start"})");
    start.model = "unknown";
    Event prompt = session.event("message", 100, 1, R"({"role":"user","text_bytes":19})");
    prompt.model = "unknown";
    Event answer =
        with_tokens(session.event("message", 2'500, 1,
                                  R"({"role":"assistant","text_bytes":24,"text":"I will read [email:1]."})"),
                    'a', 12, 40);
    answer.cache_read_tokens.value = 1'000;
    answer.cache_creation_tokens.value = 500;
    answer.cost_usd_e6.value = 4'125;
    Event call = session.event("tool_call", 2'600, 1, R"({"command":"make","text_bytes":18})");
    call.response_id_hash.value = hash('a');
    call.tool.value = "Bash";
    call.tool_call_id.value = hash('b');
    Event result = session.event("tool_result", 6'100, 1, R"({"is_error":true,"exit_code":2})");
    result.tool.value = "Bash";
    result.tool_call_id.value = hash('b');
    Event error = session.event("error", 6'101, 1, R"({"error_type":"tool_error","text_bytes":5})");
    error.tool.value = "Bash";
    Event last =
        with_tokens(session.event("message", 8'000, 1, R"({"role":"assistant","text_bytes":3})"), 'c', 3, 9);
    Event next = session.event(
        "message", 60'000, 2,
        R"({"role":"user","text_bytes":7,"ended_turn":{"turn":1,"started_at_ms":1790000000100,"ended_at_ms":1790000008000}})");
    next.model = "unknown";

    Session agent{hash('2'), "claude", "claude-haiku-4-5"};
    Event sub = with_tokens(
        agent.event("message", 4'000, 1, R"({"role":"assistant","text_bytes":11,"sidechain":true})"), 'd', 7,
        2);
    sub.parent_session_id_hash.value = hash('1');
    sub.sample_rate.value = 0.5;

    ToolSpan failed = lasting(session.span('b', "Bash", "error", 1), 2'600, 3'500);
    failed.error_type.value = "exit_code";
    ToolSpan read = lasting(session.span('e', "Read", "done", 1), 2'700, 20);
    read.path_hashes = {hash('f')};
    ToolSpan orphan = session.span('9', "Task", "orphaned", 1);
    orphan.started_at_ms = kStart + 7'000;
    return {{"claude_events", batch_of_rows<Event>(Kind::events, {start, prompt, answer, call, result, error,
                                                                  last, sub, next})},
            {"claude_spans", batch_of_rows<ToolSpan>(Kind::tool_spans, {failed, read, orphan})}};
}

// One that a known call started, its own sub-agent, and one of which only the turn above is known.
std::vector<NamedBatch> sub_agents() {
    constexpr const char* kPrompt = R"({"role":"user","text_bytes":9})";
    constexpr const char* kLast =
        R"({"role":"assistant","text_bytes":4,"ended_turn":{"turn":1,"started_at_ms":1790000000000,"ended_at_ms":1790000005000}})";
    constexpr const char* kAborted =
        R"({"name":"turn_aborted","ended_turn":{"turn":1,"started_at_ms":1790000000000,"ended_at_ms":1790000006000}})";
    std::vector<Event> events;
    std::vector<ToolSpan> spans;
    const auto add = [&](Session session, char response, const auto& start) {
        for (Event row : {session.event("lifecycle", 0, 0, R"({"name":"session_start"})"),
                          session.event("message", 0, 1, kPrompt),
                          with_tokens(session.event("message", 5'000, 1, kLast), response, 7, 2)}) {
            start(row);
            events.push_back(row);
        }
        ToolSpan span = lasting(session.span(response, "Read", "done", 1), 1'000, 30);
        start(span);
        spans.push_back(span);
    };
    add({hash('2'), "claude", "claude-haiku-4-5"}, 'd', [](auto& row) {
        row.parent_session_id_hash.value = hash('1');
        row.parent_span_id_hash.value = hash('9');
        row.parent_turn.value = 1;
    });
    add({hash('7'), "claude", "claude-haiku-4-5"}, 'e', [](auto& row) {
        row.parent_session_id_hash.value = hash('2');
        row.parent_span_id_hash.value = hash('d');
        row.parent_turn.value = 1;
        row.root_session_id_hash.value = hash('1');
        row.root_turn.value = 1;
    });
    Session linked{hash('8'), "codex", "gpt-5-codex"};
    Event aborted = linked.event("lifecycle", 6'000, 1, kAborted);
    aborted.parent_session_id_hash.value = hash('3');
    aborted.parent_turn.value = 1;
    events.push_back(aborted);
    return {{"sub_agent_events", batch_of_rows<Event>(Kind::events, events)},
            {"sub_agent_spans", batch_of_rows<ToolSpan>(Kind::tool_spans, spans)}};
}

std::vector<NamedBatch> codex() {
    Session session{hash('3'), "codex", "gpt-5-codex"};
    const Event prompt = session.event("message", 0, 1, R"({"role":"user","text_bytes":30})");
    Event cost = with_tokens(session.event("cost", 9'000, 1, "{}"), 'a', 5'000, 700);
    cost.cache_read_tokens.value = 20'000;
    cost.reasoning_tokens.value = 512;
    cost.cost_usd_e6.value = 15'750;
    const Event end = session.event(
        "lifecycle", 9'500, 1,
        R"({"name":"turn_end","ended_turn":{"turn":1,"started_at_ms":1790000000000,"ended_at_ms":1790000009500}})");
    const Event model = session.event("lifecycle", 9'600, 1, R"({"name":"model","value":"o4-mini"})");
    const ToolSpan shell = lasting(session.span('4', "shell", "done", 1), 1'000, 81'920);
    return {{"codex_events", batch_of_rows<Event>(Kind::events, {prompt, cost, end, model})},
            {"codex_spans", batch_of_rows<ToolSpan>(Kind::tool_spans, {shell})}};
}

// No tokens, no results, no times of calls.
std::vector<NamedBatch> cursor() {
    Session session{hash('5'), "cursor", "unknown"};
    const Event prompt = session.event("message", 0, 1, R"({"role":"user","text_bytes":12})");
    const Event answer =
        session.event("message", 0, 1, R"({"role":"assistant","text_bytes":80,"thinking":true})");
    const Event error = session.event("error", 5'000, 1, R"({"error_type":"turn_ended"})");
    const ToolSpan edit = session.span('6', "edit_file", "done", 1);
    return {{"cursor_events", batch_of_rows<Event>(Kind::events, {prompt, answer, error})},
            {"cursor_spans", batch_of_rows<ToolSpan>(Kind::tool_spans, {edit})}};
}

std::vector<NamedBatch> workspace() {
    ingest::RepoSnapshot snapshot;
    snapshot.snapshot_id_hash = hash('7');
    snapshot.commit_hash = hash('8');
    snapshot.indexed_at_ms = kStart;
    snapshot.dirty = true;
    snapshot.chunk_total = 1;
    ingest::FileFact fact;
    fact.path_hash = hash('f');
    fact.language = "cpp";
    fact.bytes = 1'200;
    snapshot.file_facts = {fact};
    snapshot.edges = {{hash('f'), hash('e'), "DEPENDS_ON", 3}};
    ingest::WorkspaceFacts facts;
    facts.skill_slugs = {hash('a'), hash('b')};
    return {{"workspace_snapshot", batch_of_rows<ingest::RepoSnapshot>(Kind::repo_snapshots, {snapshot})},
            {"workspace_facts", batch_of_rows<ingest::WorkspaceFacts>(Kind::workspace_facts, {facts})}};
}

}  // namespace

outbox::Batch otlp_batch(Kind kind, const std::vector<std::string>& rows) {
    outbox::Batch batch;
    batch.key = "01a0c450-9a00-7abc-8def-0123456789ab";  // made at 1'790'000'011'776
    batch.kind = kind;
    batch.workspace_hash = hash('0');
    for (const std::string& row : rows)
        batch.rows.push_back({static_cast<std::int64_t>(batch.rows.size()) + 1, row});
    return batch;
}

std::vector<NamedBatch> agent_batches() {
    std::vector<NamedBatch> all;
    for (auto& batches : {claude(), sub_agents(), codex(), cursor(), workspace()})
        all.insert(all.end(), batches.begin(), batches.end());
    return all;
}

std::vector<Sent> otlp_requests(const outbox::Batch& batch) {
    std::vector<Sent> sent;
    const auto shipment = exporting::otlp_exporter().ship(batch, {}, {"acme", "1.2.3"}, kStart);
    for (const flush::Request& request : shipment.requests)
        sent.push_back({request.path, gunzip(request.body)});
    return sent;
}

std::string otlp_body(const outbox::Batch& batch, const std::string& path) {
    for (const Sent& sent : otlp_requests(batch))
        if (sent.path == path) return sent.body;
    return {};
}

std::string gunzip(const std::string& packed) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string in = packed;
    std::string out(8 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace kaizen::test
