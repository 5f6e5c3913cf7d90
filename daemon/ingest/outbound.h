#pragma once

// Rows of a session on their way into the outbox: redacted and enqueued in the transaction that stores them.
// What the redactor fails on does not leave, is counted, and harms nothing else. Worker thread, inside a
// transaction.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "daemon/ingest/gate.h"
#include "daemon/ingest/replay.h"
#include "daemon/outbox/outbox.h"
#include "daemon/redact/session_secrets.h"
#include "daemon/session/open_responses.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

class UsageWriter;

class Outbound {
  public:
    explicit Outbound(store::Store& store)
        : store_(store), outbox_(store), kept_before_(store.outbox.count(store::Count::kept_before)) {}

    void use_gate(std::shared_ptr<Gate> gate);  // from the next row on; null: nothing leaves
    [[nodiscard]] outbox::Outbox& outbox() { return outbox_; }
    [[nodiscard]] const std::string& problem() const { return problem_; }  // of the last row that was refused

    [[nodiscard]] Fate fate(const session::SessionState& state) const { return gate_->fate(state); }
    [[nodiscard]] bool open() const { return gate_ != nullptr; }
    // What rows call a session by; empty: nobody can tell while nothing leaves.
    [[nodiscard]] std::string session_hash(const std::string& id) const {
        return gate_ ? gate_->session_hash(id) : std::string();
    }
    // What becomes of an event of this session and this time (0: not known) that is given to event(), and of
    // the spans that it ends.
    [[nodiscard]] store::Outgoing outgoing(std::int64_t session, const session::SessionState& state,
                                           UnixMs at);

    struct Event {
        const parse::Event& event;
        std::int64_t seq = 0;
        std::int64_t turn = 0;
        std::optional<UnixMs> last_activity;
        const session::ToolSpan* span = nullptr;  // that it is part of; null: none
        const session::Growth& used;
        std::optional<session::EndedTurn> ended_turn;  // with it
        const session::OpenResponses::Told* responses =
            nullptr;  // likewise; null: what is known here of them
    };
    // Each: whether the row is in the outbox now.
    bool event(std::int64_t session, const session::SessionState& state, const Event& event);
    // The session is over, and nothing in its file said so of its turn: a row that no event stands for.
    bool turn_closed(std::int64_t session, const session::SessionState& state,
                     const session::EndedTurn& turn);
    bool span(std::int64_t session, const session::SessionState& state, std::int64_t turn,
              const session::ToolSpan& span);

    // The workspace of the session became known: what was stored before that is looked at again.
    void placed(std::int64_t session, const session::SessionState& state, UsageWriter& usage);
    // Likewise, where all of it is read again: only what becomes of its events from here on may be another
    // thing.
    void placed_again(std::int64_t session);
    // Enqueues of one step what was not enqueued yet and is not older than `since`; for a session that
    // leaves.
    struct Again {
        std::int64_t events = 0;
        std::int64_t spans = 0;
        std::int64_t refused = 0;
        std::int64_t withheld = 0;  // of these: were counted as withheld before
    };
    Again enqueue_again(std::int64_t session, const session::SessionState& state, const Replay::Step& step,
                        UnixMs since);

    // What was told of a session up to here was told by somebody who went through it: its responses that are
    // open go on from there, unless more was told of them meanwhile.
    void go_on_from(std::int64_t session, const session::SessionState& state,
                    const session::OpenResponses& responses);

    // Writes what changed since the last flush; how many rows came into the outbox.
    std::int64_t flush();
    void forget();  // after a rollback: what is in memory is no longer true

  private:
    struct Kept {
        Fate fate = Fate::leaves;
        redact::SessionSecrets secrets;
        bool changed = false;
        session::OpenResponses responses;
        bool responses_changed = false;
    };
    [[nodiscard]] Kept& keep(std::int64_t session, const session::SessionState& state);
    template <class Make>
    bool enqueue(Kept& kept, const Make& make);

    store::Store& store_;
    outbox::Outbox outbox_;
    const UnixMs kept_before_;  // store::Count
    std::shared_ptr<Gate> gate_;
    std::unordered_map<std::int64_t, Kept> kept_;
    std::optional<UnixMs> now_;  // of the rows since the last flush
    std::string problem_;
};

}  // namespace kaizen::ingest
