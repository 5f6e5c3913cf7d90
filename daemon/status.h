#pragma once

// The status object and the health behind it, put together from what every station says. I/O thread.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "daemon/insight/reader.h"
#include "daemon/outbox/outbox.h"
#include "daemon/store/aside.h"
#include "daemon/watch/file_watcher.h"
#include "proto/control.h"

namespace kaizen {

// What is stored; asked in one question.
struct StoredFacts {
    proto::StoreStatus store;
    std::vector<proto::SourceStatus> sources;
    std::vector<proto::SessionFile> unreadable;
    std::vector<store::LineKind> unknown_kinds;
    proto::TodayStatus today;
    outbox::Summary outbox;
    std::vector<store::Aside> damaged;  // databases that were moved aside
};

[[nodiscard]] StoredFacts ask_stored_facts(insight::Reader& reader, UnixMs now);  // query thread

// One tree that is watched, with what the watcher says of it.
struct WatchedTree {
    std::string agent;
    std::string root;
    watch::TreeState state;
};

// Every configured root with what is stored of it, and what waits to be; roots that are no longer configured
// but have history come last.
[[nodiscard]] std::vector<proto::SourceStatus> join_sources(const std::vector<WatchedTree>& trees,
                                                            std::vector<proto::SourceStatus> stored,
                                                            const std::vector<std::int64_t>& bytes_unread);

// Health items with the time since which each has been seen to stand.
class Health {
  public:
    void begin(UnixMs now);
    void add(std::string code, std::string severity, std::string title, std::string fix);
    [[nodiscard]] std::vector<proto::HealthItem> finish();

  private:
    UnixMs now_ = 0;
    std::map<std::string, UnixMs> since_;
    std::vector<proto::HealthItem> items_;
};

void add_stored_health(Health& health, const StoredFacts& facts);
// `redaction_problem`: of the last row that the redactor failed on; empty: there was none.
void add_outbox_health(Health& health, const StoredFacts& facts, const std::string& redaction_problem,
                       bool sync_is_on);
void add_watch_health(Health& health, const std::vector<WatchedTree>& trees);

[[nodiscard]] proto::OutboxStatus outbox_status(const outbox::Summary& outbox);
[[nodiscard]] proto::Balance balance(const outbox::Summary& outbox);
[[nodiscard]] proto::ProcessStatus process_status();

}  // namespace kaizen
