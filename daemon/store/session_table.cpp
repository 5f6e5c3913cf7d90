#include "daemon/store/session_table.h"

#include <fmt/core.h>

#include <limits>
#include <queue>
#include <utility>

#include "daemon/store/fault.h"

namespace kaizen::store {
namespace {

using session::SessionState;

constexpr const char* kColumns =
    "agent, id, parent, forked_from, cwd, workspace, git_branch, agent_version, model, title, title_rank, "
    "title_seq, "
    "started_at_ms, last_activity_ms, phase, next_seq, open_calls, prompts, tool_calls, tool_errors, "
    "reported_input, reported_cache_read, reported_cache_write, reported_output, reported_reasoning, "
    "reported_cost_usd_e6, began_at_ms, turn_open, turn_began_at_ms, turn_last_at_ms, start_call, "
    "start_turn, "
    "start_root, start_root_turn, forgotten_until_ms, entry_point, in_task, asks_call, copied_prompts, "
    "active_ms, "
    "resumed, worktree, ended_turn, untold_pico";

std::string select(const std::string& rest) {
    return std::string("SELECT key, ") + kColumns + ", children, shown, pinned FROM sessions " + rest;
}

// Whether the session that goes through a statement is shown with a parent, that of id ?2.
constexpr const char* kIsWithParent =
    "EXISTS (SELECT 1 FROM sessions p WHERE p.id = ?2 AND p.agent = sessions.agent AND p.shown AND "
    "p.key <> sessions.key)";

// The order of lists, as their indexes have it.
constexpr const char* kActivity = "coalesce(last_activity_ms, 0)";

// Of listed sessions, behind (?, ?), the newest first. `<= ?` is the first of these two again: an index on an
// expression is not searched for a pair (SQLite 3.40), and a late page would walk past all before it.
std::string listed(const std::string& where) {
    return fmt::format(
        "WHERE listed {0} AND {1} >= ? AND {1} <= ? AND ({1}, key) < (?, ?) ORDER BY {1} DESC, key DESC ",
        where, kActivity);
}

SessionState read_state(Reader& in) {
    SessionState state;
    state.agent = in.text();
    state.id = in.text();
    state.parent = in.text();
    state.forked_from = in.text();
    state.cwd = in.text();
    state.workspace = in.text();
    state.git_branch = in.text();
    state.agent_version = in.text();
    state.model = in.text();
    state.title = in.text();
    state.title_rank = static_cast<parse::TitleRank>(in.integer());
    state.title_seq = in.integer();
    state.started_at = in.optional_integer();
    state.last_activity = in.optional_integer();
    state.phase = static_cast<session::Phase>(in.integer());
    state.next_seq = in.integer();
    state.open_calls = in.integer();
    state.prompts = in.integer();
    state.tool_calls = in.integer();
    state.tool_errors = in.integer();
    state.reported.tokens.input = in.optional_integer();
    state.reported.tokens.cache_read = in.optional_integer();
    state.reported.tokens.cache_write = in.optional_integer();
    state.reported.tokens.output = in.optional_integer();
    state.reported.tokens.reasoning = in.optional_integer();
    state.reported.cost_usd_e6 = in.optional_integer();
    state.began_at = in.optional_integer();
    const bool open_turn = in.boolean();
    const session::OpenTurn turn{in.optional_integer(), in.optional_integer()};
    if (open_turn) state.open_turn = turn;
    state.start.call = in.text();
    state.start.turn = in.integer();
    state.start.root = in.text();
    state.start.root_turn = in.integer();
    state.forgotten_until = in.optional_integer();
    state.entry_point = in.text();
    state.in_task = in.boolean();
    state.asks_call = in.text();
    state.copied_prompts = in.integer();
    state.active_ms = in.integer();
    state.resumed = in.integer();
    state.worktree = in.text();
    state.ended_turn = in.integer();
    state.untold_pico = in.integer();
    return state;
}

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
constexpr ListPlace kBegin{kEnd, kEnd};  // before the newest

// LIKE and GLOB give '%' or '*' in untrusted text a meaning; a range on the index does not.
std::string after_prefix(std::string prefix) { return prefix += "\xFF"; }

}  // namespace

SessionTable::SessionTable(Database& database)
    : key_of_(database, "SELECT key FROM sessions WHERE id = ? AND agent = ?"),
      insert_(database,
              "INSERT INTO sessions (agent, id, title_rank, title_seq, phase, next_seq, open_calls, prompts, "
              "tool_calls, tool_errors, children) VALUES (?1, ?2, 0, 0, 1, 0, 0, 0, 0, 0, "
              "(SELECT count(*) FROM sessions WHERE parent = ?2 AND +agent = ?1 AND shown))"),
      load_(database, std::string("SELECT ") + kColumns + " FROM sessions WHERE key = ?"),
      save_(database,
            fmt::format("UPDATE sessions SET ({}) = ({}) WHERE key = ?", kColumns, placeholders(kColumns))),
      // Again, after it was forgotten, once it has new events.
      show_(database,
            fmt::format("UPDATE sessions SET shown = 1, listed = NOT {} WHERE key = ?1 AND NOT shown AND "
                        "next_seq < ?3",
                        kIsWithParent)),
      hide_(database, "UPDATE sessions SET shown = 0, listed = 0 WHERE key = ?"),
      relist_(database,
              fmt::format("UPDATE sessions SET listed = NOT {} WHERE key = ?1 AND shown", kIsWithParent)),
      count_shown_(database, "UPDATE session_count SET sessions = sessions + ?"),
      count_child_(database, "UPDATE sessions SET children = children + ?3 WHERE id = ?1 AND agent = ?2"),
      list_children_(database,
                     "UPDATE sessions SET listed = shown AND NOT ?3 WHERE parent = ?1 AND +agent = ?2 AND "
                     "id <> ?1"),
      parent_of_(database, "SELECT parent FROM sessions WHERE key = ?"),
      find_exact_(database, select("WHERE id = ? AND (shown OR forgotten_until_ms IS NULL) ORDER BY agent")),
      find_prefix_(
          database,
          select("WHERE id >= ? AND id < ? AND (shown OR forgotten_until_ms IS NULL) ORDER BY id LIMIT 10")),
      row_(database, select("WHERE key = ?")),
      list_(database, select(listed("") + "LIMIT ?")),
      list_of_agent_(database, select(listed("AND agent = ?") + "LIMIT ?")),
      next_at_place_(database, fmt::format("SELECT {}, key FROM sessions ", kActivity) +
                                   listed("AND workspace = ? AND agent = ?") + "LIMIT 1"),
      next_place_(
          database,
          "SELECT workspace, agent FROM sessions INDEXED BY sessions_listed_by_place WHERE listed AND "
          "(workspace, agent) > (?, ?) AND workspace < ? ORDER BY workspace, agent LIMIT 1"),
      children_(database,
                select("WHERE parent = ? AND +agent = ? AND shown ORDER BY started_at_ms, key LIMIT ?")),
      count_(database, "SELECT sessions FROM session_count"),
      place_of_(database, "SELECT agent, workspace FROM sessions WHERE key = ?"),
      places_(database,
              "SELECT agent, workspace, key FROM sessions INDEXED BY sessions_by_place ORDER BY agent, "
              "workspace"),
      by_activity_(database,
                   "SELECT key, last_activity_ms FROM sessions WHERE last_activity_ms IS NOT NULL AND "
                   "(?1 IS NULL OR agent = ?1) ORDER BY last_activity_ms DESC, key DESC"),
      open_turns_(
          database,
          "SELECT last_activity_ms, key FROM sessions INDEXED BY sessions_open_turns WHERE turn_open AND "
          "last_activity_ms >= ? AND (last_activity_ms, key) < (?, ?) ORDER BY last_activity_ms DESC, key "
          "DESC LIMIT ?"),
      active_since_(database,
                    "SELECT key FROM sessions WHERE last_activity_ms >= ? ORDER BY last_activity_ms, key"),
      latest_(database,
              "SELECT key FROM sessions WHERE last_activity_ms IS NOT NULL AND shown ORDER BY "
              "last_activity_ms DESC "
              "LIMIT 1"),
      count_active_(database,
                    fmt::format("SELECT count(*) FROM sessions WHERE listed AND agent = ? AND {0} >= ? AND "
                                "{0} < ?",
                                kActivity)),
      count_active_at_place_(database,
                             fmt::format("SELECT count(*) FROM sessions WHERE listed AND workspace = ? AND "
                                         "agent = ? AND {0} >= ? AND {0} < ?",
                                         kActivity)),
      // UNION drops what was found already: a session that is its own ancestor ends here, too.
      family_(database,
              "WITH RECURSIVE family (key) AS (VALUES (?) UNION SELECT c.key FROM family JOIN sessions p ON "
              "p.key = "
              "family.key JOIN sessions c ON c.parent = p.id AND +c.agent = p.agent) SELECT key FROM family"),
      note_start_(database, "INSERT OR IGNORE INTO agent_starts VALUES (?, ?, ?)"),
      find_start_(database,
                  "SELECT t.call_id, t.turn FROM agent_starts a JOIN tool_spans t ON t.session = ?1 AND "
                  "t.call_id = a.call_id WHERE a.agent = ?2 AND a.id = ?3 ORDER BY t.turn, t.started_at_ms, "
                  "t.call_id LIMIT 1"),
      forks_(database, "SELECT key FROM sessions WHERE forked_from = ? AND +agent = ?"),
      pin_(database, "UPDATE sessions SET pinned = ?2 WHERE key = ?1"),
      database_(database) {}

std::optional<std::int64_t> SessionTable::find_key(const std::string& agent, const std::string& id) {
    Binder(key_of_).add(id).add(agent);
    std::optional<std::int64_t> key;
    if (key_of_->executeStep()) key = key_of_->getColumn(0).getInt64();
    key_of_->tryReset();
    return key;
}

std::int64_t SessionTable::key_of(const std::string& agent, const std::string& id) {
    if (const auto key = find_key(agent, id)) return *key;
    Binder(insert_).add(agent).add(id);
    insert_->exec();
    return database_.handle().getLastInsertRowid();
}

SessionState SessionTable::load(std::int64_t key) {
    Binder(load_).add(key);
    if (!load_->executeStep()) throw Contradiction("a session is not there that others name");
    Reader in(load_);
    SessionState state = read_state(in);
    load_->tryReset();
    return state;
}

// Only sub-agents have a parent, which may become known late, and never goes away.
void SessionTable::note_parent(std::int64_t key, const SessionState& state) {
    Binder(parent_of_).add(key);
    const std::string before = parent_of_->executeStep() ? Reader(parent_of_).text() : std::string();
    parent_of_->tryReset();
    if (before == state.parent) return;
    Binder(relist_).add(key).add(state.parent);
    if (relist_->exec() == 0) return;
    count_child(before, state.agent, -1);
    count_child(state.parent, state.agent, 1);
}

void SessionTable::count_child(const std::string& parent, const std::string& agent, std::int64_t more) {
    if (parent.empty()) return;
    Binder(count_child_).add(parent).add(agent).add(more);
    count_child_->exec();
}

void SessionTable::note_shown(const SessionState& state, bool shown) {
    const std::int64_t more = shown ? 1 : -1;
    Binder(count_shown_).add(more);
    count_shown_->exec();
    count_child(state.parent, state.agent, more);
    Binder(list_children_).add(state.id).add(state.agent).add(std::int64_t{shown});
    list_children_->exec();
}

void SessionTable::hide(std::int64_t key) {
    const SessionState state = load(key);
    Binder(hide_).add(key);
    hide_->exec();
    note_shown(state, false);
}

void SessionTable::save(std::int64_t key, const SessionState& state) {
    if (!state.parent.empty()) note_parent(key, state);
    if (state.has_content) {
        Binder(show_).add(key).add_or_null(state.parent).add(state.next_seq);
        if (show_->exec() == 1) note_shown(state, true);
    }
    Binder out(save_);
    out.add(state.agent)
        .add(state.id)
        .add_or_null(state.parent)
        .add_or_null(state.forked_from)
        .add_or_null(state.cwd);
    out.add_or_null(state.workspace).add_or_null(state.git_branch).add_or_null(state.agent_version);
    out.add_or_null(state.model).add_or_null(state.title);
    out.add(static_cast<std::int64_t>(state.title_rank))
        .add(state.title_seq)
        .add(state.started_at)
        .add(state.last_activity);
    out.add(static_cast<std::int64_t>(state.phase))
        .add(state.next_seq)
        .add(state.open_calls)
        .add(state.prompts);
    out.add(state.tool_calls).add(state.tool_errors);
    const parse::TokenCounts& reported = state.reported.tokens;
    out.add(reported.input).add(reported.cache_read).add(reported.cache_write).add(reported.output);
    out.add(reported.reasoning).add(state.reported.cost_usd_e6).add(state.began_at);
    const session::OpenTurn turn = state.open_turn.value_or(session::OpenTurn());
    out.add(std::int64_t{state.open_turn.has_value()}).add(turn.began_at).add(turn.last_at);
    out.add_or_null(state.start.call).add(state.start.turn);
    out.add_or_null(state.start.root).add(state.start.root_turn).add(state.forgotten_until);
    out.add_or_null(state.entry_point).add(std::int64_t{state.in_task}).add_or_null(state.asks_call);
    out.add(state.copied_prompts)
        .add(state.active_ms)
        .add(state.resumed)
        .add_or_null(state.worktree)
        .add(state.ended_turn)
        .add(state.untold_pico)
        .add(key);
    save_->exec();
}

void SessionTable::note_start(const std::string& agent, const std::string& id, const std::string& call_id) {
    Binder(note_start_).add(agent).add(id).add(call_id);
    note_start_->exec();
}

session::Start SessionTable::find_start(std::int64_t parent, const std::string& agent,
                                        const std::string& id) {
    Binder(find_start_).add(parent).add(agent).add(id);
    session::Start start;
    if (find_start_->executeStep()) {
        start.call = find_start_->getColumn(0).getString();
        start.turn = find_start_->getColumn(1).getInt64();
    }
    find_start_->tryReset();
    return start;
}

std::vector<SessionRow> SessionTable::read_all(Statement& statement) {
    std::vector<SessionRow> rows;
    while (statement->executeStep()) {
        Reader in(statement);
        SessionRow row;
        row.key = in.integer();
        row.state = read_state(in);
        row.children = in.integer();
        row.shown = in.boolean();
        row.pinned = in.boolean();
        rows.push_back(std::move(row));
    }
    statement->tryReset();
    return rows;
}

std::vector<SessionRow> SessionTable::find(const std::string& prefix) {
    Binder(find_exact_).add(prefix);
    std::vector<SessionRow> rows = read_all(find_exact_);
    if (!rows.empty()) return rows;
    for (const std::string& start : {prefix, "agent-" + prefix}) {
        const std::string end = after_prefix(start);
        Binder(find_prefix_).add(start).add(end);
        for (SessionRow& row : read_all(find_prefix_)) rows.push_back(std::move(row));
    }
    return rows;
}

SessionRow SessionTable::row(std::int64_t key) {
    Binder(row_).add(key);
    auto rows = read_all(row_);
    if (rows.empty()) throw Contradiction("a session is not there that others name");
    return std::move(rows.front());
}

std::vector<SessionRow> SessionTable::list(const SessionFilter& filter) {
    const auto [activity, key] = filter.after.value_or(kBegin);
    if (!filter.workspace.takes_all()) {
        std::vector<SessionRow> rows;
        for (const std::int64_t each : keys_in(filter)) rows.push_back(row(each));
        return rows;
    }
    Statement& statement = filter.agent.empty() ? list_ : list_of_agent_;
    Binder out(statement);
    if (!filter.agent.empty()) out.add(filter.agent);
    out.add(filter.since).add(activity).add(activity).add(key).add(filter.limit);
    return read_all(statement);
}

// The lists of all places in the workspace, merged: one that is sorted whole would read all of them.
std::vector<std::int64_t> SessionTable::keys_in(const SessionFilter& filter) {
    const std::vector<SessionPlace> places = places_in(filter.workspace, filter.agent);
    std::priority_queue<std::pair<ListPlace, std::size_t>> front;  // the newest of each
    const auto advance = [&](std::size_t place, ListPlace after) {
        if (const auto next = next_at(places[place], after, filter.since)) front.emplace(*next, place);
    };
    for (std::size_t i = 0; i < places.size(); ++i) advance(i, filter.after.value_or(kBegin));
    std::vector<std::int64_t> keys;
    while (!front.empty() && static_cast<std::int64_t>(keys.size()) < filter.limit) {
        const auto [newest, place] = front.top();
        front.pop();
        keys.push_back(newest.second);
        advance(place, newest);
    }
    return keys;
}

std::optional<ListPlace> SessionTable::next_at(const SessionPlace& place, ListPlace after, UnixMs since) {
    Binder(next_at_place_)
        .add(place.workspace)
        .add(place.agent)
        .add(since)
        .add(after.first)
        .add(after.first)
        .add(after.second);
    std::optional<ListPlace> next;
    if (next_at_place_->executeStep())
        next.emplace(next_at_place_->getColumn(0).getInt64(), next_at_place_->getColumn(1).getInt64());
    next_at_place_->tryReset();
    return next;
}

std::vector<SessionPlace> SessionTable::places_in(const WorkspaceFilter& workspace,
                                                  const std::string& agent) {
    std::vector<SessionPlace> places;
    for (const std::string& root : workspace.roots()) {
        const std::string below = root.ends_with('/') ? root : root + '/';
        if (root != below) add_places(places, root, root + '\x01', agent);  // it alone
        add_places(places, below, below.substr(0, below.size() - 1) + char{'/' + 1}, agent);
    }
    std::erase_if(places, [&](const SessionPlace& place) { return !workspace.takes(place.workspace); });
    return places;
}

// One look-up for each, whatever the number of their sessions.
void SessionTable::add_places(std::vector<SessionPlace>& places, const std::string& from,
                              const std::string& until, const std::string& agent) {
    SessionPlace place{"", from};
    while (true) {
        Binder(next_place_).add(place.workspace).add(place.agent).add(until);
        if (!next_place_->executeStep()) break;
        place = {next_place_->getColumn(1).getString(), next_place_->getColumn(0).getString()};
        if (agent.empty() || place.agent == agent) places.push_back(place);
    }
    next_place_->tryReset();
}

std::vector<SessionRow> SessionTable::children_of(const std::string& agent, const std::string& id,
                                                  std::int64_t limit) {
    Binder(children_).add(id).add(agent).add(limit);
    return read_all(children_);
}

std::int64_t SessionTable::count() { return one_number(count_); }

SessionPlace SessionTable::place_of(std::int64_t key) {
    Binder(place_of_).add(key);
    SessionPlace place;
    if (place_of_->executeStep()) {
        Reader in(place_of_);
        place.agent = in.text();
        place.workspace = in.text();
    }
    place_of_->tryReset();
    return place;
}

void SessionTable::each_place(const VisitPlace& visit) {
    const auto view = [](const SQLite::Column& column) {
        return std::string_view(column.getText(), static_cast<std::size_t>(column.getBytes()));
    };
    places_->tryReset();
    while (places_->executeStep())
        visit(view(places_->getColumn(0)), view(places_->getColumn(1)), places_->getColumn(2).getInt64());
    places_->tryReset();
}

std::vector<std::int64_t> SessionTable::forks_of(const std::string& agent, const std::string& id) {
    std::vector<std::int64_t> keys;
    Binder(forks_).add(id).add(agent);
    while (forks_->executeStep()) keys.push_back(forks_->getColumn(0).getInt64());
    forks_->tryReset();
    return keys;
}

std::vector<ListPlace> SessionTable::open_turns(UnixMs since, ListPlace before, std::int64_t limit) {
    std::vector<ListPlace> places;
    Binder(open_turns_).add(since).add(before.first).add(before.second).add(limit);
    while (open_turns_->executeStep()) {
        Reader in(open_turns_);
        const UnixMs activity = in.integer();
        places.emplace_back(activity, in.integer());
    }
    open_turns_->tryReset();
    return places;
}

std::vector<std::int64_t> SessionTable::active_since(UnixMs since) {
    std::vector<std::int64_t> keys;
    Binder(active_since_).add(since);
    while (active_since_->executeStep()) keys.push_back(active_since_->getColumn(0).getInt64());
    active_since_->tryReset();
    return keys;
}

void SessionTable::each_by_activity(const std::string& agent, const VisitActivity& visit) {
    Binder(by_activity_).add_or_null(agent);
    bool more = true;
    while (more && by_activity_->executeStep()) {
        Reader in(by_activity_);
        const std::int64_t key = in.integer();
        more = visit(key, in.integer());
    }
    by_activity_->tryReset();
}

void SessionTable::pin(std::int64_t key, bool pinned) {
    Binder(pin_).add(key).add(std::int64_t{pinned});
    pin_->exec();
}

std::int64_t SessionTable::latest() {
    latest_->tryReset();
    const std::int64_t key = latest_->executeStep() ? latest_->getColumn(0).getInt64() : 0;
    latest_->tryReset();
    return key;
}

std::int64_t SessionTable::count_active(const std::string& agent, const WorkspaceFilter& workspace,
                                        UnixMs since, UnixMs until) {
    const auto number = [](Statement& statement) {
        statement->executeStep();
        const std::int64_t sessions = statement->getColumn(0).getInt64();
        statement->tryReset();
        return sessions;
    };
    if (workspace.takes_all()) {
        Binder(count_active_).add(agent).add(since).add(until);
        return number(count_active_);
    }
    std::int64_t sessions = 0;
    for (const SessionPlace& place : places_in(workspace, agent)) {
        Binder(count_active_at_place_).add(place.workspace).add(place.agent).add(since).add(until);
        sessions += number(count_active_at_place_);
    }
    return sessions;
}

std::vector<std::int64_t> SessionTable::family_of(std::int64_t key) {
    Binder(family_).add(key);
    std::vector<std::int64_t> keys;
    while (family_->executeStep()) keys.push_back(family_->getColumn(0).getInt64());
    family_->tryReset();
    return keys;
}

}  // namespace kaizen::store
