#include "daemon/store/event_table.h"

#include <algorithm>

namespace kaizen::store {
namespace {

constexpr const char* kColumns =
    "session, seq, uid, at_ms, kind, role, thinking, sidechain, replayed, name, call_id, text, text_bytes, "
    "is_error, "
    "exit_code, duration_ms, model, response_id, input, cache_read, cache_write, cache_write_1h, output, "
    "reasoning, "
    "cost_usd_e6, request_id, ends_turn, outgoing";

std::string select(const std::string& rest) {
    return "SELECT e.id, e.seq, e.session, s.id, s.agent, uid, at_ms, kind, role, thinking, sidechain, "
           "replayed, name, "
           "call_id, text, "
           "text_bytes, is_error, exit_code, duration_ms, e.model, response_id, input, cache_read, "
           "cache_write, "
           "cache_write_1h, output, reasoning, cost_usd_e6, request_id, ends_turn, outgoing FROM events e "
           "JOIN sessions "
           "s ON s.key "
           "= "
           "e.session " +
           rest;
}

void bind_event(Binder& out, const parse::Event& event) {
    out.add(event.uid)
        .add(event.at)
        .add(static_cast<std::int64_t>(event.kind))
        .add(static_cast<std::int64_t>(event.role));
    out.add(std::int64_t{event.thinking})
        .add(std::int64_t{event.sidechain})
        .add(std::int64_t{event.replayed});
    out.add_or_null(event.name).add_or_null(event.call_id).add_or_null(event.text).add(event.text_bytes);
    out.add(std::int64_t{event.is_error}).add(event.exit_code).add(event.duration_ms);
    out.add_or_null(event.model).add_or_null(event.response_id);
    const parse::TokenCounts tokens = event.tokens.value_or(parse::TokenCounts());
    out.add(tokens.input).add(tokens.cache_read).add(tokens.cache_write).add(tokens.cache_write_1h);
    out.add(tokens.output).add(tokens.reasoning).add(event.cost_usd_e6);
    out.add_or_null(event.request_id).add(std::int64_t{event.ends_turn});
}

EventRow read_row(SQLite::Statement& statement) {
    Reader in(statement);
    EventRow row;
    row.id = in.integer();
    row.seq = in.integer();
    row.session = in.integer();
    row.session_id = in.text();
    row.agent = in.text();
    parse::Event& event = row.event;
    event.uid = in.unsigned_integer();
    event.at = in.optional_integer();
    event.kind = static_cast<parse::EventKind>(in.integer());
    event.role = static_cast<parse::Role>(in.integer());
    event.thinking = in.boolean();
    event.sidechain = in.boolean();
    event.replayed = in.boolean();
    event.name = in.text();
    event.call_id = in.text();
    event.text = in.text();
    event.text_bytes = in.integer();
    event.is_error = in.boolean();
    event.exit_code = in.optional_integer();
    event.duration_ms = in.optional_integer();
    event.model = in.text();
    event.response_id = in.text();
    parse::TokenCounts tokens;
    tokens.input = in.optional_integer();
    tokens.cache_read = in.optional_integer();
    tokens.cache_write = in.optional_integer();
    tokens.cache_write_1h = in.optional_integer();
    tokens.output = in.optional_integer();
    tokens.reasoning = in.optional_integer();
    if (tokens != parse::TokenCounts()) event.tokens = tokens;
    event.cost_usd_e6 = in.optional_integer();
    event.request_id = in.text();
    event.ends_turn = in.boolean();
    row.outgoing = static_cast<Outgoing>(in.integer());
    return row;
}

}  // namespace

EventTable::EventTable(Database& database)
    : insert_(
          database.handle(),
          std::string("INSERT INTO events (") + kColumns +
              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT DO NOTHING"),
      mark_enqueued_(database.handle(), "UPDATE events SET outgoing = 1 WHERE id = ?"),
      seq_of_(database.handle(), "SELECT seq FROM events WHERE session = ? AND uid = ?"),
      prompts_until_(database.handle(),
                     "SELECT count(*) FROM events INDEXED BY events_prompts WHERE session = ? AND at_ms <= ? "
                     "AND kind = 0 AND role = 1 AND sidechain = 0"),
      list_(database.handle(),
            select("WHERE e.id > ?2 AND (?1 = '' OR s.agent = ?1) ORDER BY e.id LIMIT ?3")),
      list_session_(database.handle(), select("WHERE e.session = ?1 AND e.id > ?2 ORDER BY e.id LIMIT ?3")),
      last_(database.handle(),
            select("WHERE (?1 = '' OR s.agent = ?1) AND ?2 IS NOT NULL ORDER BY e.id DESC LIMIT ?3")),
      last_session_(database.handle(),
                    select("WHERE e.session = ?1 AND ?2 IS NOT NULL ORDER BY e.id DESC LIMIT ?3")),
      last_id_(database.handle(), "SELECT coalesce(max(id), 0) FROM events") {
    static_assert(static_cast<int>(parse::EventKind::message) == 0 &&
                  static_cast<int>(parse::Role::user) == 1);
}

bool EventTable::insert(std::int64_t session, std::int64_t seq, const parse::Event& event,
                        Outgoing outgoing) {
    Binder out(insert_);
    out.add(session).add(seq);
    bind_event(out, event);
    out.add(static_cast<std::int64_t>(outgoing));
    return insert_.exec() == 1;
}

void EventTable::mark_enqueued(std::int64_t id) {
    Binder(mark_enqueued_).add(id);
    mark_enqueued_.exec();
}

std::optional<std::int64_t> EventTable::seq_of(std::int64_t session, std::uint64_t uid) {
    Binder(seq_of_).add(session).add(uid);
    std::optional<std::int64_t> seq;
    if (seq_of_.executeStep()) seq = seq_of_.getColumn(0).getInt64();
    seq_of_.tryReset();
    return seq;
}

std::int64_t EventTable::prompts_until(std::int64_t session, UnixMs at) {
    Binder(prompts_until_).add(session).add(at);
    prompts_until_.executeStep();
    const std::int64_t prompts = prompts_until_.getColumn(0).getInt64();
    prompts_until_.tryReset();
    return prompts;
}

std::vector<EventRow> EventTable::list(const EventFilter& filter) {
    return run(filter.session == 0 ? list_ : list_session_, filter);
}

std::vector<EventRow> EventTable::last(const EventFilter& filter) {
    std::vector<EventRow> rows = run(filter.session == 0 ? last_ : last_session_, filter);
    std::reverse(rows.begin(), rows.end());
    return rows;
}

std::vector<EventRow> EventTable::run(SQLite::Statement& statement, const EventFilter& filter) {
    Binder out(statement);
    if (filter.session == 0)
        out.add(filter.agent);
    else
        out.add(filter.session);
    out.add(filter.after).add(filter.limit);
    std::vector<EventRow> rows;
    while (statement.executeStep()) rows.push_back(read_row(statement));
    statement.tryReset();
    return rows;
}

std::int64_t EventTable::last_id() { return one_number(last_id_); }

}  // namespace kaizen::store
