#pragma once

// The rows of a batch, read: what a member does not say, or says in another type or beyond its range, is
// unknown. A row that cannot be placed at all (no JSON object, no session, no time, an unknown kind) is
// unfit. Rows are ours, but may come from an older version of us. Pure; any thread. Source: spec "wire",
// section Rows.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/json.h"
#include "daemon/export/exporter.h"
#include "daemon/outbox/batch.h"

namespace kaizen::exporting::otlp {

struct Usage {
    std::optional<std::int64_t> uncached, cache_read, cache_creation, output, reasoning, cost_usd_e6;

    void add(const Usage& other);
    [[nodiscard]] bool has_tokens() const { return uncached || cache_read || cache_creation || output; }
    // With what came from the cache and went there, as far as these are known; nothing where none of them is.
    [[nodiscard]] std::optional<std::int64_t> input() const;
};

// Whose a row is. Empty: unknown.
struct Actor {
    std::string_view session, agent, model, parent;
    std::string_view parent_call;                 // that started it
    std::string_view root;                        // of root_turn, when a known call started the parent, too
    std::int64_t turn = 0;                        // 0: before the first prompt
    std::int64_t parent_turn = 0, root_turn = 0;  // 0: unknown

    [[nodiscard]] std::string_view agent_name() const;  // as the conventions have it: "claude-code"
    [[nodiscard]] std::string_view provider() const;    // "anthropic", "openai"
};

struct Event {
    Actor actor;
    std::string_view kind, tool, response;
    std::int64_t seq = 0;
    UnixMs at = 0;
    Usage used;
    std::optional<double> sample_rate;
    const JsonValue* payload = nullptr;  // null: none
    bool is_part = false;                // its response tells what it used
    bool is_copied = false;              // only what ends with it is work
    const JsonValue* row = nullptr;
};

// A model response, told with the event after which nothing more of it comes. What a response uses after that
// is told by itself, so that sums are right; as are, of rows that an earlier version made, the parts of one
// that are spread over batches. Each part has an identity of its own: a receiver that keeps one span of an id
// would lose the others.
struct Response {
    Event first;     // of its events, as far as it is known; with the model, where any names it
    UnixMs last_at;  // of its latest
    Usage used;
    bool is_timed =
        false;  // from what asked for it (first.at) to last_at: how long it took, as far as one can see

    [[nodiscard]] std::string identity() const;
};

struct ToolSpan {
    Actor actor;
    std::string_view id, tool, status, error_type;
    std::optional<UnixMs> started_at, ended_at;  // either both or none
    std::optional<std::int64_t> duration_ms;
    Usage used;
    bool is_late = false;  // it left before, without its result
    const JsonValue* row = nullptr;

    // Its type; "_OTHER", as the conventions have it, where that is unknown; empty when there was no error.
    [[nodiscard]] std::string_view error() const;
};

struct Snapshot {
    UnixMs at = 0;
    const JsonValue* row = nullptr;
};

// Views point into `documents`.
struct Rows {
    std::deque<JsonDocument> documents;
    std::vector<Event> events;
    std::vector<ToolSpan> spans;
    std::vector<Snapshot> snapshots;
    std::vector<const JsonValue*> facts;
    std::vector<Unfit> unfit;
    std::optional<UnixMs> observed_at;  // when the batch was put together: its key says so
};

[[nodiscard]] Rows read_rows(const outbox::Batch& batch);
[[nodiscard]] Actor actor_in(const JsonValue& row);  // of an event or a span
// Those that carry tokens: first those that ended, then parts of others.
[[nodiscard]] std::vector<Response> responses_of(const std::vector<Event>& events);

// A time that OTLP can carry, and that is one at all.
[[nodiscard]] std::optional<UnixMs> time_in(const JsonValue& object, std::string_view key);
// A u32 of the contract.
[[nodiscard]] std::optional<std::int64_t> count_in(const JsonValue& object, std::string_view key);

}  // namespace kaizen::exporting::otlp
