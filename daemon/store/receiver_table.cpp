#include "daemon/store/receiver_table.h"

#include <fmt/core.h>

namespace kaizen::store {
namespace {

constexpr const char* kBatch =
    "SELECT key, receiver, lane, first, last, rows, attempts, parts_taken FROM outbox_batches ";
constexpr const char* kCursor =
    "SELECT c.lane, c.frozen, l.enqueued - c.passed FROM outbox_cursors c JOIN outbox_lanes l ON l.id = "
    "c.lane ";
// The ids that a receiver has all, of one lane: those before its first open batch.
constexpr const char* kDone =
    "SELECT coalesce((SELECT min(first) - 1 FROM outbox_batches b WHERE b.receiver = c.receiver AND b.lane = "
    "c.lane), c.frozen) AS done FROM outbox_cursors c ";

}  // namespace

ReceiverTable::ReceiverTable(Database& database)
    : find_(database,
            "SELECT name, failures, not_before_ms, paused, pause_title, pause_fix, body_limit, "
            "last_success_at_ms, last_error_at_ms, last_error, batches_sent, rows_sent, rows_deduped, "
            "rows_dropped, last_drop_at_ms, items_rejected FROM receivers WHERE name = ?"),
      save_(database,
            "INSERT INTO receivers (name, failures, not_before_ms, paused, pause_title, pause_fix, "
            "body_limit, last_success_at_ms, last_error_at_ms, last_error, batches_sent, rows_sent, "
            "rows_deduped, rows_dropped, last_drop_at_ms, items_rejected) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET failures = excluded.failures, not_before_ms = excluded.not_before_ms, "
            "paused = excluded.paused, pause_title = excluded.pause_title, pause_fix = excluded.pause_fix, "
            "body_limit = excluded.body_limit, last_success_at_ms = excluded.last_success_at_ms, "
            "last_error_at_ms = excluded.last_error_at_ms, last_error = excluded.last_error, "
            "batches_sent = excluded.batches_sent, rows_sent = excluded.rows_sent, "
            "rows_deduped = excluded.rows_deduped, rows_dropped = excluded.rows_dropped, "
            "last_drop_at_ms = excluded.last_drop_at_ms, items_rejected = excluded.items_rejected"),
      active_(database, "SELECT name FROM receivers WHERE active ORDER BY name"),
      set_active_(database, "UPDATE receivers SET active = ?2 WHERE name = ?1"),
      begin_(database,
             "INSERT INTO outbox_cursors (receiver, lane, frozen, passed) "
             "SELECT ?1, l.id, l.settled, "
             "l.enqueued - (SELECT count(*) FROM outbox o WHERE o.lane = l.id AND o.id > l.settled) "
             "FROM outbox_lanes l WHERE true ON CONFLICT DO NOTHING"),
      copy_cursors_(database,
                    "INSERT INTO outbox_cursors (receiver, lane, frozen, passed) SELECT ?2, lane, frozen, "
                    "passed FROM outbox_cursors WHERE receiver = ?1 ON CONFLICT DO NOTHING"),
      forget_cursors_(database, "DELETE FROM outbox_cursors WHERE receiver = ?"),
      forget_batches_(database, "DELETE FROM outbox_batches WHERE receiver = ?"),
      add_lane_(database,
                "INSERT INTO outbox_cursors (receiver, lane, frozen, passed) "
                "SELECT name, ?1, 0, 0 FROM receivers WHERE active"),
      cursors_(database, std::string(kCursor) + "WHERE c.receiver = ?"),
      cursor_(database, std::string(kCursor) + "WHERE c.receiver = ? AND c.lane = ?"),
      advance_(
          database,
          "UPDATE outbox_cursors SET frozen = ?3, passed = passed + ?4 WHERE receiver = ?1 AND lane = ?2"),
      told_(database, "SELECT told FROM outbox_cursors WHERE receiver = ? AND lane = ?"),
      note_told_(database, "UPDATE outbox_cursors SET told = ?3 WHERE receiver = ?1 AND lane = ?2"),
      uncount_(database, "UPDATE outbox_cursors SET passed = passed - 1 WHERE lane = ? AND frozen >= ?"),
      done_by_(database, std::string(kDone) + "WHERE c.receiver = ? AND c.lane = ?"),
      // Without a receiver nothing is done: what waits is kept.
      done_by_all_(database, fmt::format("SELECT coalesce(min(done), 0) FROM ({} WHERE c.lane = ?)", kDone)),
      rows_for_(database,
                "SELECT coalesce((SELECT sum(l.enqueued - c.passed) FROM outbox_cursors c "
                "JOIN outbox_lanes l ON l.id = c.lane WHERE c.receiver = ?1), 0) + "
                "coalesce((SELECT sum(rows) FROM outbox_batches WHERE receiver = ?1), 0)"),
      batches_(database, std::string(kBatch) + "WHERE receiver = ? ORDER BY first"),
      batch_(database, std::string(kBatch) + "WHERE key = ?"),
      is_in_batch_(
          database,
          "SELECT EXISTS (SELECT 1 FROM outbox_batches WHERE lane = ?1 AND first <= ?2 AND last >= ?2)"),
      save_batch_(database,
                  "INSERT OR REPLACE INTO outbox_batches (key, receiver, lane, first, last, rows, attempts, "
                  "parts_taken) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      erase_batch_(database, "DELETE FROM outbox_batches WHERE key = ?") {}

CursorRow ReceiverTable::read_cursor(Statement& statement) {
    Reader in(statement);
    CursorRow cursor;
    cursor.lane = in.integer();
    cursor.frozen = in.integer();
    cursor.waiting = in.integer();
    return cursor;
}

BatchRow ReceiverTable::read_batch(Statement& statement) {
    Reader in(statement);
    BatchRow batch;
    batch.key = in.text();
    batch.receiver = in.text();
    batch.lane = in.integer();
    batch.first = in.integer();
    batch.last = in.integer();
    batch.rows = in.integer();
    batch.attempts = in.integer();
    batch.parts_taken = in.integer();
    return batch;
}

ReceiverRow ReceiverTable::find(const std::string& name) {
    ReceiverRow receiver;
    receiver.name = name;
    Binder(find_).add(name);
    if (find_->executeStep()) {
        Reader in(find_);
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
        receiver.rows_dropped = in.integer();
        receiver.last_drop_at_ms = in.optional_integer();
        receiver.items_rejected = in.integer();
    }
    find_->tryReset();
    return receiver;
}

void ReceiverTable::save(const ReceiverRow& receiver) {
    Binder out(save_);
    out.add(receiver.name).add(receiver.failures).add(receiver.not_before_ms).add_or_null(receiver.paused);
    out.add_or_null(receiver.pause_title).add_or_null(receiver.pause_fix).add(receiver.body_limit);
    out.add(receiver.last_success_at_ms).add(receiver.last_error_at_ms).add_or_null(receiver.last_error);
    out.add(receiver.batches_sent).add(receiver.rows_sent).add(receiver.rows_deduped);
    out.add(receiver.rows_dropped).add(receiver.last_drop_at_ms).add(receiver.items_rejected);
    save_->exec();
}

std::vector<std::string> ReceiverTable::active() {
    std::vector<std::string> names;
    active_->tryReset();
    while (active_->executeStep()) names.push_back(Reader(active_).text());
    active_->tryReset();
    return names;
}

void ReceiverTable::activate(const std::string& name) {
    save(find(name));
    Binder(set_active_).add(name).add(std::int64_t{1});
    set_active_->exec();
    Binder(begin_).add(name);
    begin_->exec();
}

void ReceiverTable::copy_cursors(const std::string& from, const std::string& to) {
    Binder(copy_cursors_).add(from).add(to);
    copy_cursors_->exec();
}

void ReceiverTable::retire(const std::string& name) {
    Binder(set_active_).add(name).add(std::int64_t{0});
    set_active_->exec();
    Binder(forget_cursors_).add(name);
    forget_cursors_->exec();
    Binder(forget_batches_).add(name);
    forget_batches_->exec();
}

void ReceiverTable::add_lane(std::int64_t lane) {
    Binder(add_lane_).add(lane);
    add_lane_->exec();
}

std::vector<CursorRow> ReceiverTable::cursors(const std::string& receiver) {
    std::vector<CursorRow> cursors;
    Binder(cursors_).add(receiver);
    while (cursors_->executeStep()) cursors.push_back(read_cursor(cursors_));
    cursors_->tryReset();
    return cursors;
}

std::optional<CursorRow> ReceiverTable::cursor(const std::string& receiver, std::int64_t lane) {
    std::optional<CursorRow> cursor;
    Binder(cursor_).add(receiver).add(lane);
    if (cursor_->executeStep()) cursor = read_cursor(cursor_);
    cursor_->tryReset();
    return cursor;
}

void ReceiverTable::advance(const std::string& receiver, std::int64_t lane, std::int64_t to,
                            std::int64_t rows) {
    Binder(advance_).add(receiver).add(lane).add(to).add(rows);
    advance_->exec();
}

std::string ReceiverTable::told(const std::string& receiver, std::int64_t lane) {
    Binder(told_).add(receiver).add(lane);
    std::string told = told_->executeStep() ? Reader(told_).text() : std::string();
    told_->tryReset();
    return told;
}

void ReceiverTable::note_told(const std::string& receiver, std::int64_t lane, const std::string& told) {
    Binder(note_told_).add(receiver).add(lane).add(told);
    note_told_->exec();
}

void ReceiverTable::uncount(std::int64_t lane, std::int64_t id) {
    Binder(uncount_).add(lane).add(id);
    uncount_->exec();
}

std::int64_t ReceiverTable::done_by(const std::string& receiver, std::int64_t lane) {
    Binder(done_by_).add(receiver).add(lane);
    const std::int64_t done = done_by_->executeStep() ? Reader(done_by_).integer() : 0;
    done_by_->tryReset();
    return done;
}

std::int64_t ReceiverTable::done_by_all(std::int64_t lane) {
    Binder(done_by_all_).add(lane);
    done_by_all_->executeStep();
    const std::int64_t done = Reader(done_by_all_).integer();
    done_by_all_->tryReset();
    return done;
}

std::int64_t ReceiverTable::rows_for(const std::string& receiver) {
    Binder(rows_for_).add(receiver);
    rows_for_->executeStep();
    const std::int64_t rows = Reader(rows_for_).integer();
    rows_for_->tryReset();
    return rows;
}

std::vector<BatchRow> ReceiverTable::batches(const std::string& receiver) {
    std::vector<BatchRow> batches;
    Binder(batches_).add(receiver);
    while (batches_->executeStep()) batches.push_back(read_batch(batches_));
    batches_->tryReset();
    return batches;
}

std::optional<BatchRow> ReceiverTable::batch(const std::string& key) {
    std::optional<BatchRow> batch;
    Binder(batch_).add(key);
    if (batch_->executeStep()) batch = read_batch(batch_);
    batch_->tryReset();
    return batch;
}

bool ReceiverTable::is_in_batch(std::int64_t lane, std::int64_t id) {
    Binder(is_in_batch_).add(lane).add(id);
    is_in_batch_->executeStep();
    const bool is = Reader(is_in_batch_).boolean();
    is_in_batch_->tryReset();
    return is;
}

void ReceiverTable::save(const BatchRow& batch) {
    Binder out(save_batch_);
    out.add(batch.key).add(batch.receiver).add(batch.lane).add(batch.first).add(batch.last);
    out.add(batch.rows).add(batch.attempts).add(batch.parts_taken);
    save_batch_->exec();
}

void ReceiverTable::erase_batch(const std::string& key) {
    Binder(erase_batch_).add(key);
    erase_batch_->exec();
}

}  // namespace kaizen::store
