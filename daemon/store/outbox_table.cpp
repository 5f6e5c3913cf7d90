#include "daemon/store/outbox_table.h"

namespace kaizen::store {
namespace {

// As they stand in outbox_counts; in the order of Count.
const std::array<std::string, 8> kCountNames = {"last_id", "enqueued", "delivered",   "dropped",
                                                "refused", "excluded", "sampled_out", "kept_before_ms"};

const std::string& name_of(Count which) { return kCountNames[static_cast<std::size_t>(which)]; }

}  // namespace

OutboxTable::OutboxTable(Database& database)
    : lanes_(database, "SELECT id, kind, workspace_hash, waiting, enqueued, settled FROM outbox_lanes"),
      make_lane_(database,
                 "INSERT INTO outbox_lanes (kind, workspace_hash, waiting) VALUES (?, ?, 0) "
                 "ON CONFLICT DO NOTHING"),
      lane_(database, "SELECT id FROM outbox_lanes WHERE kind = ? AND workspace_hash = ?"),
      add_waiting_(database, "UPDATE outbox_lanes SET waiting = waiting + ?2 WHERE id = ?1"),
      add_enqueued_(database, "UPDATE outbox_lanes SET enqueued = enqueued + ?2 WHERE id = ?1"),
      set_settled_(database, "UPDATE outbox_lanes SET settled = max(settled, ?2) WHERE id = ?1"),
      settled_(database, "SELECT settled FROM outbox_lanes WHERE id = ?"),
      insert_(database,
              "INSERT INTO outbox (id, lane, at_ms, row, only_for, settled) VALUES (?, ?, ?, ?, ?, ?)"),
      erase_(database, "DELETE FROM outbox WHERE lane = ? AND id = ?"),
      last_of_(database,
               "SELECT id FROM outbox WHERE lane = ? AND id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?"),
      erase_until_(database, "DELETE FROM outbox WHERE lane = ? AND id <= ?"),
      unsettled_until_(database, "SELECT count(*) FROM outbox WHERE lane = ? AND id <= ? AND NOT settled"),
      settle_(database,
              "UPDATE outbox SET settled = 1 WHERE lane = ? AND id > ? AND id <= ? AND NOT settled"),
      find_(database, "SELECT id, lane, at_ms, row, only_for, settled FROM outbox WHERE lane = ? AND id = ?"),
      each_(database,
            "SELECT id, lane, at_ms, row, only_for, settled FROM outbox "
            "WHERE lane = ? AND id > ? AND id <= ? ORDER BY id"),
      bury_(database,
            "INSERT INTO dead_letters (id, lane, at_ms, row, receiver, died_at_ms, status, code, reason) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      dead_(database,
            "SELECT id, lane, at_ms, row, receiver, died_at_ms, status, code, reason FROM dead_letters "
            "WHERE id = ?"),
      dead_after_(database,
                  "SELECT id, lane, at_ms, row, receiver, died_at_ms, status, code, reason FROM dead_letters "
                  "WHERE id > ? ORDER BY id LIMIT ?"),
      dead_before_(
          database,
          "SELECT id, lane, at_ms, row, receiver, died_at_ms, status, code, reason FROM dead_letters "
          "WHERE died_at_ms < ? ORDER BY died_at_ms LIMIT ?"),
      erase_dead_(database, "DELETE FROM dead_letters WHERE id = ?"),
      dead_count_(database, "SELECT rows FROM dead_counts WHERE receiver = ?"),
      count_(database, "SELECT number FROM outbox_counts WHERE name = ?"),
      add_(database,
           "INSERT INTO outbox_counts (name, number) VALUES (?, ?) "
           "ON CONFLICT DO UPDATE SET number = number + excluded.number"),
      secrets_(database, "SELECT state FROM session_secrets WHERE session = ?"),
      save_secrets_(database, "INSERT OR REPLACE INTO session_secrets (session, state) VALUES (?, ?)"),
      open_responses_(database, "SELECT state FROM open_responses WHERE session = ?"),
      save_open_responses_(database, "INSERT OR REPLACE INTO open_responses (session, state) VALUES (?, ?)") {
}

WaitingRow OutboxTable::read_row(Statement& statement) {
    Reader in(statement);
    WaitingRow row;
    row.id = in.integer();
    row.lane = in.integer();
    row.at_ms = in.integer();
    row.row = in.text();
    row.only_for = in.text();
    row.settled = in.boolean();
    return row;
}

DeadRow OutboxTable::read_dead(Statement& statement) {
    Reader in(statement);
    DeadRow dead;
    dead.row.id = in.integer();
    dead.row.lane = in.integer();
    dead.row.at_ms = in.integer();
    dead.row.row = in.text();
    dead.receiver = in.text();
    dead.died_at_ms = in.integer();
    dead.status = in.optional_integer();
    dead.code = in.text();
    dead.reason = in.text();
    return dead;
}

std::vector<LaneRow> OutboxTable::lanes() {
    std::vector<LaneRow> lanes;
    lanes_->tryReset();
    while (lanes_->executeStep()) {
        Reader in(lanes_);
        LaneRow& lane = lanes.emplace_back();
        lane.id = in.integer();
        lane.kind = in.integer();
        lane.workspace_hash = in.text();
        lane.waiting = in.integer();
        lane.enqueued = in.integer();
        lane.settled = in.integer();
    }
    lanes_->tryReset();
    return lanes;
}

OutboxTable::LaneId OutboxTable::lane(std::int64_t kind, const std::string& workspace_hash) {
    LaneId lane;
    Binder(make_lane_).add(kind).add(workspace_hash);
    lane.is_new = make_lane_->exec() == 1;
    Binder(lane_).add(kind).add(workspace_hash);
    lane_->executeStep();
    lane.id = lane_->getColumn(0).getInt64();
    lane_->tryReset();
    return lane;
}

void OutboxTable::add_waiting(std::int64_t lane, std::int64_t rows) {
    Binder(add_waiting_).add(lane).add(rows);
    add_waiting_->exec();
}

void OutboxTable::add_enqueued(std::int64_t lane, std::int64_t rows) {
    Binder(add_enqueued_).add(lane).add(rows);
    add_enqueued_->exec();
}

void OutboxTable::set_settled(std::int64_t lane, std::int64_t id) {
    Binder(set_settled_).add(lane).add(id);
    set_settled_->exec();
}

std::int64_t OutboxTable::settled(std::int64_t lane) {
    Binder(settled_).add(lane);
    const std::int64_t id = settled_->executeStep() ? Reader(settled_).integer() : 0;
    settled_->tryReset();
    return id;
}

void OutboxTable::insert(const WaitingRow& row) {
    Binder out(insert_);
    out.add(row.id).add(row.lane).add(row.at_ms).add(row.row);
    out.add_or_null(row.only_for).add(std::int64_t{row.settled});
    insert_->exec();
}

bool OutboxTable::erase(std::int64_t lane, std::int64_t id) {
    Binder(erase_).add(lane).add(id);
    return erase_->exec() == 1;
}

std::int64_t OutboxTable::last_of(std::int64_t lane, std::int64_t after, std::int64_t last,
                                  std::int64_t limit) {
    Binder(last_of_).add(lane).add(after).add(last).add(limit - 1);
    const std::int64_t id = last_of_->executeStep() ? Reader(last_of_).integer() : last;
    last_of_->tryReset();
    return id;
}

void OutboxTable::erase_until(std::int64_t lane, std::int64_t last) {
    Binder(erase_until_).add(lane).add(last);
    erase_until_->exec();
}

std::int64_t OutboxTable::unsettled_until(std::int64_t lane, std::int64_t last) {
    Binder(unsettled_until_).add(lane).add(last);
    unsettled_until_->executeStep();
    const std::int64_t rows = Reader(unsettled_until_).integer();
    unsettled_until_->tryReset();
    return rows;
}

std::int64_t OutboxTable::settle(std::int64_t lane, std::int64_t after, std::int64_t last) {
    Binder(settle_).add(lane).add(after).add(last);
    return settle_->exec();
}

std::optional<WaitingRow> OutboxTable::find(std::int64_t lane, std::int64_t id) {
    Binder(find_).add(lane).add(id);
    std::optional<WaitingRow> row;
    if (find_->executeStep()) row = read_row(find_);
    find_->tryReset();
    return row;
}

void OutboxTable::bury(const DeadRow& dead) {
    Binder out(bury_);
    out.add(dead.row.id).add(dead.row.lane).add(dead.row.at_ms).add(dead.row.row);
    out.add(dead.receiver).add(dead.died_at_ms).add(dead.status).add(dead.code).add(dead.reason);
    bury_->exec();
}

std::optional<DeadRow> OutboxTable::dead(std::int64_t id) {
    Binder(dead_).add(id);
    std::optional<DeadRow> dead;
    if (dead_->executeStep()) dead = read_dead(dead_);
    dead_->tryReset();
    return dead;
}

std::vector<DeadRow> OutboxTable::dead_after(std::int64_t id, std::int64_t limit) {
    std::vector<DeadRow> dead;
    Binder(dead_after_).add(id).add(limit);
    while (dead_after_->executeStep()) dead.push_back(read_dead(dead_after_));
    dead_after_->tryReset();
    return dead;
}

std::vector<DeadRow> OutboxTable::dead_before(std::int64_t died_at_ms, std::int64_t limit) {
    std::vector<DeadRow> dead;
    Binder(dead_before_).add(died_at_ms).add(limit);
    while (dead_before_->executeStep()) dead.push_back(read_dead(dead_before_));
    dead_before_->tryReset();
    return dead;
}

void OutboxTable::erase_dead(std::int64_t id) {
    Binder(erase_dead_).add(id);
    erase_dead_->exec();
}

std::int64_t OutboxTable::dead_count(const std::string& receiver) {
    Binder(dead_count_).add(receiver);
    const std::int64_t number = dead_count_->executeStep() ? Reader(dead_count_).integer() : 0;
    dead_count_->tryReset();
    return number;
}

std::int64_t OutboxTable::count(Count which) {
    Binder(count_).add(name_of(which));
    const std::int64_t number = count_->executeStep() ? count_->getColumn(0).getInt64() : 0;
    count_->tryReset();
    return number;
}

void OutboxTable::add(Count which, std::int64_t number) {
    Binder(add_).add(name_of(which)).add(number);
    add_->exec();
}

std::optional<std::string> OutboxTable::secrets(std::int64_t session) {
    Binder(secrets_).add(session);
    std::optional<std::string> state;
    if (secrets_->executeStep()) state = secrets_->getColumn(0).getString();
    secrets_->tryReset();
    return state;
}

std::string OutboxTable::open_responses(std::int64_t session) {
    Binder(open_responses_).add(session);
    std::string state = open_responses_->executeStep() ? Reader(open_responses_).text() : std::string();
    open_responses_->tryReset();
    return state;
}

void OutboxTable::save_open_responses(std::int64_t session, const std::string& state) {
    Binder(save_open_responses_).add(session).add(state);
    save_open_responses_->exec();
}

void OutboxTable::save_secrets(std::int64_t session, const std::string& state) {
    Binder(save_secrets_).add(session).add_blob(state);
    save_secrets_->exec();
}

}  // namespace kaizen::store
