#pragma once

// What of a damaged database no session file holds: rows that wait to leave, those that were buried, pauses
// and counters. Worker thread.

#include <SQLiteCpp/Database.h>

#include "daemon/store/aside.h"

namespace kaizen::store {

// Takes over what is readable into `db`, which is new and in a transaction of the caller's, so that its books
// balance, and says in the log what came and what is lost. From then on events of before the damage are not
// enqueued by themselves (Count::kept_before): most of them have left, and others were never to leave. Throws
// only for `db`'s own troubles.
void take_over_outbox(SQLite::Database& db, const Aside& damaged);

}  // namespace kaizen::store
