#include "daemon/store/outbox_table.h"

namespace kaizen::store {
namespace {

// As they stand in outbox_counts; in the order of Count.
const std::array<std::string, 8> kCountNames = {"last_id", "enqueued", "delivered",   "dropped",
                                                "refused", "excluded", "sampled_out", "kept_before_ms"};

const std::string& name_of(Count which) { return kCountNames[static_cast<std::size_t>(which)]; }

}  // namespace

OutboxTable::OutboxTable(Database& database)
    : lanes_(database.handle(), "SELECT id, kind, workspace_hash, waiting, frozen FROM outbox_lanes"),
      make_lane_(database.handle(),
                 "INSERT INTO outbox_lanes (kind, workspace_hash, waiting, frozen) VALUES (?, ?, 0, 0) "
                 "ON CONFLICT DO NOTHING"),
      lane_(database.handle(), "SELECT id FROM outbox_lanes WHERE kind = ? AND workspace_hash = ?"),
      add_waiting_(database.handle(), "UPDATE outbox_lanes SET waiting = waiting + ?2 WHERE id = ?1"),
      set_frozen_(database.handle(), "UPDATE outbox_lanes SET frozen = ?2 WHERE id = ?1"),
      insert_(database.handle(), "INSERT INTO outbox (id, lane, at_ms, row) VALUES (?, ?, ?, ?)"),
      erase_(database.handle(), "DELETE FROM outbox WHERE lane = ? AND id = ?"),
      erase_range_(database.handle(), "DELETE FROM outbox WHERE lane = ? AND id BETWEEN ? AND ?"),
      find_(database.handle(), "SELECT id, lane, at_ms, row FROM outbox WHERE lane = ? AND id = ?"),
      each_(database.handle(),
            "SELECT id, lane, at_ms, row FROM outbox WHERE lane = ? AND id > ? AND id <= ? ORDER BY id"),
      batches_(database.handle(),
               "SELECT key, lane, first, last, attempts FROM outbox_batches ORDER BY first"),
      batch_(database.handle(), "SELECT key, lane, first, last, attempts FROM outbox_batches WHERE key = ?"),
      save_batch_(database.handle(),
                  "INSERT OR REPLACE INTO outbox_batches (key, lane, first, last, attempts) VALUES (?, ?, ?, "
                  "?, ?)"),
      erase_batch_(database.handle(), "DELETE FROM outbox_batches WHERE key = ?"),
      receiver_(database.handle(),
                "SELECT name, failures, not_before_ms, paused, pause_title, pause_fix, body_limit, "
                "last_success_at_ms, last_error_at_ms, last_error, batches_sent, rows_sent, rows_deduped "
                "FROM receivers WHERE name = ?"),
      save_receiver_(database.handle(),
                     "INSERT OR REPLACE INTO receivers (name, failures, not_before_ms, paused, pause_title, "
                     "pause_fix, body_limit, last_success_at_ms, last_error_at_ms, last_error, batches_sent, "
                     "rows_sent, rows_deduped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      bury_(database.handle(),
            "INSERT INTO dead_letters (id, lane, at_ms, row, died_at_ms, status, code, reason) VALUES (?, ?, "
            "?, ?, ?, ?, ?, ?)"),
      dead_(database.handle(),
            "SELECT id, lane, at_ms, row, died_at_ms, status, code, reason FROM dead_letters WHERE id = ?"),
      dead_after_(database.handle(),
                  "SELECT id, lane, at_ms, row, died_at_ms, status, code, reason FROM dead_letters "
                  "WHERE id > ? ORDER BY id LIMIT ?"),
      erase_dead_(database.handle(), "DELETE FROM dead_letters WHERE id = ?"),
      dead_count_(database.handle(), "SELECT count(*) FROM dead_letters"),
      count_(database.handle(), "SELECT number FROM outbox_counts WHERE name = ?"),
      add_(database.handle(),
           "INSERT INTO outbox_counts (name, number) VALUES (?, ?) "
           "ON CONFLICT DO UPDATE SET number = number + excluded.number"),
      secrets_(database.handle(), "SELECT state FROM session_secrets WHERE session = ?"),
      save_secrets_(database.handle(),
                    "INSERT OR REPLACE INTO session_secrets (session, state) VALUES (?, ?)") {}

WaitingRow OutboxTable::read_row(SQLite::Statement& statement) {
    Reader in(statement);
    WaitingRow row;
    row.id = in.integer();
    row.lane = in.integer();
    row.at_ms = in.integer();
    row.row = in.text();
    return row;
}

BatchRow OutboxTable::read_batch(SQLite::Statement& statement) {
    Reader in(statement);
    BatchRow batch;
    batch.key = in.text();
    batch.lane = in.integer();
    batch.first = in.integer();
    batch.last = in.integer();
    batch.attempts = in.integer();
    return batch;
}

DeadRow OutboxTable::read_dead(SQLite::Statement& statement) {
    Reader in(statement);
    DeadRow dead;
    dead.row.id = in.integer();
    dead.row.lane = in.integer();
    dead.row.at_ms = in.integer();
    dead.row.row = in.text();
    dead.died_at_ms = in.integer();
    dead.status = in.optional_integer();
    dead.code = in.text();
    dead.reason = in.text();
    return dead;
}

std::vector<LaneRow> OutboxTable::lanes() {
    std::vector<LaneRow> lanes;
    lanes_.reset();
    while (lanes_.executeStep()) {
        Reader in(lanes_);
        LaneRow& lane = lanes.emplace_back();
        lane.id = in.integer();
        lane.kind = in.integer();
        lane.workspace_hash = in.text();
        lane.waiting = in.integer();
        lane.frozen = in.integer();
    }
    lanes_.reset();
    return lanes;
}

std::int64_t OutboxTable::lane(std::int64_t kind, const std::string& workspace_hash) {
    Binder(make_lane_).add(kind).add(workspace_hash);
    make_lane_.exec();
    Binder(lane_).add(kind).add(workspace_hash);
    lane_.executeStep();
    const std::int64_t id = lane_.getColumn(0).getInt64();
    lane_.reset();
    return id;
}

void OutboxTable::add_waiting(std::int64_t lane, std::int64_t rows) {
    Binder(add_waiting_).add(lane).add(rows);
    add_waiting_.exec();
}

void OutboxTable::set_frozen(std::int64_t lane, std::int64_t id) {
    Binder(set_frozen_).add(lane).add(id);
    set_frozen_.exec();
}

void OutboxTable::insert(const WaitingRow& row) {
    Binder(insert_).add(row.id).add(row.lane).add(row.at_ms).add(row.row);
    insert_.exec();
}

bool OutboxTable::erase(std::int64_t lane, std::int64_t id) {
    Binder(erase_).add(lane).add(id);
    return erase_.exec() == 1;
}

std::int64_t OutboxTable::erase_range(std::int64_t lane, std::int64_t first, std::int64_t last) {
    Binder(erase_range_).add(lane).add(first).add(last);
    return erase_range_.exec();
}

std::optional<WaitingRow> OutboxTable::find(std::int64_t lane, std::int64_t id) {
    Binder(find_).add(lane).add(id);
    std::optional<WaitingRow> row;
    if (find_.executeStep()) row = read_row(find_);
    find_.reset();
    return row;
}

std::vector<BatchRow> OutboxTable::batches() {
    std::vector<BatchRow> batches;
    batches_.reset();
    while (batches_.executeStep()) batches.push_back(read_batch(batches_));
    batches_.reset();
    return batches;
}

std::optional<BatchRow> OutboxTable::batch(const std::string& key) {
    Binder(batch_).add(key);
    std::optional<BatchRow> batch;
    if (batch_.executeStep()) batch = read_batch(batch_);
    batch_.reset();
    return batch;
}

void OutboxTable::save(const BatchRow& batch) {
    Binder(save_batch_).add(batch.key).add(batch.lane).add(batch.first).add(batch.last).add(batch.attempts);
    save_batch_.exec();
}

void OutboxTable::erase_batch(const std::string& key) {
    Binder(erase_batch_).add(key);
    erase_batch_.exec();
}

ReceiverRow OutboxTable::receiver(const std::string& name) {
    ReceiverRow receiver;
    receiver.name = name;
    Binder(receiver_).add(name);
    if (receiver_.executeStep()) {
        Reader in(receiver_);
        receiver.name = in.text();
        receiver.failures = in.integer();
        receiver.not_before_ms = in.integer();
        receiver.paused = in.text();
        receiver.pause_title = in.text();
        receiver.pause_fix = in.text();
        receiver.body_limit = in.integer();
        receiver.last_success_at_ms = in.optional_integer();
        receiver.last_error_at_ms = in.optional_integer();
        receiver.last_error = in.text();
        receiver.batches_sent = in.integer();
        receiver.rows_sent = in.integer();
        receiver.rows_deduped = in.integer();
    }
    receiver_.reset();
    return receiver;
}

void OutboxTable::save(const ReceiverRow& receiver) {
    Binder out(save_receiver_);
    out.add(receiver.name).add(receiver.failures).add(receiver.not_before_ms).add_or_null(receiver.paused);
    out.add_or_null(receiver.pause_title).add_or_null(receiver.pause_fix).add(receiver.body_limit);
    out.add(receiver.last_success_at_ms).add(receiver.last_error_at_ms).add_or_null(receiver.last_error);
    out.add(receiver.batches_sent).add(receiver.rows_sent).add(receiver.rows_deduped);
    save_receiver_.exec();
}

void OutboxTable::bury(const DeadRow& dead) {
    Binder out(bury_);
    out.add(dead.row.id).add(dead.row.lane).add(dead.row.at_ms).add(dead.row.row);
    out.add(dead.died_at_ms).add(dead.status).add(dead.code).add(dead.reason);
    bury_.exec();
}

std::optional<DeadRow> OutboxTable::dead(std::int64_t id) {
    Binder(dead_).add(id);
    std::optional<DeadRow> dead;
    if (dead_.executeStep()) dead = read_dead(dead_);
    dead_.reset();
    return dead;
}

std::vector<DeadRow> OutboxTable::dead_after(std::int64_t id, std::int64_t limit) {
    std::vector<DeadRow> dead;
    Binder(dead_after_).add(id).add(limit);
    while (dead_after_.executeStep()) dead.push_back(read_dead(dead_after_));
    dead_after_.reset();
    return dead;
}

void OutboxTable::erase_dead(std::int64_t id) {
    Binder(erase_dead_).add(id);
    erase_dead_.exec();
}

std::int64_t OutboxTable::dead_count() { return one_number(dead_count_); }

std::int64_t OutboxTable::count(Count which) {
    Binder(count_).add(name_of(which));
    const std::int64_t number = count_.executeStep() ? count_.getColumn(0).getInt64() : 0;
    count_.reset();
    return number;
}

void OutboxTable::add(Count which, std::int64_t number) {
    Binder(add_).add(name_of(which)).add(number);
    add_.exec();
}

std::optional<std::string> OutboxTable::secrets(std::int64_t session) {
    Binder(secrets_).add(session);
    std::optional<std::string> state;
    if (secrets_.executeStep()) state = secrets_.getColumn(0).getString();
    secrets_.reset();
    return state;
}

void OutboxTable::save_secrets(std::int64_t session, const std::string& state) {
    Binder(save_secrets_).add(session).add_blob(state);
    save_secrets_.exec();
}

}  // namespace kaizen::store
