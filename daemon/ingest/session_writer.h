#pragma once

// Events and facts of one line become rows of their session: events stored once, spans paired, usage booked,
// the session's state folded. States are kept in memory while a slice runs and written back once per slice.
// Worker thread, inside a transaction.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/ingest/outbound.h"
#include "daemon/ingest/usage_writer.h"
#include "daemon/ingest/workspace.h"
#include "daemon/parse/formats.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

class SessionWriter {
  public:
    SessionWriter(store::Store& store, session::PriceTable prices);

    // The session of a file, made when it is new. `slug`: see parse::Format::workspace_slug.
    [[nodiscard]] std::int64_t open(const std::string& agent, const parse::FileOwner& owner,
                                    std::string_view slug);
    // The first time that a file of the session gives.
    void begin(std::int64_t session, UnixMs first_timestamp);
    [[nodiscard]] bool has_begun(std::int64_t session) { return keep(session).state.began_at.has_value(); }

    // What write() is given of a session from here to finish_again() takes the place of what is stored of it:
    // events that were there keep their ids, ordinals and what was sent of them. In one transaction.
    void begin_again(std::int64_t session);
    void finish_again();
    // Of an event that was there: only the first reading knows when, of files that write no times.
    [[nodiscard]] std::optional<UnixMs> time_before(std::uint64_t uid) const;

    // `answered`: whether the agent writes tool results. `changed`: when the file was, last. Events that are
    // copies are marked. Returns how many of the events were new.
    std::int64_t write(std::int64_t session, parse::ParsedLine& line, bool answered, UnixMs changed);

    // See parse::Options::stands_in.
    [[nodiscard]] bool stands_in(const std::string& agent, std::string_view session, std::uint64_t uid);

    // A `summary` record titles whichever session holds the record it names; those of `neighbours` that do
    // are titled now, sessions that come later when that record comes.
    void title_by_record(std::uint64_t uid, const std::string& title,
                         const std::vector<std::int64_t>& neighbours);
    [[nodiscard]] bool knows_title(std::uint64_t uid, const std::string& title);

    // A session's status as its agent tells it beside the file; nullopt: it does not.
    using SaidStatus = std::function<std::optional<session::Status>(const session::SessionState&)>;
    // Ends the turn that is open, if the session is over and what came last of it `leaves`; what that
    // enqueues. `said` goes over what the file tells; may be empty.
    Outbound::Again close_turn(std::int64_t session, UnixMs now, bool leaves, const SaidStatus& said = {});
    // When the oldest session with an open turn was active last, of those written since this was forgotten.
    [[nodiscard]] std::optional<UnixMs> oldest_open() const { return oldest_open_; }
    void forget_oldest_open() { oldest_open_.reset(); }

    [[nodiscard]] UsageWriter& usage() { return usage_; }
    [[nodiscard]] Outbound& outbound() { return outbound_; }

    // Writes what changed since the last flush; how many rows came into the outbox.
    std::int64_t flush();
    void forget();  // after a rollback: what is in memory is no longer true; does not throw

  private:
    void save(std::int64_t session, const session::SessionState& state);

    struct Kept {
        session::SessionState state;
        std::vector<std::int64_t> forks;       // sessions whose files begin with a copy of this one's
        std::optional<std::int64_t> original;  // that it was forked from, if it is stored
        bool changed = false;
        bool was_copy = false;  // what it did itself is to be counted anew
    };
    void count_own_turns(std::int64_t session, session::SessionState& state);
    struct Again {
        std::int64_t session = 0;
        session::SessionState before;
        store::EventTable::Places places;
    };
    void note_fork(std::int64_t copy, std::int64_t original);
    void look_for_original(std::int64_t session, const parse::Event& event);
    [[nodiscard]] bool precedes(std::int64_t a, std::int64_t b);
    [[nodiscard]] std::optional<std::int64_t> original_of(Kept& kept);
    [[nodiscard]] bool is_copy(Kept& kept, std::uint64_t uid);
    void mark_copies_of(const Kept& kept, std::uint64_t uid);
    [[nodiscard]] store::EventTable::VisitCopy taking_back_from(std::int64_t session);
    [[nodiscard]] Kept& keep(std::int64_t session);
    void place(session::SessionState& state, const std::string& directory);
    void find_start(session::SessionState& state);
    session::Growth book_usage(std::int64_t session, const parse::Event& event);
    struct Stored {
        std::int64_t seq = 0;
        store::Outgoing outgoing = store::Outgoing::kept;
        bool was_there = false;  // before the session is read again
    };
    [[nodiscard]] std::optional<Stored> store_event(std::int64_t session, const session::SessionState& state,
                                                    const parse::Event& event);
    // What an event did to the spans of its session.
    struct Spans {
        std::optional<session::ToolSpan> own;  // that it is part of
        bool own_ended = false;
        std::vector<session::ToolSpan> orphaned;
    };
    [[nodiscard]] Spans write_spans(std::int64_t session, session::SessionState& state,
                                    const parse::Event& event, bool answered, store::Outgoing outgoing);

    store::Store& store_;
    Workspaces workspaces_;
    UsageWriter usage_;
    Outbound outbound_;
    std::unordered_map<std::int64_t, Kept> kept_;
    std::optional<Again> again_;
    using Titles = std::unordered_map<std::uint64_t, std::string>;
    [[nodiscard]] Titles& titles();
    std::optional<Titles> titles_;  // as stored; nothing: not read yet
    std::optional<UnixMs> oldest_open_;
};

}  // namespace kaizen::ingest
