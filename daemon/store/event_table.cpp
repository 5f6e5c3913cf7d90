#include "daemon/store/event_table.h"

#include <fmt/core.h>

#include <algorithm>

namespace kaizen::store {
namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t kMostCopies = 100;  // of one prompt that are looked at

constexpr const char* kColumns =
    "session, seq, uid, at_ms, kind, role, thinking, sidechain, replayed, name, call_id, text, text_bytes, "
    "is_error, "
    "exit_code, duration_ms, model, response_id, input, cache_read, cache_write, cache_write_1h, output, "
    "reasoning, "
    "cost_usd_e6, request_id, ends_turn, web_searches, copied, outgoing";

std::string select(const std::string& rest) {
    return "SELECT e.id, e.seq, e.session, s.id, s.agent, uid, at_ms, kind, role, thinking, sidechain, "
           "replayed, name, call_id, text, text_bytes, is_error, exit_code, duration_ms, e.model, "
           "response_id, "
           "input, cache_read, cache_write, cache_write_1h, output, reasoning, cost_usd_e6, request_id, "
           "ends_turn, web_searches, copied, outgoing FROM events e CROSS JOIN sessions s ON s.key = "
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
    out.add_or_null(event.request_id)
        .add(std::int64_t{event.ends_turn})
        .add(event.billing.web_searches)
        .add(std::int64_t{event.copied});
}

EventRow read_row(Statement& statement) {
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
    event.billing.web_searches = in.optional_integer();
    event.copied = in.boolean();
    row.outgoing = static_cast<Outgoing>(in.integer());
    return row;
}

}  // namespace

EventTable::EventTable(Database& database)
    : insert_(database,
              fmt::format("INSERT INTO events (id, {}) VALUES (?, {}) ON CONFLICT (session, uid) DO NOTHING",
                          kColumns, placeholders(kColumns))),
      mark_enqueued_(database, "UPDATE events SET outgoing = 1 WHERE id = ?"),
      others_with_prompt_(
          database,
          fmt::format(
              "SELECT session FROM events INDEXED BY events_prompt_uids WHERE uid = ? AND session <> ? "
              "AND kind = 0 AND role = 1 ORDER BY session LIMIT {}",
              kMostCopies)),
      has_copied_prompt_after_(
          database,
          "SELECT 1 FROM events INDEXED BY events_prompts WHERE session = ?1 AND kind = 0 AND role = 1 AND "
          "sidechain = 0 AND copied AND seq > (SELECT seq FROM events WHERE session = ?1 AND uid = ?2) LIMIT "
          "1"),
      places_(database, "SELECT uid, id, seq, outgoing, at_ms FROM events WHERE session = ?"),
      take_out_(database, "DELETE FROM events WHERE session = ?"),
      not_forgotten_(database, "UPDATE forgotten_events SET events = events - ?"),
      mark_copies_(
          database,
          "UPDATE events SET copied = 1 WHERE session = ?1 AND NOT copied AND NOT replayed AND uid IN "
          "(SELECT uid FROM events WHERE session = ?2) RETURNING kind, role, sidechain, is_error"),
      mark_copy_(database,
                 "UPDATE events SET copied = 1 WHERE session = ? AND uid = ? AND NOT copied AND NOT replayed "
                 "RETURNING kind, role, sidechain, is_error"),
      last_outgoing_(database, "SELECT outgoing FROM events WHERE session = ? ORDER BY id DESC LIMIT 1"),
      seq_of_(database, "SELECT seq FROM events WHERE session = ? AND uid = ?"),
      prompts_until_(database,
                     "SELECT count(*) FROM events INDEXED BY events_prompts WHERE session = ? AND at_ms <= ? "
                     "AND kind = 0 AND role = 1 AND sidechain = 0"),
      list_(database, select("WHERE e.id > ? AND e.id <= ? ORDER BY e.id LIMIT ?")),
      list_session_(database, select("WHERE e.session = ? AND e.id > ? AND e.id <= ? ORDER BY e.id LIMIT ?")),
      last_(database, select("WHERE e.id > ? AND e.id <= ? ORDER BY e.id DESC LIMIT ?")),
      last_session_(database,
                    select("WHERE e.session = ? AND e.id > ? AND e.id <= ? ORDER BY e.id DESC LIMIT ?")),
      next_run_(database,
                "SELECT first, last FROM event_runs WHERE agent = ? AND last > ? ORDER BY last LIMIT 1"),
      run_before_(
          database,
          "SELECT first, last FROM event_runs WHERE agent = ? AND last < ? ORDER BY last DESC LIMIT 1"),
      last_id_(
          database,
          "SELECT max(coalesce((SELECT max(id) FROM events), 0), "
          "coalesce((SELECT last FROM event_runs WHERE first = (SELECT max(first) FROM event_runs)), 0))"),
      forgotten_(database, "SELECT events FROM forgotten_events"),
      extend_run_(database,
                  "UPDATE event_runs SET last = ?3 WHERE first = (SELECT max(first) FROM event_runs) AND "
                  "last = ?2 - 1 AND agent = ?1"),
      insert_run_(database, "INSERT INTO event_runs (agent, first, last) VALUES (?1, ?2, ?3)") {
    static_assert(static_cast<int>(parse::EventKind::message) == 0 &&
                  static_cast<int>(parse::Role::user) == 1);
}

bool EventTable::insert(std::int64_t session, const std::string& agent, std::int64_t seq,
                        const parse::Event& event, Outgoing outgoing) {
    if (!newest_id_) newest_id_ = last_id();
    const std::int64_t id = *newest_id_ + 1;
    if (!insert_at({id, seq, outgoing, {}}, session, event)) return false;
    newest_id_ = id;
    add_to_run(agent, id);
    return true;
}

bool EventTable::insert_at(const Place& place, std::int64_t session, const parse::Event& event) {
    Binder out(insert_);
    out.add(place.id).add(session).add(place.seq);
    bind_event(out, event);
    out.add(static_cast<std::int64_t>(place.outgoing));
    return insert_->exec() == 1;
}

EventTable::Places EventTable::take_out(std::int64_t session) {
    newest_id_ = last_id();  // else one that is taken out might be given anew
    Places places;
    Binder(places_).add(session);
    while (places_->executeStep()) {
        Reader in(places_);
        const std::uint64_t uid = in.unsigned_integer();
        Place& place = places[uid];
        place.id = in.integer();
        place.seq = in.integer();
        place.outgoing = static_cast<Outgoing>(in.integer());
        place.at = in.optional_integer();
    }
    places_->tryReset();
    Binder(take_out_).add(session);
    const std::int64_t taken = take_out_->exec();
    Binder(not_forgotten_).add(taken);
    not_forgotten_->exec();
    return places;
}

void EventTable::add_to_run(const std::string& agent, std::int64_t id) {
    if (run_.first != 0 && run_.agent != agent) write_run();
    if (run_.first == 0) run_ = {agent, id, id};
    run_.last = id;
}

void EventTable::write_run() {
    for (Statement* statement : {&extend_run_, &insert_run_}) {
        Binder(*statement).add(run_.agent).add(run_.first).add(run_.last);
        if ((*statement)->exec() == 1) break;
    }
    run_ = {};
}

void EventTable::flush() {
    if (run_.first != 0) write_run();
}

void EventTable::forget() {
    run_ = {};
    newest_id_.reset();
}

std::vector<std::int64_t> EventTable::others_with_prompt(std::uint64_t uid, std::int64_t session) {
    Binder(others_with_prompt_).add(uid).add(session);
    std::vector<std::int64_t> others;
    while (others_with_prompt_->executeStep()) others.push_back(Reader(others_with_prompt_).integer());
    others_with_prompt_->tryReset();
    return others;
}

bool EventTable::has_copied_prompt_after(std::int64_t session, std::uint64_t uid) {
    Binder(has_copied_prompt_after_).add(session).add(uid);
    const bool has = has_copied_prompt_after_->executeStep();
    has_copied_prompt_after_->tryReset();
    return has;
}

void EventTable::mark_copies(std::int64_t session, std::int64_t original, const VisitCopy& visit) {
    Binder(mark_copies_).add(session).add(original);
    visit_copies(mark_copies_, visit);
}

void EventTable::mark_copy(std::int64_t session, std::uint64_t uid, const VisitCopy& visit) {
    Binder(mark_copy_).add(session).add(uid);
    visit_copies(mark_copy_, visit);
}

void EventTable::visit_copies(Statement& statement, const VisitCopy& visit) {
    while (statement->executeStep()) {
        Reader in(statement);
        parse::Event event;
        event.kind = static_cast<parse::EventKind>(in.integer());
        event.role = static_cast<parse::Role>(in.integer());
        event.sidechain = in.boolean();
        event.is_error = in.boolean();
        visit(event);
    }
    statement->tryReset();
}

void EventTable::mark_enqueued(std::int64_t id) {
    Binder(mark_enqueued_).add(id);
    mark_enqueued_->exec();
}

Outgoing EventTable::last_outgoing(std::int64_t session) {
    Binder(last_outgoing_).add(session);
    const bool any = last_outgoing_->executeStep();
    const auto outgoing = any ? static_cast<Outgoing>(Reader(last_outgoing_).integer()) : Outgoing::kept;
    last_outgoing_->tryReset();
    return outgoing;
}

std::optional<std::int64_t> EventTable::seq_of(std::int64_t session, std::uint64_t uid) {
    Binder(seq_of_).add(session).add(uid);
    std::optional<std::int64_t> seq;
    if (seq_of_->executeStep()) seq = seq_of_->getColumn(0).getInt64();
    seq_of_->tryReset();
    return seq;
}

std::int64_t EventTable::prompts_until(std::int64_t session, UnixMs at) {
    Binder(prompts_until_).add(session).add(at);
    prompts_until_->executeStep();
    const std::int64_t prompts = prompts_until_->getColumn(0).getInt64();
    prompts_until_->tryReset();
    return prompts;
}

std::vector<EventRow> EventTable::list(const EventFilter& filter) {
    Page page{filter, {}, 0};
    const bool by_runs = filter.session == 0 && !filter.agent.empty();
    if (!by_runs) read(filter.session != 0 ? list_session_ : list_, page, filter.after, kEnd);
    std::int64_t after = filter.after;
    while (by_runs && page.has_room()) {
        const auto run = find(next_run_, filter.agent, after);
        if (!run) break;
        read(list_, page, std::max(after, run->first - 1), run->last);
        after = run->last;
    }
    return std::move(page.rows);
}

std::vector<EventRow> EventTable::last(const EventFilter& filter) {
    Page page{filter, {}, 0};
    const bool by_runs = filter.session == 0 && !filter.agent.empty();
    if (!by_runs) read(filter.session != 0 ? last_session_ : last_, page, 0, filter.until);
    std::int64_t before = kEnd;
    while (by_runs && page.has_room()) {
        const auto run = find(run_before_, filter.agent, before);
        if (!run) break;
        read(last_, page, run->first - 1, run->last);
        before = run->first;
    }
    std::reverse(page.rows.begin(), page.rows.end());
    return std::move(page.rows);
}

std::optional<EventTable::Run> EventTable::find(Statement& statement, const std::string& agent,
                                                std::int64_t id) {
    Binder(statement).add(agent).add(id);
    std::optional<Run> run;
    if (statement->executeStep())
        run = Run{agent, statement->getColumn(0).getInt64(), statement->getColumn(1).getInt64()};
    statement->tryReset();
    return run;
}

void EventTable::read(Statement& statement, Page& page, std::int64_t after, std::int64_t until) {
    Binder in(statement);
    if (page.filter.session != 0) in.add(page.filter.session);
    in.add(after).add(until).add(page.filter.limit - static_cast<std::int64_t>(page.rows.size()));
    while (page.has_room() && statement->executeStep()) {
        page.rows.push_back(read_row(statement));
        page.bytes += static_cast<std::int64_t>(page.rows.back().event.text.size());
    }
    statement->tryReset();
}

std::int64_t EventTable::forgotten() { return one_number(forgotten_); }

std::int64_t EventTable::last_id() { return one_number(last_id_); }

}  // namespace kaizen::store
