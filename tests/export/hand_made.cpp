#include "tests/export/hand_made.h"

#include "common/blake3.h"

namespace kaizen::test {
namespace {

using proto::ingest::Kind;

std::string hash_of(std::string_view text) {
    Blake3 hash;
    hash.update(text);
    return "blake3:" + hash.hex();
}

}  // namespace

outbox::Batch batch_of(Kind kind, const std::vector<std::string>& rows) {
    outbox::Batch batch;
    batch.key = key_of(kind);
    batch.kind = kind;
    batch.workspace_hash = hash_of("github.com/acme/engine");
    batch.attempts = 1;
    for (const std::string& row : rows)
        batch.rows.push_back({static_cast<std::int64_t>(batch.rows.size()) + 1, row});
    return batch;
}

std::string key_of(Kind kind) {
    return "01a0c450-6c00-7bbb-8ccc-00000000000" + std::to_string(static_cast<int>(kind));
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
    target.headers = {{"Authorization", "Bearer " + std::string(kCanaryKey)},
                      {"x-team", "c2Vj/cmV0+canary=="}};
    return target;
}

const exporting::Origin& origin() {
    static const exporting::Origin origin{"Acme, Inc.", "0.1.0", hash_of("member")};
    return origin;
}

}  // namespace kaizen::test
