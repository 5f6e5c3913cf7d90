#pragma once

// What leaves for the team's ingest endpoint, and what it answers: ingest-v1.yaml in code (spec "wire"). Rows
// are written one by one and wait as text; a body is an envelope around them. Pure; any thread.
//
// Unlike control.h, a key whose value is unknown is left out, or null, each as the contract says: members
// that are `Absent` are left out, those that are `std::optional` are null. An unknown is never 0.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace kaizen::proto::ingest {

// A value whose key is left out when there is none.
template <class T>
struct Absent {
    std::optional<T> value;
};

struct Event {
    std::string session_id_hash;
    std::int64_t event_seq = 0;  // unique in its session
    std::int64_t ts_ms = 0;
    std::string agent;
    std::string model = "unknown";
    std::string kind;    // message, tool_call, tool_result, error, cost, hook, lifecycle
    std::string source;  // tail, hook
    Absent<std::string> tool;
    Absent<std::string> tool_call_id;  // hashed
    Absent<std::int64_t> tokens_in;    // uncached
    Absent<std::int64_t> tokens_out;
    Absent<std::int64_t> reasoning_tokens;
    Absent<std::int64_t> cost_usd_e6;
    Absent<std::int64_t> cache_read_tokens;
    Absent<std::int64_t> cache_creation_tokens;
    Absent<std::int64_t> turn;  // ordinal of the user's prompt that this belongs to
    Absent<std::string> response_id_hash;
    Absent<std::string> parent_session_id_hash;
    Absent<std::string> parent_span_id_hash;  // of the parent's tool call that started this session
    Absent<std::int64_t> parent_turn;         // of the parent, in which this session was started
    // Where the parent was started by a known call itself: the session and turn that the first call stood in.
    Absent<std::string> root_session_id_hash;
    Absent<std::int64_t> root_turn;
    Absent<double> sample_rate;  // below 1 only
    std::string payload = "{}";  // a JSON object, redacted
};

struct ToolSpan {
    std::string session_id_hash;
    std::string span_id_hash;
    Absent<std::string> tool;
    std::string status;  // done, error, orphaned
    std::optional<std::int64_t> started_at_ms;
    std::optional<std::int64_t> ended_at_ms;
    std::optional<std::int64_t> lead_time_ms;
    std::optional<std::int64_t> tokens_in;
    std::optional<std::int64_t> tokens_out;
    std::optional<std::int64_t> reasoning_tokens;
    std::optional<std::int64_t> cost_usd_e6;
    std::vector<std::string> path_hashes;
    Absent<std::int64_t> turn;
    Absent<std::string> agent;
    Absent<std::string> model;
    Absent<std::string> error_type;
    Absent<bool> late;  // its result came after the span had left as orphaned: this one takes its place
    Absent<std::string> parent_session_id_hash;  // as on an event
    Absent<std::string> parent_span_id_hash;
    Absent<std::int64_t> parent_turn;
    Absent<std::string> root_session_id_hash;
    Absent<std::int64_t> root_turn;
};

struct FileFact {
    std::string path_hash;
    std::string language;
    std::int64_t bytes = 0;
    std::int64_t loc = 0;
    std::int64_t sloc = 0;
    std::int64_t complexity_total = 0;
    std::int64_t max_fn_complexity = 0;
    std::int64_t symbol_count = 0;
    std::int64_t import_count = 0;
    std::int64_t fan_in = 0;
    std::int64_t fan_out = 0;
    std::int64_t churn_30d = 0;
    std::int64_t churn_90d = 0;
    std::int64_t authors_90d = 0;
    std::optional<std::int64_t> last_changed_ms;
};

struct Edge {
    std::string from_hash;
    std::string to_hash;
    std::string kind;  // DEPENDS_ON, CO_CHANGED
    std::int64_t weight = 0;
};

struct RepoSnapshot {  // one chunk: at most 100 file facts and 100 edges
    std::string snapshot_id_hash;
    std::optional<std::string> commit_hash;
    std::int64_t indexed_at_ms = 0;
    bool dirty = false;
    std::int64_t chunk_index = 0;
    std::int64_t chunk_total = 0;
    std::vector<FileFact> file_facts;
    std::vector<Edge> edges;
};

struct WorkspaceFacts {
    std::vector<std::string> skill_slugs;  // hashed, in the order of the clear ones
    std::vector<std::string> rule_slugs;
};

// What the outbox keeps apart, and where it goes.
enum class Kind : std::uint8_t { events, tool_spans, repo_snapshots, workspace_facts };

[[nodiscard]] std::string_view name_of(Kind kind);  // "tool_spans"
[[nodiscard]] std::string_view path_of(Kind kind);  // "/v1/tool-spans", below the endpoint
[[nodiscard]] std::string_view list_of(Kind kind);  // "spans", the key of the rows in a body

// One row as compact JSON.
[[nodiscard]] std::string to_json(const Event& row);
[[nodiscard]] std::string to_json(const ToolSpan& row);
[[nodiscard]] std::string to_json(const RepoSnapshot& row);
[[nodiscard]] std::string to_json(const WorkspaceFacts& row);

// Rows of one kind and one workspace in their envelope. `rows` are such texts.
[[nodiscard]] std::string body_of(Kind kind, std::string_view team_id, std::string_view workspace_hash,
                                  const std::vector<std::string_view>& rows);
// Bytes of a body beside its rows and the commas between them.
[[nodiscard]] std::size_t envelope_bytes(Kind kind, std::string_view team_id,
                                         std::string_view workspace_hash);

// The body of a 2xx answer; it may say nothing.
struct Accepted {
    std::optional<std::int64_t> received;
    std::optional<std::int64_t> deduped;
};

// Why a row or the whole was refused (400, 422).
struct Refused {
    std::string code;
    std::string field;
    std::string message;
};

// GET /v1/config: what the server wants otherwise than our configuration.
struct Overrides {
    std::optional<std::int64_t> events_per_batch_max;
    std::optional<std::int64_t> max_body_bytes;
    std::optional<double> sample_rate;
};

// Answers come from a server that is not trusted: what is missing or of another type is nothing. Each fails
// on text that is not a JSON object.
[[nodiscard]] Result<Accepted> accepted_from(std::string_view json);
[[nodiscard]] Result<Refused> refused_from(std::string_view json);
[[nodiscard]] Result<Overrides> overrides_from(std::string_view json);

}  // namespace kaizen::proto::ingest
