#pragma once

// What was stored before it was to leave, put into the outbox afterwards: since a time, and only what was not
// enqueued already; or only counted, with the same work taken back. In small transactions, so that nobody
// waits. Worker thread.

#include <deque>
#include <optional>

#include "daemon/ingest/outbound.h"
#include "daemon/ingest/replay.h"
#include "daemon/ingest/session_writer.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen::ingest {

class Backfill {
  public:
    struct Wanted {
        UnixMs since = 0;
        UnixMs late_before = 0;  // rows older than that are counted as late
        bool dry_run = false;
    };
    Backfill(store::Store& store, SessionWriter& writer, Wanted wanted);

    // The next few hundred events, in a transaction of its own; false: all is done. Throws SQLite::Exception
    // when the database cannot take it: nothing of this step is enqueued then.
    bool step();
    [[nodiscard]] const proto::Backfill& counts() const { return counts_; }

  private:
    [[nodiscard]] bool open_next();
    void enqueue_some();
    void finish_session();
    void count(const Outbound::Again& again, std::optional<UnixMs> at);

    store::Store& store_;
    SessionWriter& writer_;
    UsageWriter& usage_;
    Outbound& outbound_;
    Wanted wanted_;
    std::deque<std::int64_t> sessions_;  // still to be looked at
    std::int64_t session_ = 0;           // that is gone through
    session::SessionState state_;
    std::optional<Replay> replay_;
    bool latest_leaves_ = false;  // the event that it is at
    proto::Backfill counts_;
};

}  // namespace kaizen::ingest
