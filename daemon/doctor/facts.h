#pragma once

// What the checks look at: a copy of what the daemon knows at the moment of asking. Plain data; made on the
// I/O thread, read on doctor's own.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/agents_seen.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/paths.h"
#include "daemon/watch/file_watcher.h"
#include "proto/control.h"

namespace kaizen::doctor {

struct Source {
    std::string agent;
    std::string root;
    watch::TreeState watch;
    std::int64_t files = 0;                  // seen or stored
    std::int64_t unread_files = 0;           // of these: not read to their end
    std::optional<UnixMs> oldest_unread_at;  // last change of the one that changed longest ago
};

struct Facts {
    Config config;
    std::vector<std::string> warnings;  // of the configuration in force
    Paths paths;
    std::string home;
    bool is_service = false;  // started by systemd or launchd
    std::vector<Source> sources;
    std::int64_t watches = 0;                    // of the kernel, that the daemon has
    std::vector<proto::LeftOut> left_out;        // of all sources together
    AgentsSeen agents;                           // those of which something is not watched
    std::vector<proto::SessionFile> unreadable;  // the first few
    std::string store_problem;                   // why it could not be asked about them; empty: it could
    std::optional<proto::SyncTest> sync_test;    // nothing: there is no endpoint
    std::vector<proto::ExporterStatus> exporters;
    bool full = false;  // all of the database is to be read, however long that takes
    UnixMs now = 0;
};

}  // namespace kaizen::doctor
