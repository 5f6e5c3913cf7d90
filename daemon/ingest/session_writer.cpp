#include "daemon/ingest/session_writer.h"

#include <algorithm>

#include "daemon/session/tool_spans.h"

namespace kaizen::ingest {
namespace {

constexpr std::size_t kKeptSessions = 256;
constexpr std::size_t kKeptTitles = 20'000;  // a file of nothing but summaries must not fill the memory

}  // namespace

SessionWriter::SessionWriter(store::Store& store, session::PriceTable prices)
    : store_(store), usage_(store, std::move(prices)), titles_(store.lines.titles()) {}

std::int64_t SessionWriter::open(const std::string& agent, const parse::FileOwner& owner,
                                 std::string_view slug) {
    const std::int64_t key = store_.sessions.key_of(agent, owner.session_id);
    Kept& kept = keep(key);
    if (!owner.parent_id.empty() && kept.state.parent != owner.parent_id) {
        kept.state.parent = owner.parent_id;
        kept.changed = true;
    }
    if (!slug.empty() && kept.state.workspace.empty()) {
        kept.state.workspace = workspaces_.of(directory_of_slug(slug));
        kept.changed = true;
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
    return kept_.emplace(session, Kept{store_.sessions.load(session), false}).first->second;
}

std::int64_t SessionWriter::write(std::int64_t session, const parse::ParsedLine& line, bool answered) {
    Kept& kept = keep(session);
    session::SessionState& state = kept.state;
    session::apply(state, line.facts);
    if (state.workspace.empty() && !state.cwd.empty()) state.workspace = workspaces_.of(state.cwd);
    std::int64_t stored = 0;
    for (const parse::Event& event : line.events) {
        // Before the event's own uid is looked at: a record that comes again may say more of its response.
        if (session::carries_usage(event)) book_usage(session, event);
        if (!store_.events.insert(session, state.next_seq, event)) continue;
        const std::int64_t seq = state.next_seq;
        session::apply(state, event);
        write_span(session, state, event, answered);
        if (!titles_.empty()) {
            const auto title = titles_.find(event.uid);
            if (title != titles_.end()) session::apply_summary(state, title->second, seq);
        }
        ++stored;
    }
    kept.changed = true;
    return stored;
}

void SessionWriter::book_usage(std::int64_t session, const parse::Event& event) {
    Kept& kept = keep(session);
    const auto at = event.at ? event.at : kept.state.last_activity;
    const std::int64_t owner = usage_.owner_of(kept.state.agent, event);
    if (owner == 0 || owner == session) return usage_.book(session, kept.state.agent, event, at);
    // Two files hold it: the later one begins with a copy of the other.
    Kept& other = keep(owner);
    const bool ours = session::is_original(kept.state, other.state).value_or(false);
    usage_.book(ours ? session : owner, kept.state.agent, event, at);
    Kept& copy = ours ? other : kept;
    const session::SessionState& original = ours ? kept.state : other.state;
    if (!copy.state.forked_from.empty() || !copy.state.parent.empty() || original.parent == copy.state.id)
        return;
    copy.state.forked_from = original.id;
    copy.changed = true;
}

void SessionWriter::write_span(std::int64_t session, session::SessionState& state, const parse::Event& event,
                               bool answered) {
    if (state.open_calls > 0 && session::ends_open_calls(event)) {
        store_.spans.orphan_open(session);
        state.open_calls = 0;
    }
    if (event.call_id.empty()) return;
    if (event.kind == parse::EventKind::tool_call) {
        store_.spans.save(session, session::start_span(event, state.workspace, state.cwd, answered));
        if (answered) ++state.open_calls;
    } else if (event.kind == parse::EventKind::tool_result) {
        auto span = store_.spans.find(session, event.call_id);
        if (span && span->status == session::SpanStatus::open && state.open_calls > 0) --state.open_calls;
        // A result without its call (the file begins in the middle of a session) is a span of which only the
        // end is known.
        if (!span) span.emplace().call_id = event.call_id;
        session::end_span(*span, event);
        store_.spans.save(session, *span);
    }
}

bool SessionWriter::knows_title(std::uint64_t uid, const std::string& title) const {
    const auto known = titles_.find(uid);
    return known != titles_.end() && known->second == title;
}

void SessionWriter::title_by_record(std::uint64_t uid, const std::string& title,
                                    const std::vector<std::int64_t>& neighbours) {
    if (titles_.size() >= kKeptTitles && !titles_.contains(uid)) return;
    titles_[uid] = title;
    store_.lines.keep_title(uid, title);
    for (const std::int64_t session : neighbours) {
        const auto seq = store_.events.seq_of(session, uid);
        if (!seq) continue;
        Kept& kept = keep(session);
        session::apply_summary(kept.state, title, *seq);
        kept.changed = true;
    }
}

void SessionWriter::flush() {
    for (auto& [key, kept] : kept_) {
        if (kept.changed) store_.sessions.save(key, kept.state);
        kept.changed = false;
    }
    usage_.flush();
    if (kept_.size() > kKeptSessions) kept_.clear();
}

void SessionWriter::forget() {
    kept_.clear();
    usage_.forget();
    titles_ = store_.lines.titles();
}

}  // namespace kaizen::ingest
