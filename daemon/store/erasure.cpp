#include "daemon/store/erasure.h"

namespace kaizen::store {
namespace {

std::optional<ListPlace> place_of(Statement& statement, ListPlace after, UnixMs until) {
    Binder(statement).add(after.first).add(after.second).add(until);
    std::optional<ListPlace> place;
    if (statement->executeStep())
        place.emplace(statement->getColumn(0).getInt64(), statement->getColumn(1).getInt64());
    statement->tryReset();
    return place;
}

}  // namespace

Erasure::Erasure(Database& database)
    : begin_(database,
             "UPDATE sessions SET title = NULL, title_rank = 0, cwd = NULL, "
             "git_branch = NULL, "
             "forgotten_until_ms = max(coalesce(last_activity_ms, 0), coalesce(forgotten_until_ms, 0)) "
             "WHERE key = ?"),
      titles_(database,
              "DELETE FROM summary_titles WHERE uid IN "
              "(SELECT uid FROM events WHERE session = ? ORDER BY id LIMIT ?)"),
      events_(database,
              "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE session = ? ORDER BY id LIMIT ?)"),
      spans_(database,
             "DELETE FROM tool_spans WHERE session = ?1 AND call_id IN "
             "(SELECT call_id FROM tool_spans WHERE session = ?1 LIMIT ?2)"),
      secrets_(database, "DELETE FROM session_secrets WHERE session = ?"),
      open_responses_(database, "DELETE FROM open_responses WHERE session = ?"),
      starts_(database,
              "DELETE FROM agent_starts WHERE (agent, id) = (SELECT agent, id FROM sessions WHERE key = ?)"),
      bad_lines_(database, "DELETE FROM bad_lines WHERE file IN (SELECT id FROM files WHERE session = ?)"),
      next_before_(database,
                   "SELECT coalesce(last_activity_ms, 0), key FROM sessions WHERE listed AND "
                   "coalesce(last_activity_ms, 0) >= ?1 AND "
                   "(coalesce(last_activity_ms, 0), key) > (?1, ?2) AND coalesce(last_activity_ms, 0) < ?3 "
                   "ORDER BY coalesce(last_activity_ms, 0), key LIMIT 1"),
      next_hidden_before_(database,
                          "SELECT last_activity_ms, key FROM sessions WHERE NOT shown AND "
                          "forgotten_until_ms IS NULL AND (last_activity_ms, key) > (?, ?) AND "
                          "last_activity_ms < ? ORDER BY last_activity_ms, key LIMIT 1") {}

void Erasure::begin(std::int64_t session) {
    Binder(begin_).add(session);
    begin_->exec();
}

Erasure::Rows Erasure::erase_some(std::int64_t session, std::int64_t most) {
    const auto erase = [session](Statement& statement, std::optional<std::int64_t> limit) {
        Binder out(statement);
        out.add(session);
        if (limit) out.add(*limit);
        return std::int64_t{statement->exec()};
    };
    erase(titles_, most);
    const Rows rows{erase(events_, most), erase(spans_, most)};
    if (rows.events > 0 || rows.tool_spans > 0) return rows;
    for (Statement* rest : {&secrets_, &open_responses_, &starts_, &bad_lines_}) erase(*rest, std::nullopt);
    return rows;
}

std::optional<ListPlace> Erasure::next_before(ListPlace after, UnixMs until) {
    return place_of(next_before_, after, until);
}

std::optional<ListPlace> Erasure::next_hidden_before(ListPlace after, UnixMs until) {
    return place_of(next_hidden_before_, after, until);
}

}  // namespace kaizen::store
