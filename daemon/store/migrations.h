#pragma once

// The schema, as an ordered list of steps; PRAGMA user_version says how many were taken. Steps are never
// edited once released: a change is a new step.

#include <SQLiteCpp/Database.h>

namespace kaizen::store {

// All missing steps in one transaction. Throws std::runtime_error when the file is newer than this program.
void migrate(SQLite::Database& db);

}  // namespace kaizen::store
