#include "daemon/ingest/backfill.h"

namespace kaizen::ingest {
namespace {

constexpr int kEventsAtOnce = 300;
constexpr int kSessionsAtOnce = 100;

}  // namespace

Backfill::Backfill(store::Store& store, SessionWriter& writer, Wanted wanted)
    : store_(store), writer_(writer), usage_(writer.usage()), outbound_(writer.outbound()), wanted_(wanted) {
    for (const std::int64_t session : store.sessions.active_since(wanted.since)) sessions_.push_back(session);
    counts_.dry_run = wanted.dry_run;
}

bool Backfill::open_next() {
    for (int looks = 0; looks < kSessionsAtOnce && !sessions_.empty(); ++looks) {
        session_ = sessions_.front();
        sessions_.pop_front();
        state_ = store_.sessions.load(session_);
        ++counts_.sessions;
        const Fate fate = outbound_.fate(state_);
        counts_.sampled_out += fate == Fate::sampled_out ? 1 : 0;
        counts_.excluded += fate == Fate::excluded || fate == Fate::unplaced ? 1 : 0;
        if (fate != Fate::leaves) continue;
        replay_.emplace(store_, usage_.responses(), usage_.prices(), session_);
        return true;
    }
    return false;
}

bool Backfill::step() {
    if (!replay_ && !open_next()) return !sessions_.empty();
    store::Transaction transaction(store_.database);
    try {
        enqueue_some();
        if (wanted_.dry_run) {
            writer_.forget();
        } else {
            writer_.flush();
            transaction.commit();
        }
    } catch (...) {
        writer_.forget();
        throw;
    }
    usage_.responses().forget();  // or they would add up, over years of them
    return true;
}

void Backfill::enqueue_some() {
    for (int events = 0; events < kEventsAtOnce; ++events) {
        const auto step = replay_->next();
        if (!step) return finish_session();
        const Outbound::Again again = outbound_.enqueue_again(session_, state_, *step, wanted_.since);
        latest_leaves_ = again.events > 0 || step->row.outgoing == store::Outgoing::enqueued;
        count(again, step->row.event.at ? step->row.event.at : step->last_activity);
    }
}

void Backfill::finish_session() {
    outbound_.go_on_from(session_, state_, replay_->open_responses());
    count(writer_.close_turn(session_, now(), latest_leaves_), state_.last_activity);
    replay_.reset();
}

void Backfill::count(const Outbound::Again& again, std::optional<UnixMs> at) {
    if (at && *at < wanted_.late_before) counts_.late_rows += again.events + again.spans;
    counts_.events += again.events;
    counts_.tool_spans += again.spans;
    counts_.refused += again.refused;
}

}  // namespace kaizen::ingest
