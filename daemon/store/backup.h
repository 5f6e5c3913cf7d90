#pragma once

// The way back from an upgrade: kaizen.db.before-v<N> beside the database, as it was before schema N. Worker
// thread.

#include <SQLiteCpp/Database.h>

#include <functional>

namespace kaizen::store {

// Replaces the copy of the upgrade before. Without room for it there is none, which the log says: the upgrade
// itself is one transaction. `on_progress` is called every now and then. Throws SQLite::Exception.
void keep_copy_before(int version, SQLite::Database& db, const std::function<bool()>& on_progress);

}  // namespace kaizen::store
