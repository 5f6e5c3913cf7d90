#pragma once

// What a line of a session file becomes: events in file order, and facts about the session it belongs to.
// The kinds and what makes them: spec "sources", section Events. Plain data; worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace kaizen::parse {

enum class EventKind : std::uint8_t { message, tool_call, tool_result, error, cost, lifecycle };
enum class Role : std::uint8_t { none, user, assistant };

[[nodiscard]] std::string_view name_of(EventKind kind);  // the enumerator's name: as socket and wire say it
[[nodiscard]] std::string_view name_of(Role role);       // none: empty

// Tokens as one record gives them. Nothing where the record does not say: unknown is never 0.
struct TokenCounts {
    std::optional<std::int64_t> input;  // without cache
    std::optional<std::int64_t> cache_read;
    std::optional<std::int64_t> cache_write;     // 5-minute and 1-hour together
    std::optional<std::int64_t> cache_write_1h;  // of cache_write, where the record tells them apart
    std::optional<std::int64_t> output;          // with reasoning
    std::optional<std::int64_t> reasoning;

    [[nodiscard]] bool operator==(const TokenCounts&) const = default;
};

// What bills a response beside its model and its tokens, as far as its record says.
struct Billing {
    std::string tier;    // fast, priority, flex, batch; empty: the usual one, or unknown
    std::string region;  // us, eu; empty: anywhere, or unknown
    std::optional<std::int64_t> web_searches;  // that the model's server made

    [[nodiscard]] bool operator==(const Billing&) const = default;
};

// Names of `lifecycle` events. `name` of Event holds one of these.
namespace lifecycle {
inline constexpr std::string_view session_start = "session_start";
inline constexpr std::string_view session_end = "session_end";
inline constexpr std::string_view turn_start = "turn_start";
inline constexpr std::string_view turn_end = "turn_end";  // the user's move
inline constexpr std::string_view turn_aborted =
    "turn_aborted";  // the user's move; open calls will not be answered
inline constexpr std::string_view turn_closed = "turn_closed";  // in no file: session::closing_event
inline constexpr std::string_view compact = "compact";
inline constexpr std::string_view title = "title";  // text: the new title
inline constexpr std::string_view cwd = "cwd";      // text: the new directory; likewise for the two below
inline constexpr std::string_view model = "model";
inline constexpr std::string_view mode = "mode";
}  // namespace lifecycle

struct Event {
    EventKind kind = EventKind::message;
    // Identity of the record within its session: reading the same record again (a copy, a rewritten file)
    // gives the same uid.
    std::uint64_t uid = 0;
    std::optional<UnixMs> at;  // nothing: the line has no time
    Role role = Role::none;    // message only
    bool thinking = false;     // message only
    bool sidechain = false;    // Claude up to 1.0.120: a sub-agent's record inside the main file
    bool replayed = false;   // Codex: copied from an older file by resume or fork; its usage is booked there
    bool copied = false;     // stands in the file of the session that this one was forked from, too
    bool ends_turn = false;  // message only: the agent's last word, as its record says; the user's move
    bool goes_on = false;    // message, error: the agent goes on by itself, as its record says
    bool asks_user = false;  // tool_call: its answer is the user's to give
    std::string name;        // tool name · lifecycle name · error type
    std::string call_id;     // tool_call, tool_result: pairs them
    // At most Options::text_max_bytes: message · tool input as JSON · tool output · error · detail
    std::string text;
    std::int64_t text_bytes = 0;  // of the whole text
    bool is_error = false;        // tool_result
    std::optional<std::int64_t> exit_code;
    std::optional<std::int64_t> duration_ms;  // as the agent measured it
    std::vector<std::string> paths;           // tool_call: files touched, as the agent wrote them
    std::string model;
    std::string response_id;            // the model response that this is part of; key of the usage
    std::string request_id;             // of that response, where the record names it
    std::optional<TokenCounts> tokens;  // as this record gives them: repeated on every record of a response
    std::optional<std::int64_t> cost_usd_e6;  // from the agent itself
    Billing billing;                          // of the response
};

// How much a title is worth; a higher one replaces a lower one, a later one of the same rank an earlier one.
enum class TitleRank : std::uint8_t { none, first_prompt, summary, agent, user };

// A running total that the agent itself keeps of a session, as far as this line.
struct ReportedUsage {
    TokenCounts tokens;
    std::optional<std::int64_t> cost_usd_e6;
};

// What a line says about its session. Empty: it does not say.
struct SessionFacts {
    std::string cwd;
    std::string git_branch;
    std::string agent_version;
    std::string model;
    std::string entry_point;  // how the agent was started, in its own words: cli, sdk-cli, exec
    std::string parent_id;
    std::string forked_from;
    std::string title;
    TitleRank title_rank = TitleRank::none;
    // Claude's `summary` names, by its last record, the session that it is the title of; often not this one.
    std::uint64_t title_of_uid = 0;  // 0: this session
    std::optional<ReportedUsage> reported;
    // A session that a tool call of this one started, and that call; both or none.
    std::string started_session;
    std::string started_by;
};

enum class LineOutcome : std::uint8_t {
    events,        // at least one event
    skipped,       // known and of no interest (noise, repeats, blank)
    unknown_kind,  // a record type that no table here knows: counted by its name, so that a new format shows
    malformed,     // not what the format says; `reason` says why
};

// Result of one line; reused from line to line.
struct ParsedLine {
    LineOutcome outcome = LineOutcome::skipped;
    std::string
        kind;  // the record's own type, e.g. "assistant", "event_msg/token_count"; "" for a blank line
    std::string reason;     // malformed: why; else of what was left out of the line, empty: nothing was
    bool repaired = false;  // invalid UTF-8 or lone surrogates were replaced
    std::vector<Event> events;
    SessionFacts facts;

    void clear() { *this = ParsedLine(); }
};

}  // namespace kaizen::parse
