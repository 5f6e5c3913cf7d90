#include "daemon/ingest/backfill.h"

namespace kaizen::ingest {
namespace {

constexpr int kEventsAtOnce = 300;
constexpr int kSessionsAtOnce = 100;

}  // namespace

Backfill::Backfill(store::Store& store, UsageWriter& usage, Outbound& outbound, UnixMs since)
    : store_(store), usage_(usage), outbound_(outbound), since_(since) {
    for (const std::int64_t session : store.sessions.active_since(since)) sessions_.push_back(session);
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
        outbound_.flush();
        transaction.commit();
    } catch (...) {
        outbound_.forget();
        throw;
    }
    usage_.responses().forget();  // or they would add up, over years of them
    return true;
}

void Backfill::enqueue_some() {
    for (int events = 0; events < kEventsAtOnce; ++events) {
        const auto step = replay_->next();
        if (!step) return replay_.reset();
        count(outbound_.enqueue_again(session_, state_, *step, since_));
    }
}

void Backfill::count(const Outbound::Again& again) {
    counts_.events += again.events;
    counts_.tool_spans += again.spans;
    counts_.refused += again.refused;
}

}  // namespace kaizen::ingest
