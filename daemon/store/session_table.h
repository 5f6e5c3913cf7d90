#pragma once

// One row per session. Worker thread.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/workspace_aliases.h"
#include "daemon/session/session_state.h"
#include "daemon/store/statement.h"

namespace kaizen::store {

struct SessionRow {
    std::int64_t key = 0;
    session::SessionState state;
    bool shown = false;  // something happened in it that is stored: not a header alone
    bool pinned = false;
    std::int64_t children = 0;  // sub-agents of its own; filled by find(), row(), list() and children_of()
};

// Where one list ends and the next page begins: (last activity, or 0; key) of a row.
using ListPlace = std::pair<std::int64_t, std::int64_t>;

struct SessionPlace {
    std::string agent;
    std::string workspace;  // empty: unknown
};

struct SessionFilter {
    std::string agent;  // empty: all
    WorkspaceFilter workspace;
    UnixMs since = 0;  // last activity at or after
    std::int64_t limit = 100;
    std::optional<ListPlace> after;
};

class SessionTable {
  public:
    explicit SessionTable(Database& database);

    // The key of (agent, id); makes an empty row when there is none.
    [[nodiscard]] std::int64_t key_of(const std::string& agent, const std::string& id);
    [[nodiscard]] std::optional<std::int64_t> find_key(const std::string& agent, const std::string& id);
    [[nodiscard]] session::SessionState load(std::int64_t key);
    void save(std::int64_t key, const session::SessionState& state);
    void hide(std::int64_t key);  // no list shows it until it has new events; once only

    // A call is said to have started the session `id`, which need not be there.
    void note_start(const std::string& agent, const std::string& id, const std::string& call_id);
    // Its first such call among those that the session `parent` made, with its turn; empty: none.
    [[nodiscard]] session::Start find_start(std::int64_t parent, const std::string& agent,
                                            const std::string& id);

    // Sessions whose id starts with `prefix` (sub-agents also without their "agent-"), at most 10; an exact
    // id alone.
    [[nodiscard]] std::vector<SessionRow> find(const std::string& prefix);
    [[nodiscard]] SessionRow row(std::int64_t key);
    // Newest activity first, of the sessions that are listed: those that have events, but sub-agents only
    // where their parent has none. Costs what it returns.
    [[nodiscard]] std::vector<SessionRow> list(const SessionFilter& filter);
    [[nodiscard]] std::vector<SessionRow> children_of(const std::string& agent, const std::string& id,
                                                      std::int64_t limit);
    [[nodiscard]] std::int64_t count();

    [[nodiscard]] std::vector<std::int64_t> forks_of(const std::string& agent, const std::string& id);

    // Keys of sessions with activity at or after a time, the oldest activity first.
    // Some of those whose turn is open and that were active last in [since, before); the latest first.
    [[nodiscard]] std::vector<ListPlace> open_turns(UnixMs since, ListPlace before, std::int64_t limit);
    [[nodiscard]] std::vector<std::int64_t> active_since(UnixMs since);
    // Sessions, or those of an agent, that have a last activity, the latest first, until `visit` says no.
    using VisitActivity = std::function<bool(std::int64_t key, UnixMs last_activity)>;
    void each_by_activity(const std::string& agent, const VisitActivity& visit);
    void pin(std::int64_t key, bool pinned);
    // The session that was active last; 0: there is none.
    [[nodiscard]] std::int64_t latest();

    // Agent, workspace and key of every session, those of one place one after the other. Read from an index
    // alone.
    using VisitPlace =
        std::function<void(std::string_view agent, std::string_view workspace, std::int64_t key)>;
    void each_place(const VisitPlace& visit);
    [[nodiscard]] SessionPlace place_of(std::int64_t key);
    // Listed sessions of an agent whose last activity is in [since, until).
    [[nodiscard]] std::int64_t count_active(const std::string& agent, const WorkspaceFilter& workspace,
                                            UnixMs since, UnixMs until);
    [[nodiscard]] std::vector<std::int64_t> family_of(std::int64_t key);  // it, its sub-agents, and theirs

  private:
    void note_parent(std::int64_t key, const session::SessionState& state);
    void count_child(const std::string& parent, const std::string& agent, std::int64_t more);
    void note_shown(const session::SessionState& state, bool shown);
    [[nodiscard]] std::vector<SessionRow> read_all(Statement& statement);
    [[nodiscard]] std::vector<SessionPlace> places_in(const WorkspaceFilter& workspace,
                                                      const std::string& agent);
    void add_places(std::vector<SessionPlace>& places, const std::string& from, const std::string& until,
                    const std::string& agent);
    [[nodiscard]] std::vector<std::int64_t> keys_in(const SessionFilter& filter);
    [[nodiscard]] std::optional<ListPlace> next_at(const SessionPlace& place, ListPlace after, UnixMs since);

    Statement key_of_;
    Statement insert_;
    Statement load_;
    Statement save_;
    Statement show_;
    Statement hide_;
    Statement relist_;
    Statement count_shown_;
    Statement count_child_;
    Statement list_children_;
    Statement parent_of_;
    Statement find_exact_;
    Statement find_prefix_;
    Statement row_;
    Statement list_;
    Statement list_of_agent_;
    Statement next_at_place_;
    Statement next_place_;
    Statement children_;
    Statement count_;
    Statement place_of_;
    Statement places_;
    Statement by_activity_;
    Statement open_turns_;
    Statement active_since_;
    Statement latest_;
    Statement count_active_;
    Statement count_active_at_place_;
    Statement family_;
    Statement note_start_;
    Statement find_start_;
    Statement forks_;
    Statement pin_;
    Database& database_;
};

}  // namespace kaizen::store
