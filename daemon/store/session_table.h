#pragma once

// One row per session. Worker thread.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/session/session_state.h"
#include "daemon/store/database.h"

namespace kaizen::store {

struct SessionRow {
    std::int64_t key = 0;
    session::SessionState state;
    std::int64_t children = 0;  // filled by find(), row(), list() and children_of()
};

struct SessionFilter {
    std::string agent;            // empty: all
    std::string workspace;        // this directory or one below it
    std::optional<UnixMs> since;  // last activity at or after
    bool with_children = false;   // sub-agents in rows of their own
    std::int64_t limit = 100;
    // Newest activity first: the page that follows (last activity, key) of the row before.
    std::optional<std::pair<std::int64_t, std::int64_t>> after;
};

class SessionTable {
  public:
    explicit SessionTable(Database& database);

    // The key of (agent, id); makes an empty row when there is none.
    [[nodiscard]] std::int64_t key_of(const std::string& agent, const std::string& id);
    [[nodiscard]] std::optional<std::int64_t> find_key(const std::string& agent, const std::string& id);
    [[nodiscard]] session::SessionState load(std::int64_t key);
    void save(std::int64_t key, const session::SessionState& state);

    // A call is said to have started the session `id`, which need not be there.
    void note_start(const std::string& agent, const std::string& id, const std::string& call_id);
    // Its first such call among those that the session `parent` made, with its turn; empty: none.
    [[nodiscard]] session::Start find_start(std::int64_t parent, const std::string& agent,
                                            const std::string& id);

    // Sessions whose id starts with `prefix` (sub-agents also without their "agent-"), at most 10; an exact
    // id alone.
    [[nodiscard]] std::vector<SessionRow> find(const std::string& prefix);
    [[nodiscard]] SessionRow row(std::int64_t key);
    [[nodiscard]] std::vector<SessionRow> list(const SessionFilter& filter);
    [[nodiscard]] std::vector<SessionRow> children_of(const std::string& agent, const std::string& id);
    [[nodiscard]] std::int64_t count();

    // Keys of sessions with activity at or after a time, the oldest activity first.
    [[nodiscard]] std::vector<std::int64_t> active_since(UnixMs since);
    // The session that was active last; 0: there is none.
    [[nodiscard]] std::int64_t latest();

    // Agent, workspace and key of every session, those of one place one after the other. Read from an index
    // alone.
    using VisitPlace =
        std::function<void(std::string_view agent, std::string_view workspace, std::int64_t key)>;
    void each_place(const VisitPlace& visit);
    // Sessions of an agent, in or below a workspace (empty: all), whose last activity is in [since, until).
    [[nodiscard]] std::int64_t count_active(const std::string& agent, const std::string& workspace,
                                            UnixMs since, UnixMs until);
    [[nodiscard]] std::vector<std::int64_t> family_of(std::int64_t key);  // it, its sub-agents, and theirs

  private:
    [[nodiscard]] std::vector<SessionRow> read_all(SQLite::Statement& statement);

    SQLite::Statement key_of_;
    SQLite::Statement insert_;
    SQLite::Statement load_;
    SQLite::Statement save_;
    SQLite::Statement find_exact_;
    SQLite::Statement find_prefix_;
    SQLite::Statement row_;
    SQLite::Statement list_;
    SQLite::Statement children_;
    SQLite::Statement count_;
    SQLite::Statement places_;
    SQLite::Statement active_since_;
    SQLite::Statement latest_;
    SQLite::Statement count_active_;
    SQLite::Statement family_;
    SQLite::Statement note_start_;
    SQLite::Statement find_start_;
    Database& database_;
};

}  // namespace kaizen::store
