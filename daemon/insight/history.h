#pragma once

// Questions about what happened: sessions, one session, events, and how much there is of everything. Answers
// are what the socket sends, and no larger than it can take. Of the thread that has the store; nothing here
// writes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/workspace_aliases.h"
#include "daemon/insight/agent_registry.h"
#include "daemon/insight/session_folds.h"
#include "daemon/insight/thread_names.h"
#include "daemon/insight/usage_history.h"
#include "daemon/store/store.h"
#include "proto/control.h"

namespace kaizen::insight {

struct SessionQuestion {
    std::string agent;
    std::string workspace;  // this directory or one below it; empty: all, also unknown ones
    WorkspaceAliases aliases;
    std::optional<session::Status> status;
    std::optional<UnixMs> since;
    std::int64_t limit = 100;
    bool fold = false;  // one-shot runs of one workspace and hour are one row
    std::string after;  // SessionPage::next of the page before
};

struct EventQuestion {
    std::string agent;  // empty: all
    std::int64_t after = 0;
    std::int64_t limit = 100;
    bool last = false;  // the last `limit` instead of those after `after`
};

// A session looked up by its id or the beginning of it.
struct SessionLookup {
    std::int64_t key = 0;                 // 0: none, or more than one
    std::vector<std::string> candidates;  // more than one
};

// What agents keep beside their session files; looked at for each question about sessions.
struct AgentFiles {
    std::vector<std::string> registries;    // directories of AgentRegistry
    std::vector<std::string> thread_names;  // files of ThreadNames
};

class History {
  public:
    explicit History(store::Store& store, AgentFiles files = {})
        : store_(store),
          usage_(store),
          registries_(std::move(files.registries)),
          thread_names_(std::move(files.thread_names)) {}

    [[nodiscard]] UsageHistory& usage() { return usage_; }

    [[nodiscard]] proto::SessionPage sessions(const SessionQuestion& question, UnixMs now);
    [[nodiscard]] SessionLookup find(const std::string& prefix);
    [[nodiscard]] std::string id_of(std::int64_t key) { return store_.sessions.load(key).id; }
    [[nodiscard]] proto::SessionDetail session(std::int64_t key, UnixMs now,
                                               const WorkspaceAliases& aliases = {});
    [[nodiscard]] proto::EventPage events(const EventQuestion& question, std::int64_t session_key);

    [[nodiscard]] proto::StoreStatus store_status();
    [[nodiscard]] std::vector<proto::SourceStatus> sources();  // by root; watching is not known here
    [[nodiscard]] std::vector<proto::SessionFile> unreadable_files(std::int64_t limit);
    [[nodiscard]] store::UnreadFiles unread_files(const std::string& root) {
        return store_.files.unread(root);
    }
    [[nodiscard]] std::vector<store::LineKind> unknown_kinds();

  private:
    using Used = SessionFolds::Used;
    [[nodiscard]] proto::Session describe(const store::SessionRow& row, const AgentRegistry& registry,
                                          const WorkspaceAliases& aliases, UnixMs now);
    [[nodiscard]] Used used_by(const store::SessionRow& row);
    [[nodiscard]] static proto::Session with_usage(proto::Session session, const Used& used);

    store::Store& store_;
    UsageHistory usage_;
    std::vector<std::string> registries_;
    ThreadNames thread_names_;
};

}  // namespace kaizen::insight
