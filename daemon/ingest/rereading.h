#pragma once

// Brings what earlier versions stored up to today's rules: every session whose files are still there is read
// again while nothing else is to be read. Worker thread.

#include <cstdint>
#include <vector>

#include "common/clock.h"
#include "daemon/ingest/ingest.h"
#include "daemon/store/rereading_table.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

// Of how lines become rows: raised with every change after which the same file gives other rows.
inline constexpr std::int64_t kRules = 1;

class Rereading {
  public:
    Rereading(store::Store& store, Ingest& ingest);

    // About 20 ms of sessions, or one that takes longer; whether to go on at once. Before the history is
    // complete nobody knows which files are there. Throws as Ingest::step(): the session is tried again by
    // the next call.
    bool step(UnixMs now);
    [[nodiscard]] bool done() const { return row_.done(); }  // between steps

  private:
    store::Store& store_;
    Ingest& ingest_;
    store::RereadingRow row_;
    std::vector<store::RereadingPlace> waiting_;  // the next one is the last
};

}  // namespace kaizen::ingest
