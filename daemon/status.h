#pragma once

// The status object and the health behind it, put together from what every station says. I/O thread.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/agents_seen.h"
#include "common/clock.h"
#include "common/config.h"
#include "daemon/ingest/file_queue.h"
#include "daemon/insight/reader.h"
#include "daemon/outbox/outbox.h"
#include "daemon/store/aside.h"
#include "daemon/store/store.h"
#include "daemon/watch/file_watcher.h"
#include "proto/control.h"

namespace kaizen {

// What is known of the sources: what is stored is asked, what waits the worker says after each step.
struct SourceFacts {
    std::vector<proto::SourceStatus> stored;
    std::vector<store::ProblemFiles> problems;
    std::set<ingest::FileKey> lost;
    std::vector<std::int64_t> bytes_unread;  // by the roots' numbers: what waits, though no row may say so
};

// The first two; query thread.
[[nodiscard]] SourceFacts ask_source_facts(insight::Reader& reader);

// What is stored; asked in one question.
struct StoredFacts {
    proto::StoreStatus store;
    SourceFacts sources;
    std::vector<proto::SessionFile> unreadable;
    std::vector<store::LineKind> unknown_kinds;
    proto::TodayStatus today;
    outbox::Summary outbox;
    std::vector<store::Aside> damaged;  // databases that were moved aside
};

[[nodiscard]] StoredFacts ask_stored_facts(insight::Reader& reader, UnixMs now);  // query thread

// One tree that is watched, with what the watcher says of it.
struct WatchedTree {
    std::size_t number = 0;  // to the watcher and to Ingest
    std::string agent;
    std::string root;
    watch::TreeState state;
};

// Every configured root with what is stored of it, what waits to be, and what is left out; roots that are no
// longer configured but have history come last.
[[nodiscard]] std::vector<proto::SourceStatus> join_sources(const std::vector<WatchedTree>& trees,
                                                            SourceFacts facts);

// Without those below places that are not watched any more.
[[nodiscard]] std::vector<proto::SessionFile> within(const std::vector<WatchedTree>& trees,
                                                     std::vector<proto::SessionFile> files);

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
void add_left_out_health(Health& health, const std::vector<proto::SourceStatus>& sources);
void add_agents_health(Health& health, const AgentsSeen& agents, const std::string& config_file);

[[nodiscard]] proto::OutboxStatus outbox_status(const outbox::Summary& outbox);
[[nodiscard]] proto::Balance balance(const outbox::Summary& outbox);
[[nodiscard]] proto::ProcessStatus process_status();

}  // namespace kaizen
