#include "daemon/session/session_state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/session/usage_ledger.h"

namespace kaizen::session {
namespace {

using parse::Event;
using parse::EventKind;
namespace lifecycle = parse::lifecycle;

// `in_task`: the agent has said that it began a turn, and will say when that ends.
std::optional<Phase> phase_after(const Event& event, bool in_task) {
    const Phase unless_it_goes_on = in_task || event.goes_on ? Phase::running : Phase::waiting;
    switch (event.kind) {
        case EventKind::message:
            return event.role == parse::Role::assistant && !event.thinking ? unless_it_goes_on
                                                                           : Phase::running;
        case EventKind::tool_call:
        case EventKind::tool_result:
            return Phase::running;
        case EventKind::error:
            return unless_it_goes_on;
        case EventKind::cost:
            return std::nullopt;
        case EventKind::lifecycle:
            break;
    }
    if (event.name == lifecycle::session_end) return Phase::ended;
    if (event.name == lifecycle::turn_end || event.name == lifecycle::turn_aborted) return Phase::waiting;
    if (event.name == lifecycle::turn_start) return Phase::running;
    return std::nullopt;
}

bool is_prompt(const Event& event) {
    return event.kind == EventKind::message && event.role == parse::Role::user && !event.sidechain;
}

bool ends_turn(const Event& event) { return ends_open_calls(event) || (event.ends_turn && !event.sidechain); }

// Other lifecycle events may announce the next turn, days later: a new mode, a resumed session.
bool belongs_to_turn(const Event& event) {
    return event.kind != EventKind::lifecycle || event.name == lifecycle::compact || ends_turn(event);
}

// Of a turn that was copied from another session: none.
std::int64_t own_time(const SessionState& state, const OpenTurn& turn) {
    if (state.prompts <= state.copied_prompts || !turn.began_at || !turn.last_at) return 0;
    return std::max<std::int64_t>(0, *turn.last_at - *turn.began_at);
}

bool works(const Event& event) {
    return event.kind != EventKind::lifecycle && !event.replayed && !event.copied;
}

std::optional<EndedTurn> apply_to_turn(SessionState& state, const Event& event) {
    const bool prompt = is_prompt(event);
    std::optional<EndedTurn> ended;
    if (state.open_turn) {
        OpenTurn& open = *state.open_turn;
        if (event.at && !prompt && belongs_to_turn(event))
            open.last_at = std::max(open.last_at.value_or(*event.at), *event.at);
        if (ends_turn(event)) ended = EndedTurn{state.prompts, open.began_at, open.last_at};
    }
    if (ended) static_cast<void>(end_turn(state));
    if (!prompt) {
        // Without a prompt, or upon one that was copied: a fork may answer it otherwise.
        const bool has_prompt = state.prompts > state.copied_prompts;
        const bool was_open = state.open_turn || state.ended_turn == state.prompts;
        if (!has_prompt && !was_open && works(event)) state.open_turn = OpenTurn{event.at, event.at};
        return ended;
    }
    ++state.prompts;
    if (event.replayed || event.copied) ++state.copied_prompts;
    if (!event.replayed && !event.copied) state.open_turn = OpenTurn{event.at, event.at};
    return ended;
}

void apply_to_phase(SessionState& state, const Event& event) {
    if (event.sidechain) return;
    if (event.kind == EventKind::lifecycle && event.name == lifecycle::turn_start) state.in_task = true;
    const bool answers = event.kind == EventKind::tool_result && event.call_id == state.asks_call;
    if (answers || ends_open_calls(event)) state.asks_call.clear();
    if (event.asks_user) state.asks_call = event.call_id;
    if (event.kind == EventKind::lifecycle && ends_open_calls(event)) state.in_task = false;
    if (const auto phase = phase_after(event, state.in_task)) state.phase = *phase;
    if (!state.asks_call.empty()) state.phase = Phase::waiting;
}

// What somebody who went on with it says. A sub-agent goes on when its parent wants it to.
bool resumes(const SessionState& state, const Event& event) {
    return is_prompt(event) && event.at && !event.replayed && !event.copied && state.parent.empty() &&
           state.prompts > state.copied_prompts && status_at(state, *event.at) == Status::done;
}

void set_if_said(std::string& field, const std::string& said) {
    if (!said.empty()) field = said;
}

void set_once(std::string& field, const std::string& said) {
    if (field.empty()) field = said;
}

}  // namespace

std::optional<UnixMs> last_told(const SessionState& state) {
    return state.started_at ? state.last_activity : std::nullopt;
}

void note_change(SessionState& state, UnixMs changed) {
    if (!state.started_at) state.last_activity = changed;
}

std::optional<EndedTurn> apply(SessionState& state, const Event& event) {
    if (resumes(state, event)) ++state.resumed;
    const std::optional<EndedTurn> ended = apply_to_turn(state, event);
    ++state.next_seq;
    state.has_content = state.has_content || event.kind != EventKind::lifecycle;
    if (event.at) {
        state.last_activity = std::max(last_told(state).value_or(*event.at), *event.at);
        state.started_at = std::min(state.started_at.value_or(*event.at), *event.at);
    }
    apply_to_phase(state, event);
    set_if_said(state.model, event.model);
    if (event.replayed || event.copied) return ended;
    if (event.kind == EventKind::tool_call) ++state.tool_calls;
    if (event.kind == EventKind::tool_result && event.is_error) ++state.tool_errors;
    return ended;
}

std::optional<EndedTurn> end_turn(SessionState& state) {
    if (!state.open_turn) return std::nullopt;
    const OpenTurn turn = *std::exchange(state.open_turn, std::nullopt);
    state.ended_turn = state.prompts;
    state.active_ms += own_time(state, turn);
    return EndedTurn{state.prompts, turn.began_at, turn.last_at};
}

Event closing_event(const SessionState& state) {
    Event event;
    event.kind = EventKind::lifecycle;
    event.name = lifecycle::turn_closed;
    event.at = last_told(state);
    return event;
}

std::int64_t closing_seq(std::int64_t turn) { return (std::int64_t{1} << 40) + turn; }

void take_back(SessionState& state, const Event& copy) {
    if (is_prompt(copy)) ++state.copied_prompts;
    if (copy.kind == EventKind::tool_call) --state.tool_calls;
    if (copy.kind == EventKind::tool_result && copy.is_error) --state.tool_errors;
}

void apply(SessionState& state, const parse::SessionFacts& facts) {
    set_once(state.cwd, facts.cwd);
    set_if_said(state.git_branch, facts.git_branch);
    set_if_said(state.agent_version, facts.agent_version);
    set_if_said(state.model, facts.model);
    set_parent(state, facts.parent_id);
    set_once(state.forked_from, facts.forked_from);
    set_once(state.entry_point, facts.entry_point);
    if (facts.reported) {
        raise(state.reported.tokens, facts.reported->tokens);
        raise(state.reported.cost_usd_e6, facts.reported->cost_usd_e6);
    }
    const bool first_prompt_again = facts.title_rank <= parse::TitleRank::first_prompt &&
                                    facts.title_rank == state.title_rank && !state.title.empty();
    if (facts.title_of_uid == 0 && !facts.title.empty() && facts.title_rank >= state.title_rank &&
        !first_prompt_again) {
        state.title = facts.title;
        state.title_rank = facts.title_rank;
    }
}

void set_parent(SessionState& state, const std::string& parent) {
    if (parent.empty() || parent == state.parent) return;
    state.parent = parent;
    state.start = Start();
}

// A sub-agent has no prompts of a user: it works from its first event to its last.
std::optional<std::int64_t> active_time(const SessionState& state) {
    if (!state.started_at || !state.last_activity || *state.started_at == *state.last_activity)
        return std::nullopt;
    if (state.prompts == 0) return *state.last_activity - *state.started_at;
    return state.active_ms + (state.open_turn ? own_time(state, *state.open_turn) : 0);
}

void apply_summary(SessionState& state, std::string_view title, std::int64_t seq) {
    if (state.title_rank > parse::TitleRank::summary) return;
    if (state.title_rank == parse::TitleRank::summary && seq < state.title_seq) return;
    state.title = title;
    state.title_rank = parse::TitleRank::summary;
    state.title_seq = seq;
}

std::optional<bool> is_original(const SessionState& a, const SessionState& b) {
    if (a.parent == b.id) return true;
    if (b.parent == a.id) return false;
    if (!a.began_at || !b.began_at || *a.began_at == *b.began_at) return std::nullopt;
    return *a.began_at < *b.began_at;
}

bool ends_open_calls(const Event& event) {
    if (event.sidechain) return false;
    if (event.kind == EventKind::message) return is_prompt(event);
    return event.kind == EventKind::lifecycle &&
           (event.name == lifecycle::turn_end || event.name == lifecycle::turn_aborted ||
            event.name == lifecycle::session_end);
}

namespace {

constexpr UnixMs kMinute = 60'000;
constexpr UnixMs kRuns = 10 * kMinute;  // so long after the last move of the agent
constexpr UnixMs kWaits = 30 * kMinute;
constexpr UnixMs kAhead = 2 * kMinute;  // clocks of one machine, or two that are kept right, differ by less
constexpr std::array<std::string_view, 5> kOneShot = {"sdk-cli", "sdk-ts", "sdk-py", "exec", "mcp"};
constexpr UnixMs kLingers = 24 * 60 * kMinute;
constexpr std::array<std::string_view, 4> kStatusNames = {"running", "waiting", "idle", "done"};

}  // namespace

bool is_one_shot(const SessionState& state) {
    if (!state.parent.empty()) return true;
    return std::find(kOneShot.begin(), kOneShot.end(), state.entry_point) != kOneShot.end();
}

Status status_at(const SessionState& state, UnixMs now) {
    const UnixMs quiet = now - state.last_activity.value_or(0);
    const bool asks = !state.asks_call.empty();
    const bool over = state.phase == Phase::waiting && !asks && is_one_shot(state);
    if (state.phase == Phase::ended || over || quiet >= kLingers) return Status::done;
    if (quiet < -kAhead) return Status::idle;
    if (state.phase == Phase::running && quiet < kRuns) return Status::running;
    if (state.phase == Phase::waiting && quiet < kWaits) return Status::waiting;
    return Status::idle;
}

bool is_over(const SessionState& state, UnixMs now, std::optional<Status> said) {
    if (!state.last_activity || now - *state.last_activity < kRuns) return false;
    return said.value_or(status_at(state, now)) == Status::done;
}

UnixMs earliest_activity(Status status, UnixMs now) {
    switch (status) {
        case Status::running:
            return now - kRuns;
        case Status::waiting:
            return now - kWaits;
        case Status::idle:
            return now - kLingers;
        case Status::done:
            break;
    }
    return 0;
}

std::string_view to_text(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::optional<Status> status_of(std::string_view text) {
    const auto found = std::find(kStatusNames.begin(), kStatusNames.end(), text);
    if (found == kStatusNames.end()) return std::nullopt;
    return static_cast<Status>(found - kStatusNames.begin());
}

}  // namespace kaizen::session
