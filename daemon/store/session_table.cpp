#include "daemon/store/session_table.h"

#include <limits>

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
    "start_root, start_root_turn";

// s is the session, `children` counts sub-agents.
std::string select(const std::string& rest) {
    return std::string("SELECT key, ") + kColumns +
           ", (SELECT count(*) FROM sessions c WHERE c.parent = s.id AND c.agent = s.agent) FROM sessions "
           "s " +
           rest;
}

// In or below the directory that `parameter` stands for; empty: everywhere.
std::string below(const std::string& parameter) {
    return "(" + parameter + " = '' OR workspace = " + parameter + " OR substr(workspace, 1, length(" +
           parameter + ") + 1) = " + parameter + " || '/')";
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
    return state;
}

// LIKE and GLOB give '%' or '*' in untrusted text a meaning; a range on the index does not.
std::string after_prefix(std::string prefix) { return prefix += "\xFF"; }

}  // namespace

SessionTable::SessionTable(Database& database)
    : key_of_(database.handle(), "SELECT key FROM sessions WHERE id = ? AND agent = ?"),
      insert_(database.handle(),
              "INSERT INTO sessions (agent, id, title_rank, title_seq, phase, next_seq, open_calls, prompts, "
              "tool_calls, "
              "tool_errors) VALUES (?, ?, 0, 0, 1, 0, 0, 0, 0, 0)"),
      load_(database.handle(), std::string("SELECT ") + kColumns + " FROM sessions WHERE key = ?"),
      save_(database.handle(), std::string("UPDATE sessions SET (") + kColumns +
                                   ") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                   "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                                   "WHERE "
                                   "key = ?"),
      find_exact_(database.handle(), select("WHERE id = ? ORDER BY agent")),
      find_prefix_(database.handle(), select("WHERE id >= ? AND id < ? ORDER BY id LIMIT 10")),
      row_(database.handle(), select("WHERE key = ?")),
      list_(database.handle(), select("WHERE (?1 = '' OR agent = ?1) AND " + below("?2") +
                                      " AND coalesce(last_activity_ms, 0) >= ?3 AND (?4 OR parent IS NULL) "
                                      "AND (coalesce(last_activity_ms, 0), key) < (?5, ?6) AND next_seq > 0 "
                                      "ORDER BY coalesce(last_activity_ms, 0) DESC, key DESC LIMIT ?7")),
      children_(database.handle(), select("WHERE parent = ? AND agent = ? ORDER BY started_at_ms, key")),
      count_(database.handle(), "SELECT count(*) FROM sessions"),
      places_(database.handle(),
              "SELECT agent, workspace, key FROM sessions INDEXED BY sessions_by_place ORDER BY agent, "
              "workspace"),
      active_since_(database.handle(),
                    "SELECT key FROM sessions WHERE last_activity_ms >= ? ORDER BY last_activity_ms, key"),
      latest_(database.handle(),
              "SELECT key FROM sessions WHERE last_activity_ms IS NOT NULL ORDER BY last_activity_ms DESC "
              "LIMIT 1"),
      count_active_(database.handle(),
                    "SELECT count(*) FROM sessions WHERE agent = ?1 AND " + below("?2") +
                        " AND last_activity_ms >= ?3 AND last_activity_ms < ?4 AND next_seq > 0"),
      // UNION drops what was found already: a session that is its own ancestor ends here, too.
      family_(database.handle(),
              "WITH RECURSIVE family (key) AS (VALUES (?) UNION SELECT c.key FROM family JOIN sessions p ON "
              "p.key = "
              "family.key JOIN sessions c ON c.parent = p.id AND c.agent = p.agent) SELECT key FROM family"),
      note_start_(database.handle(), "INSERT OR IGNORE INTO agent_starts VALUES (?, ?, ?)"),
      find_start_(database.handle(),
                  "SELECT t.call_id, t.turn FROM agent_starts a JOIN tool_spans t ON t.session = ?1 AND "
                  "t.call_id = a.call_id WHERE a.agent = ?2 AND a.id = ?3 ORDER BY t.turn, t.started_at_ms, "
                  "t.call_id LIMIT 1"),
      database_(database) {}

std::optional<std::int64_t> SessionTable::find_key(const std::string& agent, const std::string& id) {
    Binder(key_of_).add(id).add(agent);
    std::optional<std::int64_t> key;
    if (key_of_.executeStep()) key = key_of_.getColumn(0).getInt64();
    key_of_.tryReset();
    return key;
}

std::int64_t SessionTable::key_of(const std::string& agent, const std::string& id) {
    if (const auto key = find_key(agent, id)) return *key;
    Binder(insert_).add(agent).add(id);
    insert_.exec();
    return database_.handle().getLastInsertRowid();
}

SessionState SessionTable::load(std::int64_t key) {
    Binder(load_).add(key);
    if (!load_.executeStep()) throw Contradiction("a session is not there that others name");
    Reader in(load_);
    SessionState state = read_state(in);
    load_.tryReset();
    return state;
}

void SessionTable::save(std::int64_t key, const SessionState& state) {
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
    out.add_or_null(state.start.root).add(state.start.root_turn).add(key);
    save_.exec();
}

void SessionTable::note_start(const std::string& agent, const std::string& id, const std::string& call_id) {
    Binder(note_start_).add(agent).add(id).add(call_id);
    note_start_.exec();
}

session::Start SessionTable::find_start(std::int64_t parent, const std::string& agent,
                                        const std::string& id) {
    Binder(find_start_).add(parent).add(agent).add(id);
    session::Start start;
    if (find_start_.executeStep()) {
        start.call = find_start_.getColumn(0).getString();
        start.turn = find_start_.getColumn(1).getInt64();
    }
    find_start_.tryReset();
    return start;
}

std::vector<SessionRow> SessionTable::read_all(SQLite::Statement& statement) {
    std::vector<SessionRow> rows;
    while (statement.executeStep()) {
        Reader in(statement);
        SessionRow row;
        row.key = in.integer();
        row.state = read_state(in);
        row.children = in.integer();
        rows.push_back(std::move(row));
    }
    statement.tryReset();
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
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    const auto [activity, key] = filter.after.value_or(std::pair(kEnd, kEnd));
    Binder(list_)
        .add(filter.agent)
        .add(filter.workspace)
        .add(filter.since.value_or(0))
        .add(std::int64_t{filter.with_children})
        .add(activity)
        .add(key)
        .add(filter.limit);
    return read_all(list_);
}

std::vector<SessionRow> SessionTable::children_of(const std::string& agent, const std::string& id) {
    Binder(children_).add(id).add(agent);
    return read_all(children_);
}

std::int64_t SessionTable::count() { return one_number(count_); }

void SessionTable::each_place(const VisitPlace& visit) {
    const auto view = [](const SQLite::Column& column) {
        return std::string_view(column.getText(), static_cast<std::size_t>(column.getBytes()));
    };
    places_.tryReset();
    while (places_.executeStep())
        visit(view(places_.getColumn(0)), view(places_.getColumn(1)), places_.getColumn(2).getInt64());
    places_.tryReset();
}

std::vector<std::int64_t> SessionTable::active_since(UnixMs since) {
    std::vector<std::int64_t> keys;
    Binder(active_since_).add(since);
    while (active_since_.executeStep()) keys.push_back(active_since_.getColumn(0).getInt64());
    active_since_.tryReset();
    return keys;
}

std::int64_t SessionTable::latest() {
    latest_.tryReset();
    const std::int64_t key = latest_.executeStep() ? latest_.getColumn(0).getInt64() : 0;
    latest_.tryReset();
    return key;
}

std::int64_t SessionTable::count_active(const std::string& agent, const std::string& workspace, UnixMs since,
                                        UnixMs until) {
    Binder(count_active_).add(agent).add(workspace).add(since).add(until);
    count_active_.executeStep();
    const std::int64_t number = count_active_.getColumn(0).getInt64();
    count_active_.tryReset();
    return number;
}

std::vector<std::int64_t> SessionTable::family_of(std::int64_t key) {
    Binder(family_).add(key);
    std::vector<std::int64_t> keys;
    while (family_.executeStep()) keys.push_back(family_.getColumn(0).getInt64());
    family_.tryReset();
    return keys;
}

}  // namespace kaizen::store
