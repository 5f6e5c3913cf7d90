#pragma once

// The database and its tables, opened together. Worker thread only.

#include <string>
#include <utility>

#include "daemon/store/database.h"
#include "daemon/store/event_table.h"
#include "daemon/store/file_table.h"
#include "daemon/store/line_table.h"
#include "daemon/store/outbox_table.h"
#include "daemon/store/receiver_table.h"
#include "daemon/store/session_table.h"
#include "daemon/store/span_table.h"
#include "daemon/store/usage_table.h"

namespace kaizen::store {

struct Store {
    explicit Store(const std::string& path, OnProgress on_progress = {})
        : database(path, std::move(on_progress)),
          files(database),
          sessions(database),
          events(database),
          spans(database),
          lines(database),
          usage(database),
          outbox(database),
          receivers(database) {}

    Database database;
    FileTable files;
    SessionTable sessions;
    EventTable events;
    SpanTable spans;
    LineTable lines;
    UsageTable usage;
    OutboxTable outbox;
    ReceiverTable receivers;
};

}  // namespace kaizen::store
