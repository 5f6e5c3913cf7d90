#include "tests/export/sample_batches.h"

#include "common/blake3.h"

namespace kaizen::test {
namespace {

using proto::ingest::Event;
using proto::ingest::Kind;
using proto::ingest::ToolSpan;

constexpr UnixMs kBegin = kExportNow - 60'000;

std::string hash_of(std::string_view text) {
    Blake3 hash;
    hash.update(text);
    return "blake3:" + hash.hex();
}

struct Used {
    std::int64_t in = 0, out = 0, cache_read = 0, cache_creation = 0, cost = 0;
};

// One session, told row by row.
class Story {
  public:
    Story(std::string agent, std::string model) : agent_(std::move(agent)), model_(std::move(model)) {}

    Event& add(std::string kind, std::string payload) {
        Event row;
        row.session_id_hash = hash_of(agent_ + " session");
        row.event_seq = ++seq_;
        row.ts_ms = kBegin + seq_ * 1000;
        row.agent = agent_;
        row.model = model_;
        row.kind = std::move(kind);
        row.source = "tail";
        row.turn.value = 3;
        row.payload = std::move(payload);
        return rows_.emplace_back(std::move(row));
    }

    static void use(Event& row, std::string_view response, const Used& used) {
        row.response_id_hash.value = hash_of(response);
        row.tokens_in.value = used.in;
        row.tokens_out.value = used.out;
        row.cache_read_tokens.value = used.cache_read;
        row.cache_creation_tokens.value = used.cache_creation;
        row.cost_usd_e6.value = used.cost;
    }

    [[nodiscard]] outbox::Batch batch() const {
        std::vector<std::string> rows;
        for (const Event& row : rows_) rows.push_back(proto::ingest::to_json(row));
        return batch_of(Kind::events, rows);
    }

  private:
    std::string agent_;
    std::string model_;
    std::int64_t seq_ = 0;
    std::vector<Event> rows_;
};

ToolSpan span_of(const std::string& agent, const std::string& call, std::string tool, std::string status) {
    ToolSpan span;
    span.session_id_hash = hash_of(agent + " session");
    span.span_id_hash = hash_of(call);
    span.tool.value = std::move(tool);
    span.status = std::move(status);
    span.started_at_ms = kBegin + 3000;
    span.turn.value = 3;
    span.agent.value = agent;
    return span;
}

ToolSpan ended(ToolSpan span, std::int64_t after_ms) {
    span.ended_at_ms = *span.started_at_ms + after_ms;
    span.lead_time_ms = after_ms;
    return span;
}

outbox::Batch spans_of(const std::vector<ToolSpan>& spans) {
    std::vector<std::string> rows;
    for (const ToolSpan& span : spans) rows.push_back(proto::ingest::to_json(span));
    return batch_of(Kind::tool_spans, rows);
}

}  // namespace

outbox::Batch batch_of(Kind kind, const std::vector<std::string>& rows) {
    outbox::Batch batch;
    batch.key = "01999999-aaaa-7bbb-8ccc-000000000001";
    batch.kind = kind;
    batch.workspace_hash = hash_of("github.com/acme/engine");
    batch.attempts = 1;
    for (const std::string& row : rows)
        batch.rows.push_back({static_cast<std::int64_t>(batch.rows.size()) + 1, row});
    return batch;
}

outbox::Batch claude_events() {
    Story story("claude", "claude-sonnet-4-5-20250929");
    story.add("message", R"({"role":"user","text_bytes":23,"text":"Make the tests pass, ä"})");
    Story::use(
        story.add("message", R"({"role":"assistant","thinking":true,"text_bytes":9,"text":"Let me see."})"),
        "msg_1", {12, 8, 15'000, 1'200, 9'123});
    Event& call = story.add("tool_call", R"({"text_bytes":20,"command":"make test","arguments":{}})");
    Story::use(call, "msg_1", {0, 131, 0, 0, 1'965});
    call.tool.value = "Bash";
    call.tool_call_id.value = hash_of("toolu_1");
    Event& result = story.add("tool_result", R"({"is_error":true,"exit_code":2,"text_bytes":4211})");
    result.tool.value = "Bash";
    result.tool_call_id.value = hash_of("toolu_1");
    Event& answer = story.add("message", R"({"role":"assistant","text_bytes":5,"text":"Done."})");
    Story::use(answer, "msg_2", {5, 40, 16'331, 0, 5'529});
    answer.parent_session_id_hash.value = hash_of("claude main session");
    story.add("lifecycle", R"({"name":"turn_end"})");
    return story.batch();
}

outbox::Batch claude_spans() {
    ToolSpan read = ended(span_of("claude", "toolu_2", "Read", "done"), 38);
    read.path_hashes = {hash_of("path:src/main.c")};
    ToolSpan bash = ended(span_of("claude", "toolu_1", "Bash", "error"), 1'250);
    bash.error_type.value = "exit_code";
    return spans_of({read, bash, span_of("claude", "toolu_3", "Task", "orphaned")});
}

outbox::Batch codex_events() {
    Story story("codex", "gpt-5.1-codex");
    story.add("message", R"({"role":"user","text_bytes":10})");
    Event& call = story.add("tool_call", R"({"text_bytes":18,"command":"ls bed3","arguments":{}})");
    call.tool.value = "exec_command";
    call.tool_call_id.value = hash_of("call_1");
    Event& usage = story.add("cost", "{}");
    Story::use(usage, "tc:1", {3'011, 101, 5'000, 0, 5'400});
    usage.reasoning_tokens.value = 13;
    usage.cache_creation_tokens.value.reset();
    story.add("error", R"({"error_type":"rate_limit","text_bytes":19})").sample_rate.value = 0.25;
    return story.batch();
}

outbox::Batch codex_spans() {
    return spans_of({ended(span_of("codex", "call_1", "exec_command", "done"), 52)});
}

outbox::Batch cursor_events() {
    Story story("cursor", "unknown");
    story.add("message", R"({"role":"user","text_bytes":31})");
    story.add("message", R"({"role":"assistant","text_bytes":120})");
    Event& call = story.add("tool_call", R"({"text_bytes":40,"paths":["6ac9f506:rs"],"arguments":{}})");
    call.tool.value = "read_file";
    return story.batch();
}

outbox::Batch cursor_spans() {
    return spans_of({ended(span_of("cursor", "cursor session:3", "read_file", "done"), 0)});
}

outbox::Batch snapshots() {
    proto::ingest::RepoSnapshot chunk;
    chunk.snapshot_id_hash = hash_of("snapshot");
    chunk.indexed_at_ms = kExportNow - 2 * 86'400'000;
    chunk.dirty = true;
    chunk.chunk_total = 2;
    proto::ingest::FileFact fact;
    fact.path_hash = hash_of("path:src/main.rs");
    fact.language = "rust";
    fact.loc = 120;
    chunk.file_facts = {fact};
    chunk.edges = {{fact.path_hash, hash_of("path:src/lib.rs"), "CO_CHANGED", 3}};
    return batch_of(Kind::repo_snapshots, {proto::ingest::to_json(chunk)});
}

outbox::Batch facts() {
    proto::ingest::WorkspaceFacts row;
    row.skill_slugs = {hash_of("slug:tdd")};
    return batch_of(Kind::workspace_facts, {proto::ingest::to_json(row)});
}

std::vector<NamedBatches> all_batches() {
    return {{"claude", {claude_events(), claude_spans()}},
            {"codex", {codex_events(), codex_spans()}},
            {"cursor", {cursor_events(), cursor_spans()}},
            {"repo", {snapshots(), facts()}}};
}

const std::vector<std::string>& hostile_rows() {
    static const std::vector<std::string> rows = {
        "",
        "null",
        "[]",
        "\"row\"",
        "{",
        "{}garbage",
        "{\"ts_ms\":1e999}",
        std::string(100'000, '['),
        "\xff",
        "{}",
        R"({"ts_ms":1790000000000})",
        R"({"ts_ms":"1790000000000","session_id_hash":7,"event_seq":"1","kind":[],"payload":"x","agent":null})",
        R"({"ts_ms":1790000000000,"session_id_hash":"s","event_seq":1.5,"kind":"a b\u0000,c","payload":[1]})",
        R"({"ts_ms":9223372036854775807,"session_id_hash":"s","started_at_ms":18446744073709551615})",
        R"({"ts_ms":-5,"session_id_hash":"s","started_at_ms":-9223372036854775808,"indexed_at_ms":-1})",
        R"({"ts_ms":0,"session_id_hash":"s","started_at_ms":0,"indexed_at_ms":0})",
        R"({"ts_ms":1790000000000,"session_id_hash":"s","event_seq":1,"kind":"message","tokens_in":-1,)"
        R"("tokens_out":1e300,"reasoning_tokens":9223372036854775807,"cost_usd_e6":"12","turn":{}})",
        R"({"ts_ms":1790000000000,"session_id_hash":"s","event_seq":2,"kind":"message",)"
        R"("cache_read_tokens":1.5,"cache_creation_tokens":true,"cost_usd_e6":1e18,"response_id_hash":[]})",
        R"({"started_at_ms":1790000000000,"session_id_hash":"s","span_id_hash":{},"lead_time_ms":-7,)"
        R"("status":"odd","tool":"a\nb\u001b[2J","error_type":5})",
        R"({"indexed_at_ms":1790000000000,"chunk_index":-1,"team_id":"evil","workspace_hash":"evil",)"
        "\n\"row\":\n1}",
    };
    return rows;
}

ExportTarget target_of(std::string type) {
    ExportTarget target;
    target.name = type;
    target.type = std::move(type);
    target.api_key = kCanaryKey;
    target.path = "/var/lib/kaizen/export.ndjson";
    return target;
}

const exporting::Origin& origin() {
    static const exporting::Origin origin{"Acme, Inc.", "0.1.0"};
    return origin;
}

}  // namespace kaizen::test
