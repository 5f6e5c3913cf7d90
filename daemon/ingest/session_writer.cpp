#include "daemon/ingest/session_writer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "daemon/parse/formats.h"
#include "daemon/session/tool_spans.h"

namespace kaizen::ingest {
namespace {

constexpr std::size_t kKeptSessions = 256;
constexpr std::size_t kKeptTitles = 20'000;  // a file of nothing but summaries must not fill the memory

// Whether its file may begin with a copy of another session's without naming it. A sub-agent's never does.
bool copies_silently(const session::SessionState& state) {
    const parse::Format* format = parse::find_format(state.agent);
    return format != nullptr && format->has_record_ids && state.parent.empty();
}

bool is_directory(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_directory(path, error);
}

}  // namespace

SessionWriter::SessionWriter(store::Store& store, session::PriceTable prices)
    : store_(store), workspaces_(store), usage_(store, std::move(prices)), outbound_(store) {}

void SessionWriter::place(session::SessionState& state, const std::string& directory) {
    const Workspace found = workspaces_.of(directory);
    state.workspace = found.root;
    state.worktree = found.worktree;
}

std::int64_t SessionWriter::open(const std::string& agent, const parse::FileOwner& owner,
                                 std::string_view slug) {
    const std::int64_t key = store_.sessions.key_of(agent, owner.session_id);
    Kept& kept = keep(key);
    if (!owner.parent_id.empty() && kept.state.parent != owner.parent_id) {
        session::set_parent(kept.state, owner.parent_id);
        kept.changed = true;
    }
    if (!slug.empty() && kept.state.workspace.empty()) {
        place(kept.state, directory_of_slug(slug));
        kept.changed = true;
        if (!again_ && !kept.state.workspace.empty()) outbound_.placed(key, kept.state, usage_);
    }
    return key;
}

void SessionWriter::begin(std::int64_t session, UnixMs first_timestamp) {
    Kept& kept = keep(session);
    kept.state.began_at = std::min(kept.state.began_at.value_or(first_timestamp), first_timestamp);
    kept.changed = true;
}

SessionWriter::Kept& SessionWriter::keep(std::int64_t session) {
    const auto found = kept_.find(session);
    if (found != kept_.end()) return found->second;
    Kept kept{store_.sessions.load(session), {}, {}, false, false};
    kept.forks = store_.sessions.forks_of(kept.state.agent, kept.state.id);
    return kept_.emplace(session, std::move(kept)).first->second;
}

bool SessionWriter::stands_in(const std::string& agent, std::string_view session, std::uint64_t uid) {
    const auto key = store_.sessions.find_key(agent, std::string(session));
    return key && store_.events.seq_of(*key, uid).has_value();
}

std::optional<std::int64_t> SessionWriter::original_of(Kept& kept) {
    if (!kept.original && !kept.state.forked_from.empty())
        kept.original = store_.sessions.find_key(kept.state.agent, kept.state.forked_from);
    return kept.original;
}

bool SessionWriter::is_copy(Kept& kept, std::uint64_t uid) {
    const auto original = original_of(kept);
    return original && store_.events.seq_of(*original, uid).has_value();
}

// Where the file of the fork was read first.
void SessionWriter::mark_copies_of(const Kept& kept, std::uint64_t uid) {
    for (const std::int64_t fork : kept.forks) store_.events.mark_copy(fork, uid, taking_back_from(fork));
}

store::EventTable::VisitCopy SessionWriter::taking_back_from(std::int64_t session) {
    return [this, session](const parse::Event& copy) {
        Kept& kept = keep(session);
        session::take_back(kept.state, copy);
        kept.changed = kept.was_copy = true;
    };
}

// A file that begins with a copy of another does not say so: its prompts do. Of the sessions that hold a
// prompt the first is the original; of a fork of a fork it is the one with which it shares most.
void SessionWriter::look_for_original(std::int64_t session, const parse::Event& event) {
    Kept& kept = keep(session);
    const bool prompt = event.kind == parse::EventKind::message && event.role == parse::Role::user;
    if (!prompt || !copies_silently(kept.state) || is_copy(kept, event.uid)) return;
    std::vector<std::int64_t> holders = store_.events.others_with_prompt(event.uid, session);
    const auto strange = [&](std::int64_t other) {
        const session::SessionState& state = keep(other).state;
        return state.agent != kept.state.agent || !copies_silently(state);
    };
    holders.erase(std::remove_if(holders.begin(), holders.end(), strange), holders.end());
    if (holders.empty()) return;
    const std::int64_t first =
        *std::min_element(holders.begin(), holders.end(), [this](auto a, auto b) { return precedes(a, b); });
    if (precedes(first, session)) return note_fork(session, first);
    for (const std::int64_t holder : holders) {
        if (!store_.events.has_copied_prompt_after(holder, event.uid)) note_fork(holder, session);
    }
}

// Of two that do not say it, the one that was stored first.
bool SessionWriter::precedes(std::int64_t a, std::int64_t b) {
    return session::is_original(keep(a).state, keep(b).state).value_or(a < b);
}

// Where the copy was read first, it was taken for the fork's own so far.
void SessionWriter::note_fork(std::int64_t copy, std::int64_t original) {
    Kept& kept = keep(copy);
    kept.state.forked_from = keep(original).state.id;
    kept.original = original;
    kept.changed = true;
    keep(original).forks.push_back(copy);
    store_.events.mark_copies(copy, original, taking_back_from(copy));
}

std::int64_t SessionWriter::write(std::int64_t session, parse::ParsedLine& line, bool answered,
                                  UnixMs changed) {
    Kept& kept = keep(session);
    session::SessionState& state = kept.state;
    session::apply(state, line.facts);
    if (state.workspace.empty() && !state.cwd.empty()) {
        place(state, state.cwd);
        again_ ? outbound_.placed_again(session) : outbound_.placed(session, state, usage_);
    }
    if (!line.facts.started_session.empty() && !line.facts.started_by.empty())
        store_.sessions.note_start(state.agent, line.facts.started_session, line.facts.started_by);
    const bool is_first = state.next_seq == 0 || (again_ && !last_told(state) && !state.start.known());
    if (is_first && !line.events.empty() && !state.parent.empty()) find_start(state);
    std::int64_t stored = 0;
    for (parse::Event& event : line.events) {
        if (event.at && state.forgotten_until && *event.at <= *state.forgotten_until) continue;
        // Before the event's own uid is looked at: a record that comes again may say more of its response.
        const session::Growth used =
            session::carries_usage(event) ? book_usage(session, event) : session::Growth();
        look_for_original(session, event);
        event.copied = is_copy(kept, event.uid);
        const auto row = store_event(session, state, event);
        if (!row) continue;
        mark_copies_of(kept, event.uid);
        const std::optional<session::EndedTurn> ended_turn = session::apply(state, event);
        if (row->was_there) --state.next_seq;
        const Spans spans = write_spans(session, state, event, answered, row->outgoing);
        if (row->outgoing != store::Outgoing::kept && !row->was_there) {
            outbound_.event(session, state,
                            {event, row->seq, state.prompts, last_told(state),
                             spans.own ? &*spans.own : nullptr, used, ended_turn});
            for (const session::ToolSpan& span : spans.orphaned)
                outbound_.span(session, state, state.prompts, span);
            if (spans.own_ended) outbound_.span(session, state, state.prompts, *spans.own);
        }
        const auto title = titles().find(event.uid);
        if (title != titles().end()) session::apply_summary(state, title->second, row->seq);
        ++stored;
    }
    session::note_change(state, changed);
    kept.changed = true;
    return stored;
}

std::optional<SessionWriter::Stored> SessionWriter::store_event(std::int64_t session,
                                                                const session::SessionState& state,
                                                                const parse::Event& event) {
    if (again_) {
        const auto place = again_->places.find(event.uid);
        if (place != again_->places.end()) {
            if (!store_.events.insert_at(place->second, session, event)) return std::nullopt;
            return Stored{place->second.seq, place->second.outgoing, true};
        }
    }
    const UnixMs at = event.at ? *event.at : last_told(state).value_or(0);
    const store::Outgoing outgoing = outbound_.outgoing(session, state, at);
    if (!store_.events.insert(session, state.agent, state.next_seq, event, outgoing)) return std::nullopt;
    return Stored{state.next_seq, outgoing, false};
}

void SessionWriter::begin_again(std::int64_t session) {
    Kept& kept = keep(session);
    usage_.unbook_events(session, original_of(kept).value_or(session));
    again_.emplace(Again{session, kept.state, store_.events.take_out(session)});
    store_.spans.erase(session);
    session::SessionState fresh;
    fresh.agent = kept.state.agent;
    fresh.id = kept.state.id;
    fresh.parent = kept.state.parent;
    fresh.start = kept.state.start;  // as it has been sent
    fresh.next_seq = kept.state.next_seq;
    kept.state = std::move(fresh);
    kept.original.reset();
    kept.changed = true;
}

// A directory that is gone does not tell any more which repository it was in.
void SessionWriter::finish_again() {
    session::SessionState& state = keep(again_->session).state;
    const session::SessionState& before = again_->before;
    if (state.cwd == before.cwd && !before.workspace.empty() && !is_directory(state.cwd)) {
        state.workspace = before.workspace;
        state.worktree = before.worktree;
    }
    // What was told of is not told again: the turn's end, and that calls in it had no result.
    if (state.open_turn && !before.open_turn && before.prompts >= state.prompts) {
        static_cast<void>(session::end_turn(state));
        store_.spans.orphan_open(again_->session, store_.events.last_outgoing(again_->session));
        state.open_calls = 0;
    }
    outbound_.placed_again(again_->session);
    if (!state.has_content && store_.sessions.row(again_->session).shown)
        store_.sessions.hide(again_->session);
    again_.reset();
}

std::optional<UnixMs> SessionWriter::time_before(std::uint64_t uid) const {
    if (!again_) return std::nullopt;
    const auto place = again_->places.find(uid);
    return place == again_->places.end() ? std::nullopt : place->second.at;
}

// Of a call that is not stored yet, or that another sub-agent made, nothing is known: then the time tells the
// turn.
void SessionWriter::find_start(session::SessionState& state) {
    const auto parent = store_.sessions.find_key(state.agent, state.parent);
    if (!parent) return;
    state.start = store_.sessions.find_start(*parent, state.agent, state.id);
    if (state.start.call.empty() && state.began_at)
        state.start.turn = store_.events.prompts_until(*parent, *state.began_at);
    const session::SessionState& above = keep(*parent).state;
    if (above.start.call.empty() || above.start.turn == 0) return;
    const bool is_root = above.start.root.empty();
    state.start.root = is_root ? above.parent : above.start.root;
    state.start.root_turn = is_root ? above.start.turn : above.start.root_turn;
}

session::Growth SessionWriter::book_usage(std::int64_t session, const parse::Event& event) {
    Kept& kept = keep(session);
    const auto at = event.at ? event.at : last_told(kept.state);
    const std::int64_t scope = original_of(kept).value_or(session);
    const std::int64_t owner = usage_.owner_of(scope, kept.state.agent, event);
    std::int64_t& untold = kept.state.untold_pico;
    if (owner == 0 || owner == session)
        return usage_.book(session, scope, kept.state.agent, event, at, untold);
    // Two files hold it: the later one begins with a copy of the other.
    Kept& other = keep(owner);
    const bool ours = precedes(session, owner);
    const session::Growth used =
        usage_.book(ours ? session : owner, scope, kept.state.agent, event, at, untold);
    Kept& copy = ours ? other : kept;
    const session::SessionState& original = ours ? kept.state : other.state;
    if (copy.state.forked_from.empty() && copy.state.parent.empty() && original.parent != copy.state.id)
        ours ? note_fork(owner, session) : note_fork(session, owner);
    return used;
}

SessionWriter::Spans SessionWriter::write_spans(std::int64_t session, session::SessionState& state,
                                                const parse::Event& event, bool answered,
                                                store::Outgoing outgoing) {
    Spans spans;
    if (state.open_calls > 0 && session::ends_open_calls(event)) {
        if (outgoing != store::Outgoing::kept) spans.orphaned = store_.spans.open_of(session);
        store_.spans.orphan_open(session, outgoing);
        for (session::ToolSpan& span : spans.orphaned) span.status = session::SpanStatus::orphaned;
        state.open_calls = 0;
    }
    if (event.call_id.empty()) return spans;
    if (event.kind == parse::EventKind::tool_call) {
        spans.own = session::start_span(event, state.workspace, state.cwd, answered);
        spans.own->turn = state.prompts;
        if (answered) ++state.open_calls;
    } else if (event.kind == parse::EventKind::tool_result) {
        auto row = store_.spans.find(session, event.call_id);
        if (row && row->span.status == session::SpanStatus::open && state.open_calls > 0) --state.open_calls;
        // A result without its call (the file begins in the middle of a session) is a span of which only the
        // end is known.
        if (!row) {
            row.emplace().span.call_id = event.call_id;
            row->span.turn = state.prompts;
        }
        row->span.is_late =
            row->span.status == session::SpanStatus::orphaned && row->outgoing == store::Outgoing::enqueued;
        session::end_span(row->span, event);
        spans.own = std::move(row->span);
    } else {
        return spans;
    }
    // A copy's span leaves with its original: on the wire both have the same identity.
    const bool is_copy = event.replayed || event.copied || store_.spans.is_copied(session, event.call_id);
    spans.own_ended = spans.own->status != session::SpanStatus::open && !is_copy;
    // Nor does what a copy says change whether the span has left.
    const auto before = is_copy ? store_.spans.find(session, event.call_id) : std::nullopt;
    const store::Outgoing otherwise = before ? before->outgoing : store::Outgoing::kept;
    store_.spans.save(session, *spans.own, spans.own_ended ? outgoing : otherwise);
    return spans;
}

Outbound::Again SessionWriter::close_turn(std::int64_t session, UnixMs now, bool leaves,
                                          const SaidStatus& said) {
    Outbound::Again told;
    Kept& kept = keep(session);
    if (!leaves || !kept.state.open_turn) return told;
    if (!session::is_over(kept.state, now, said ? said(kept.state) : std::nullopt)) return told;
    const session::EndedTurn turn = *session::end_turn(kept.state);
    kept.changed = true;
    if (kept.state.open_calls > 0) {
        const auto open = store_.spans.open_of(session);
        store_.spans.orphan_open(session, store::Outgoing::enqueued);
        for (session::ToolSpan span : open) {
            span.status = session::SpanStatus::orphaned;
            told.spans += outbound_.span(session, kept.state, turn.turn, span) ? 1 : 0;
        }
        kept.state.open_calls = 0;
    }
    told.events = outbound_.turn_closed(session, kept.state, turn) ? 1 : 0;
    return told;
}

bool SessionWriter::knows_title(std::uint64_t uid, const std::string& title) {
    const auto known = titles().find(uid);
    return known != titles().end() && known->second == title;
}

SessionWriter::Titles& SessionWriter::titles() {
    if (!titles_) titles_ = store_.lines.titles();
    return *titles_;
}

void SessionWriter::title_by_record(std::uint64_t uid, const std::string& title,
                                    const std::vector<std::int64_t>& neighbours) {
    if (titles().size() >= kKeptTitles && !titles().contains(uid)) return;
    titles()[uid] = title;
    store_.lines.keep_title(uid, title);
    for (const std::int64_t session : neighbours) {
        const auto seq = store_.events.seq_of(session, uid);
        if (!seq) continue;
        Kept& kept = keep(session);
        session::apply_summary(kept.state, title, *seq);
        kept.changed = true;
    }
}

// Of a fork that was read before its original: of the events it is known only now whose turns they are of.
void SessionWriter::count_own_turns(std::int64_t session, session::SessionState& state) {
    constexpr std::int64_t kPage = 1000;
    session::SessionState again;
    again.entry_point = state.entry_point;
    store::EventFilter filter;
    filter.session = session;
    filter.limit = kPage;
    for (auto rows = store_.events.list(filter); !rows.empty(); rows = store_.events.list(filter)) {
        for (const store::EventRow& row : rows) static_cast<void>(session::apply(again, row.event));
        filter.after = rows.back().id;
    }
    state.active_ms = again.active_ms;
    state.resumed = again.resumed;
}

std::int64_t SessionWriter::flush() {
    for (auto& [key, kept] : kept_) {
        if (std::exchange(kept.was_copy, false)) count_own_turns(key, kept.state);
        if (kept.changed) save(key, kept.state);
        kept.changed = false;
    }
    store_.events.flush();
    usage_.flush();
    if (kept_.size() > kKeptSessions) kept_.clear();
    return outbound_.flush();
}

void SessionWriter::save(std::int64_t session, const session::SessionState& state) {
    store_.sessions.save(session, state);
    if (state.open_turn && state.last_activity)
        oldest_open_ = std::min(oldest_open_.value_or(*state.last_activity), *state.last_activity);
}

void SessionWriter::forget() {
    kept_.clear();
    again_.reset();
    store_.events.forget();
    usage_.forget();
    outbound_.forget();
    titles_.reset();
}

}  // namespace kaizen::ingest
