#pragma once

// What kaizenctl asks and kaizend answers, as plain structs with their JSON codec: control-v1.yaml in code.
// Both programs link it. Rules (README.md here): times are integer milliseconds since the epoch; money is
// integer micro-USD; unknown is null or absent, never 0; readers ignore unknown fields; enumerations travel
// as text, and an unknown one stays as it is.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/agents_seen.h"
#include "common/error.h"

namespace kaizen::proto {

struct ErrorBody {
    std::string code;  // not_found, conflict, bad_request, forbidden, too_large, warming_up, internal, …
    std::string message;
    std::string hint;
    bool retryable = false;
    std::vector<std::string> candidates;  // conflict: the ids that the prefix fits
};

struct HealthItem {
    std::string code;
    std::string severity;  // info, warning, error
    std::string title;
    std::string fix;
    std::int64_t since_ms = 0;
};

// Things of one kind below a root that are not read. The reasons stand in left_out.h.
struct LeftOut {
    std::string reason;
    std::int64_t count = 0;
    std::string example;  // one of them, absolute; empty: none is known by name
};

struct SourceStatus {
    std::string agent;
    std::string root;
    bool present = false;
    std::string watching;  // inotify, poll; empty: it is not watched any more
    std::int64_t files = 0;
    std::int64_t bytes_read = 0;
    std::int64_t bytes_behind = 0;
    std::int64_t sessions = 0;
    std::int64_t lines = 0;  // = event_lines + skipped_lines + bad_lines, always
    std::int64_t event_lines = 0;
    std::int64_t skipped_lines = 0;
    std::int64_t bad_lines = 0;
    std::int64_t events = 0;
    std::optional<std::int64_t> last_event_at_ms;
    std::vector<LeftOut> left_out;  // one for each reason
};

// What the processes of this user say, at most 30 s ago.
using AgentsStatus = AgentsSeen;

struct StoreStatus {
    std::string path;
    std::int64_t bytes = 0;
    std::int64_t sessions = 0;
    std::int64_t events = 0;
    std::int64_t tool_spans = 0;
    // Stored by an earlier version: they wait to be read again; they stay so, for their files are gone.
    std::int64_t sessions_to_read_again = 0;
    std::int64_t sessions_left_alone = 0;
};

struct PendingRows {
    std::int64_t events = 0;
    std::int64_t tool_spans = 0;
    std::int64_t repo_snapshots = 0;
    std::int64_t workspace_facts = 0;
};

struct OutboxStatus {
    PendingRows pending;
    std::optional<std::int64_t> oldest_pending_at_ms;
    std::int64_t dead = 0;
    // Events and spans that never came in, so they are in no balance.
    std::int64_t refused = 0;      // the redactor failed on them
    std::int64_t excluded = 0;     // by sync.include and sync.exclude, or their workspace is not known
    std::int64_t sampled_out = 0;  // by sync.sample_rate
};

struct Balance {  // enqueued is the sum of the others, always
    std::int64_t enqueued = 0;
    std::int64_t delivered = 0;
    std::int64_t pending = 0;
    std::int64_t dead = 0;
    std::int64_t dropped_by_user = 0;
};

struct LastError {
    std::int64_t at_ms = 0;
    std::string message;
};

struct SyncStatus {
    bool enabled = false;
    std::string endpoint;
    std::string state = "disabled";  // disabled, idle, flushing, backing_off, paused
    std::string reason;
    std::optional<std::int64_t> last_success_at_ms;
    std::optional<LastError> last_error;
    std::optional<std::int64_t> next_attempt_at_ms;
    std::int64_t batches_sent = 0;
    std::int64_t rows_sent = 0;
    std::int64_t rows_deduped = 0;
};

struct ExporterStatus {
    std::string name;
    std::string type;
    std::string place;  // the URL, or the file
    std::string state;  // as of sync
    std::string reason;
    std::optional<std::int64_t> last_success_at_ms;
    std::optional<std::int64_t> next_attempt_at_ms;
    std::int64_t batches_sent = 0;
    std::int64_t rows_sent = 0;
    std::int64_t backlog = 0;   // batches
    std::int64_t dropped = 0;   // rows, since the backlog was full
    std::int64_t dead = 0;      // rows that it refused
    std::int64_t rejected = 0;  // items of batches that it took otherwise
    std::optional<LastError> last_error;
};

struct Tokens {
    std::optional<std::int64_t> input;
    std::optional<std::int64_t> cache_read;
    std::optional<std::int64_t> cache_write;
    std::optional<std::int64_t> output;
    std::optional<std::int64_t> reasoning;
};

// A sum over model responses, each counted once. Spec "sources", sections Tokens and Cost.
struct UsageSum {
    std::int64_t responses = 0;
    Tokens tokens;                                  // of the responses that say them; null: none does
    std::optional<std::int64_t> cost_usd_e6;        // of all that have a cost; null: none has
    std::optional<std::int64_t> cost_agent_usd_e6;  // the part of it that the agent itself said
    std::int64_t unpriced_responses = 0;            // whose cost is in no sum here
    std::int64_t unpriced_tokens = 0;               // theirs, of all classes
};

struct TodayStatus {
    std::int64_t since_ms = 0;  // midnight where the daemon runs
    UsageSum usage;
};

struct ControlStatus {               // of the socket, since the daemon started
    std::int64_t refused_peers = 0;  // of other users, closed unheard
    std::int64_t turned_away = 0;    // answered 503, since 64 connections were open
};

struct ProcessStatus {
    std::int64_t rss_bytes = 0;
    std::int64_t cpu_ms = 0;
    std::int64_t wakeups = 0;  // voluntary context switches
};

struct Status {
    std::string version;
    int api = 1;
    std::int64_t pid = 0;
    std::int64_t started_at_ms = 0;
    std::int64_t uptime_ms = 0;
    std::string state;  // running, stopping
    std::vector<HealthItem> health;
    std::vector<SourceStatus> sources;
    AgentsStatus agents;
    StoreStatus store;
    TodayStatus today;
    OutboxStatus outbox;
    Balance balance;
    SyncStatus sync;
    std::vector<ExporterStatus> exporters;
    ControlStatus control;
    ProcessStatus process;
};

struct Session {
    std::string id;
    std::string agent;
    std::string status;     // running, waiting, idle, done
    std::string status_by;  // who says so: the agent itself, or its session file ("agent", "file")
    std::string parent;     // empty: none
    std::string forked_from;
    std::string workspace;  // absolute directory, aliases resolved; empty: unknown
    std::string worktree;   // linked to the workspace's repository, that it began in; empty: none
    std::string title;
    std::string model;
    std::optional<std::int64_t> started_at_ms;
    std::optional<std::int64_t> last_activity_ms;
    std::int64_t events = 0;
    std::int64_t prompts = 0;  // without copies of what it was forked from, as the two below
    std::int64_t tool_calls = 0;
    std::int64_t tool_errors = 0;
    std::int64_t children = 0;
    std::int64_t resumed = 0;               // how often it went on after it was done
    std::optional<std::int64_t> active_ms;  // at work, in its own turns; null: unknown
    std::int64_t runs = 1;         // folded into this row: the sums are theirs, the rest the latest one's
    bool pinned = false;           // retention leaves it alone
    std::optional<Tokens> tokens;  // of its own responses; null: unknown, or none yet
    std::optional<std::int64_t> cost_usd_e6;
    std::int64_t unpriced_responses = 0;  // of its own: not in the cost
    std::optional<UsageSum>
        usage_with_children;  // with its sub-agents and theirs; null: unknown, or none yet
};

struct SessionPage {
    std::vector<Session> sessions;
    std::string next;  // give it as `after`; empty: this was the last page
};

struct Event {
    std::int64_t id = 0;  // of this database; `after` takes it
    std::string session;
    std::string agent;
    std::int64_t seq = 0;  // ordinal in the session
    std::optional<std::int64_t> at_ms;
    std::string kind;  // message, tool_call, tool_result, error, cost, lifecycle
    std::string role;  // message: user, assistant
    bool thinking = false;
    bool sidechain = false;
    bool copied = false;  // from the session that this one was forked from
    std::string name;     // tool, lifecycle name, error type
    std::string call_id;
    std::string text;
    std::int64_t text_bytes = 0;  // of the whole; more than text holds when it was cut
    bool is_error = false;
    std::optional<std::int64_t> exit_code;
    std::optional<std::int64_t> duration_ms;
    std::string model;
    std::optional<Tokens> tokens;             // of the model response that this is part of
    std::optional<std::int64_t> cost_usd_e6;  // as the agent itself says it
};

struct EventPage {
    std::vector<Event> events;
    std::int64_t next = 0;  // give it as `after`
    bool cut = false;       // there are more within the limit: their texts would make more than 4 MiB
};

struct ToolSummary {
    std::string tool;
    std::int64_t calls = 0;
    std::int64_t errors = 0;
    std::int64_t orphaned = 0;
    std::int64_t open = 0;
    std::optional<std::int64_t> total_ms;  // lead times of those that have one
    std::optional<std::int64_t> median_ms;
};

struct BadLine {
    std::int64_t line = 0;    // from 1
    std::int64_t offset = 0;  // bytes
    std::string reason;
};

struct SessionFile {
    std::string path;
    std::int64_t bytes = 0;  // read
    std::int64_t lines = 0;
    std::int64_t bad_lines = 0;
    std::int64_t generation = 0;  // how often it was replaced or rewritten
    std::string problem;
    std::vector<BadLine> last_bad_lines;  // a few, the newest first
};

struct UsageRow {
    std::string
        key;  // day, week's Monday or month's first as 2026-11-20 · model · agent · directory · session id
    std::optional<std::int64_t> start_ms;  // of a day, week or month
    std::string agent;                     // by session only, like the next two
    std::string title;
    std::string parent;
    UsageSum usage;
};

struct UnpricedModel {
    std::string model;
    std::int64_t responses = 0;
    std::int64_t tokens = 0;
};

// Sessions of an agent that writes no token counts: in no sum.
struct UncountedAgent {
    std::string agent;
    std::int64_t sessions = 0;
};

struct PriceTable {
    std::string date;      // of the prices, 2026-08-22
    std::string origin;    // "built in", or the user's file
    bool current = false;  // new responses are priced by it; of the others some costs are still there
};

struct Usage {
    std::string by;  // day, week, month, model, agent, workspace, session
    std::string tz;  // whose days, weeks and months
    std::int64_t since_ms = 0;
    std::int64_t until_ms = 0;
    std::vector<UsageRow> rows;  // times in order; others with the largest cost first
    std::int64_t rows_left_out = 0;
    UsageSum total;  // of all rows, also those left out
    std::vector<UnpricedModel> unpriced;
    std::vector<UncountedAgent> uncounted;
    std::vector<PriceTable> prices;
};

// What one model costs, by whatever name it is called. Prices are in micro-dollars per million tokens,
// factors of them in thousandths; null: not known, so a response that is billed by it has no price.
struct PriceEntry {
    std::string model;
    std::string layer;  // built_in, imported, own: whose prices these are
    std::int64_t input_usd_e6 = 0;
    std::int64_t output_usd_e6 = 0;
    std::optional<std::int64_t> cache_read_usd_e6;
    std::int64_t cache_write_5m_usd_e6 = 0;
    std::int64_t cache_write_1h_usd_e6 = 0;
    std::optional<std::int64_t> fast_e3;  // of a tier, like the next three
    std::optional<std::int64_t> priority_e3;
    std::optional<std::int64_t> flex_e3;
    std::optional<std::int64_t> batch_e3;
    std::optional<std::int64_t> us_e3;       // of a request that keeps to the US
    std::int64_t regional_e3 = 1000;         // of an endpoint of a cloud that keeps to its region
    std::optional<std::int64_t> long_above;  // tokens taken in, above which the next two hold
    std::int64_t long_input_e3 = 1000;
    std::int64_t long_output_e3 = 1000;
    std::optional<std::int64_t> web_search_usd_e6;  // each
    std::vector<std::string> models;                // of the history, that it prices
    UsageSum usage;                                 // theirs
};

// A table that the one in force is made of.
struct PriceLayer {
    std::string layer;   // built_in, imported, own
    std::string date;    // of the prices, 2026-08-22
    std::string origin;  // "built in", or its file
    std::string source;  // where they are from, as it says itself
};

struct ModelUsage {
    std::string model;
    UsageSum usage;
};

struct Prices {
    std::vector<PriceLayer> tables;  // each goes over those before it
    std::string imported_file;       // where an imported table is looked for, whether there is one or not
    std::vector<PriceEntry> entries;
    std::int64_t entries_left_out = 0;  // which the history does not use
    std::vector<ModelUsage> unpriced;   // models of the history that no entry prices
};

struct Reprice {
    std::int64_t responses = 0;  // that were looked at: all but those whose cost the agent said
    std::int64_t changed = 0;
    std::optional<std::int64_t> cost_before_usd_e6;
    std::optional<std::int64_t> cost_after_usd_e6;
    std::int64_t unpriced_responses = 0;  // afterwards
    std::string date;                     // of the prices
};

// A running total that the agent itself keeps: beside our sum, never in it.
struct ReportedUsage {
    std::string scope;  // own: this session's responses; family: with sub-agents and what it was forked from
    Tokens tokens;
    std::optional<std::int64_t> cost_usd_e6;
};

struct SessionDetail {
    Session session;
    std::string cwd;
    std::string git_branch;
    std::string agent_version;
    std::vector<ToolSummary> tools;  // the most called first
    std::int64_t tools_left_out = 0;
    std::vector<std::string> paths;  // touched, relative to the workspace; the most recent first
    std::vector<SessionFile> files;
    std::int64_t files_left_out = 0;
    std::vector<Session> children;
    std::int64_t children_left_out = 0;
    std::vector<Event> recent;  // the last events, oldest first
    std::optional<ReportedUsage> reported;
    std::vector<UsageRow> models;  // of its own responses
};

// What a flush came to for one exporter.
struct ExporterFlush {
    std::string name;
    std::string outcome;  // as of Flush
    std::int64_t batches = 0;
    std::int64_t rows = 0;
    std::int64_t dead = 0;
    std::int64_t waiting = 0;  // rows that it does not have yet
    std::string error;
};

struct Flush {
    std::string outcome;  // drained, partial, disabled, timeout, started (it was not waited for)
    std::int64_t batches = 0;
    std::int64_t rows = 0;
    std::int64_t deduped = 0;
    std::int64_t dead = 0;
    std::int64_t pending = 0;
    std::string error;
    std::vector<ExporterFlush> exporters;
};

struct Reload {
    std::vector<std::string> applied;        // keys that took effect
    std::vector<std::string> needs_restart;  // keys that changed and will take effect at the next start
    std::vector<std::string> warnings;
    std::vector<std::string> notes;  // what the changes bring with them
};

struct OutboxRow {
    std::int64_t id = 0;
    std::string state;  // pending, dead
    std::string kind;   // events, tool_spans, repo_snapshots, workspace_facts
    std::string workspace_hash;
    std::int64_t enqueued_at_ms = 0;
    std::int64_t bytes = 0;
    std::string row;  // JSON, as it would be sent
    // Dead only: to whom it did not go, when and why.
    std::string exporter;  // its name; empty: the endpoint
    std::optional<std::int64_t> died_at_ms;
    std::optional<std::int64_t> status;  // of the server's answer; null: it was never sent
    std::string code;                    // of the server's, or ours
    std::string reason;
};

struct OutboxPage {
    std::vector<OutboxRow> rows;  // oldest first
    std::int64_t next = 0;        // give it as `after`; 0: this was the last page
};

struct OutboxChange {
    std::int64_t retried = 0;  // dead rows that wait again
    std::int64_t dropped = 0;
};

struct PreviewRequest {
    std::string kind;
    std::string path;  // below the endpoint
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    std::string body;  // the exact bytes, before gzip
};

// What would leave of one session, whether or not sync is on.
struct Preview {
    std::string session;
    std::string agent;
    std::string title;
    std::string workspace;
    std::string content;   // metadata, text
    bool enabled = false;  // sync is on
    bool salted = false;   // false: no sync.team_salt_hex is configured, hashes are made with 32 zero bytes
    std::string withheld;  // excluded, sampled_out: nothing of it would leave; null: it would
    std::vector<PreviewRequest> requests;  // one of each kind that has rows
    std::int64_t rows_left_out = 0;        // of the session, beyond these requests
    std::int64_t refused = 0;              // on which the redactor failed
};

struct Backfill {
    std::int64_t sessions = 0;  // that were looked at
    std::int64_t events = 0;    // enqueued now; what was enqueued before is not again
    std::int64_t tool_spans = 0;
    std::int64_t refused = 0;
    std::int64_t excluded = 0;     // sessions
    std::int64_t sampled_out = 0;  // sessions
    bool dry_run = false;          // nothing was enqueued: that is what it would come to
    // Rows of these that an exporter takes, but not under their time, because they are older than that.
    std::int64_t late_rows = 0;
    std::int64_t late_after_ms = 0;
    std::string late_for;  // names of such exporters, in words; empty: there are none
};

// What was forgotten, or with dry_run would be.
struct Forgotten {
    std::int64_t sessions = 0;  // sub-agents are sessions, too
    std::int64_t events = 0;
    std::int64_t tool_spans = 0;
    std::int64_t responses = 0;            // whose tokens and cost are in no sum any more: with usage only
    std::int64_t outbox_rows = 0;          // waiting or dead; they count as dropped
    std::int64_t outbox_rows_leaving = 0;  // in a batch that is being sent: it cannot be called back
    std::int64_t pinned = 0;               // sessions that were left alone
};

struct Pinned {
    std::string session;
    bool pinned = false;
};

// What a request to the endpoint's /v1/health came to.
struct SyncTest {
    bool ok = false;
    std::string url;
    std::optional<std::int64_t> status;  // of the answer; null: there was none
    std::optional<std::int64_t> took_ms;
    std::string message;
    std::string fix;
    std::optional<std::int64_t> clock_skew_ms = {};  // its clock less ours, about; null: it did not say
    std::string proof = {};  // that the endpoint answered: header, body, none; empty: not over plain http
};

// What one harmless item came to.
struct ExporterTest {
    std::string name;
    std::string type;
    SyncTest test;
};

struct ExportTest {
    std::vector<ExporterTest> exporters;
};

struct Check {
    std::string code;
    std::string severity;  // ok, info, warning, error
    std::string title;
    std::string detail;
    std::string fix;
};

struct Doctor {
    std::vector<Check> checks;
};

// Each type above, as compact JSON and back. from_json fails on text that is not a JSON object; a field that
// is missing or of another type keeps its default.
template <class T>
[[nodiscard]] std::string to_json(const T& value);
template <class T>
[[nodiscard]] Result<T> from_json(std::string_view text);

// {"error": {...}}
[[nodiscard]] std::string error_to_json(const ErrorBody& error);
[[nodiscard]] Result<ErrorBody> error_from_json(std::string_view text);

}  // namespace kaizen::proto
