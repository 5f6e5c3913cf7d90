#pragma once

// What a session is, folded from its events in file order. Pure: no I/O, no clock. Worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/parse/event.h"

namespace kaizen::session {

// Whose move it is after the last event. With the time since then it makes the status.
enum class Phase : std::uint8_t { running, waiting, ended };

// A turn, a prompt and what follows, that nothing has ended yet. What is done before the first prompt, as all
// that a sub-agent does, is turn 0.
struct OpenTurn {
    std::optional<UnixMs> began_at;  // of the prompt
    std::optional<UnixMs> last_at;   // of the latest that belongs to it
};

struct EndedTurn {
    std::int64_t turn = 0;  // ordinal of its prompt
    std::optional<UnixMs> started_at;
    std::optional<UnixMs> ended_at;
};

// What in its parent started a sub-agent; found with its first event, and then it stays.
struct Start {
    std::string call;       // the tool call; empty: unknown
    std::int64_t turn = 0;  // of the call, else the one that ran when the sub-agent began; 0: unknown
    // Where the parent is a sub-agent itself that a known call started: the session and the turn in which the
    // first of them was started.
    std::string root;
    std::int64_t root_turn = 0;
    [[nodiscard]] bool known() const { return !call.empty() || turn != 0; }
};

struct SessionState {
    std::string agent;
    std::string id;
    std::string parent;  // session id of the same agent; empty: none
    Start start;         // with a parent only
    std::string forked_from;
    std::string cwd;        // the first one that the file names
    std::string workspace;  // its git root, else cwd; empty: unknown
    std::string worktree;   // linked to the workspace's repository, that cwd is in; empty: none
    std::string git_branch;
    std::string agent_version;
    std::string entry_point;  // parse::SessionFacts
    std::string model;        // the latest
    std::string title;
    parse::TitleRank title_rank = parse::TitleRank::none;
    std::int64_t title_seq =
        0;  // of the record that a `summary` names: among several, the one named last wins
    std::optional<UnixMs> began_at;  // the first time in its file; a fork's is later than those of its copies
    std::optional<UnixMs> started_at;     // of the earliest event
    std::optional<UnixMs> last_activity;  // of the latest event; while none has a time (and nothing
                                          // started), when its file was changed last
    Phase phase = Phase::waiting;
    bool in_task = false;               // the agent said that it began a turn, and not that it ended
    std::string asks_call;              // an open tool call whose answer is the user's to give; empty: none
    std::int64_t next_seq = 0;          // ordinal of the next event
    bool has_content = false;           // an event that is more than of its life came since this was loaded
    std::int64_t open_calls = 0;        // tool calls without a result so far
    std::int64_t prompts = 0;           // with those that were copied: that of the latest turn
    std::int64_t copied_prompts = 0;    // from the session that it was forked from
    std::optional<OpenTurn> open_turn;  // the latest, unless it ended or is a copy
    std::int64_t ended_turn = -1;       // the latest that ended; -1: none
    std::int64_t active_ms = 0;         // of its own turns that ended: from their prompts to what came last
    std::int64_t resumed = 0;           // how often it went on after it was done
    std::int64_t tool_calls = 0;        // of its own, as the errors
    std::int64_t tool_errors = 0;
    std::int64_t untold_pico = 0;           // of its cost: what growth() rounded off so far
    std::optional<UnixMs> forgotten_until;  // what it did until then was forgotten, and does not come back
    parse::ReportedUsage reported;          // the largest that the agent said: its totals only grow
};

// What last_activity says, where an event does: what leaves is dated by that and by nothing else.
[[nodiscard]] std::optional<UnixMs> last_told(const SessionState& state);

// The session's file was changed then: all that is known of a session in which no line says a time. Without
// it the session would never be over, nor too old.
void note_change(SessionState& state, UnixMs changed);

// Folds one new event in (not one that was seen before) and counts it. The turn that ends with it: a turn
// ends once, by the first that says so, and what comes after that belongs to it all the same. Turns that were
// copied from another file (`replayed`) end there.
std::optional<EndedTurn> apply(SessionState& state, const parse::Event& event);
void apply(SessionState& state, const parse::SessionFacts& facts);
// Of a session that is over: the turn that nothing has ended. What comes after that belongs to it all the
// same.
std::optional<EndedTurn> end_turn(SessionState& state);
// What tells of that end where rows leave. No event of a file has such a number.
[[nodiscard]] parse::Event closing_event(const SessionState& state);
[[nodiscard]] std::int64_t closing_seq(std::int64_t turn);
// An event that was counted turns out to be a copy.
void take_back(SessionState& state, const parse::Event& copy);

// Says who the parent is, when `parent` is not empty. What another one started is no longer known.
void set_parent(SessionState& state, const std::string& parent);

// How long it was at work: in its own turns, with the one that is open. nullopt: nothing says it.
[[nodiscard]] std::optional<std::int64_t> active_time(const SessionState& state);

// A title that a `summary` record gives for the session holding the record with ordinal `seq`.
void apply_summary(SessionState& state, std::string_view title, std::int64_t seq);

// Which of two sessions whose files hold the same model response it belongs to: the sub-agent of the two,
// else the one that began first. False: `b`; nothing: they do not say.
[[nodiscard]] std::optional<bool> is_original(const SessionState& a, const SessionState& b);

// True when open tool calls of the session will not be answered any more once this event is there.
[[nodiscard]] bool ends_open_calls(const parse::Event& event);

enum class Status : std::uint8_t { running, waiting, idle, done };

// Whether nobody can go on with it once its turn has ended: a sub-agent, or a run for one prompt
// (`claude -p`, `codex exec`, an SDK).
[[nodiscard]] bool is_one_shot(const SessionState& state);

// running for 10 minutes after the last move of the agent, waiting for 30 after the turn ended; then idle;
// done after an explicit end, a day, or the turn of a one-shot session. A resumed session runs again. One
// whose times lie ahead (the clock of another machine) is idle until they have come. Spec "status".
[[nodiscard]] Status status_at(const SessionState& state, UnixMs now);
// Whether it is done, and not only for a moment between two lines. Of one without any time nobody can tell.
// `said`: its status as the agent tells it beside the file; nullopt: it does not.
[[nodiscard]] bool is_over(const SessionState& state, UnixMs now, std::optional<Status> said = std::nullopt);
// The last activity of a session with that status is not before this.
[[nodiscard]] UnixMs earliest_activity(Status status, UnixMs now);
[[nodiscard]] std::string_view to_text(Status status);
[[nodiscard]] std::optional<Status> status_of(std::string_view text);

}  // namespace kaizen::session
