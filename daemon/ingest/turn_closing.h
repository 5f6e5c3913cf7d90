#pragma once

// Turns that nothing in a file ends: an agent that was killed, one that says no end. Once their sessions are
// over (session::is_over; an agent's own word of them counts) their ends are told where their rows leave, so
// that each piece of work hangs below something. Made for one look; worker thread.

#include <cstdint>

#include "common/clock.h"
#include "daemon/ingest/session_writer.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

class TurnClosing {
  public:
    // `since`: of sessions that were active last before then an earlier look has told, or nothing leaves; but
    // for those that were written since that look, from a file that came late.
    TurnClosing(store::Store& store, SessionWriter& writer, UnixMs since, UnixMs now,
                SessionWriter::SaidStatus said = {});

    // Some of them, in a transaction of its own; false: these were the last. Throws when the database cannot
    // take it; then nothing has changed.
    [[nodiscard]] bool step();
    [[nodiscard]] std::int64_t rows() const { return rows_; }  // that came into the outbox

  private:
    store::Store& store_;
    SessionWriter& writer_;
    UnixMs since_;
    UnixMs now_;
    SessionWriter::SaidStatus said_;
    store::ListPlace before_;
    std::int64_t rows_ = 0;
};

}  // namespace kaizen::ingest
