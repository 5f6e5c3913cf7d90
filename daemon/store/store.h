#pragma once

// The database and its tables, opened together: on the worker to write, on a query thread to read.

#include <string>
#include <utility>

#include "daemon/store/database.h"
#include "daemon/store/erasure.h"
#include "daemon/store/event_table.h"
#include "daemon/store/file_table.h"
#include "daemon/store/line_table.h"
#include "daemon/store/outbox_table.h"
#include "daemon/store/receiver_table.h"
#include "daemon/store/rereading_table.h"
#include "daemon/store/session_table.h"
#include "daemon/store/span_table.h"
#include "daemon/store/usage_table.h"
#include "daemon/store/worktree_table.h"

namespace kaizen::store {

struct Store {
    explicit Store(const std::string& path, OnProgress on_progress = {})
        : database(path, std::move(on_progress)) {}
    Store(const std::string& path, Database::ReadOnly read_only) : database(path, read_only) {}

    Database database;
    FileTable files{database};
    SessionTable sessions{database};
    EventTable events{database};
    SpanTable spans{database};
    LineTable lines{database};
    UsageTable usage{database};
    OutboxTable outbox{database};
    ReceiverTable receivers{database};
    WorktreeTable worktrees{database};
    RereadingTable rereading{database};
    Erasure erasure{database};
};

}  // namespace kaizen::store
