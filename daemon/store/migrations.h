#pragma once

// The schema, as an ordered list of steps; PRAGMA user_version says how many were taken. Steps are never
// edited once released: a change is a new step.

#include <SQLiteCpp/Database.h>

#include <functional>

namespace kaizen::store {

// All missing steps in one transaction, after a copy of the database was laid beside it (store/backup). In a
// new database `when_new` is part of that transaction. `on_progress`: see Opening. Throws Unusable when the
// file is newer than this program, Damaged when its version cannot be.
void migrate(SQLite::Database& db, const std::function<void()>& when_new,
             const std::function<bool()>& on_progress);

}  // namespace kaizen::store
