#pragma once

// How far sessions that were stored by earlier rules have been read again. Worker thread, or a query's.

#include <cstdint>
#include <vector>

#include "daemon/store/statement.h"

namespace kaizen::store {

// Where a session comes in the order in which they are read again: the one that a model response belongs to
// before those whose files hold a copy of it (session::is_original), so that its numbers are all of them.
struct RereadingPlace {
    std::int64_t top = 0;  // 0: a sub-agent; -1: before all
    std::int64_t began_at = 0;
    std::int64_t session = 0;
};

struct RereadingRow {
    std::int64_t rules = 0;     // by which all is read once it is done
    std::int64_t until = 0;     // the highest key of a session that is to be read; 0: all are
    RereadingPlace last;        // that was
    std::int64_t sessions = 0;  // that there were to read
    std::int64_t read = 0;
    std::int64_t left_alone = 0;  // their files are gone, or say less than they did
    [[nodiscard]] bool done() const { return until == 0; }
};

class RereadingTable {
  public:
    explicit RereadingTable(Database& database);

    [[nodiscard]] RereadingRow load();
    void save(const RereadingRow& row);
    // Starts over with all that are stored; which kinds of lines are unknown is counted anew.
    void begin(std::int64_t rules);
    // Those that wait, in their order. Looks at all sessions.
    [[nodiscard]] std::vector<RereadingPlace> waiting(const RereadingRow& row);

  private:
    Statement load_;
    Statement save_;
    Statement begin_;
    Statement forget_unknown_kinds_;
    Statement waiting_;
};

}  // namespace kaizen::store
