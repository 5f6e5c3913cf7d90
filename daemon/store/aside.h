#pragma once

// Damaged databases that were moved aside: kaizen.db.corrupt-<time> with its -wal and -shm. They are the
// user's to look at and to remove; their names are all that is remembered of them. Any thread.

#include <string>
#include <vector>

#include "common/clock.h"

namespace kaizen::store {

struct Aside {
    std::string path;
    UnixMs at = 0;          // when it was moved
    UnixMs written_at = 0;  // when something was last stored in it
};

// Those of `database` that are still there, oldest first. Throws std::filesystem::filesystem_error.
[[nodiscard]] std::vector<Aside> set_aside_before(const std::string& database);

// Nobody has it open. Throws Unusable when this was done less than an hour ago: a database that is damaged
// again is not rebuilt without end.
void set_aside(const std::string& database, UnixMs now);

}  // namespace kaizen::store
