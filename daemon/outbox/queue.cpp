#include "daemon/outbox/queue.h"

#include <algorithm>
#include <limits>
#include <map>

#include "common/id.h"
#include "common/json.h"
#include "daemon/outbox/lane.h"
#include "daemon/outbox/settle.h"
#include "daemon/store/store.h"

namespace kaizen::outbox {
namespace {

using store::BatchRow;
using store::CursorRow;
using store::LaneRow;
using store::Transaction;
using store::WaitingRow;

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();

bool is_among(const std::vector<std::string>& keys, const std::string& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

store::ReceiverRow to_row(const Receiver& receiver) {
    return {receiver.name,          receiver.failures,     receiver.not_before,   receiver.paused,
            receiver.pause_title,   receiver.pause_fix,    receiver.body_limit,   receiver.last_success_at,
            receiver.last_error_at, receiver.last_error,   receiver.batches_sent, receiver.rows_sent,
            receiver.rows_deduped,  receiver.rows_dropped, receiver.last_drop_at, receiver.items_rejected};
}

Batch batch_of(const LaneRow& lane, std::string key, std::string_view team_id) {
    Batch batch;
    batch.key = std::move(key);
    batch.kind = kind_of(lane);
    batch.workspace_hash = lane.workspace_hash;
    batch.body_bytes =
        static_cast<std::int64_t>(proto::ingest::envelope_bytes(batch.kind, team_id, lane.workspace_hash));
    return batch;
}

// With the comma before it.
std::int64_t bytes_in(const Batch& batch, const std::string& row) {
    return static_cast<std::int64_t>(row.size()) + (batch.rows.empty() ? 0 : 1);
}

void add_row(Batch& batch, WaitingRow row) {
    batch.body_bytes += bytes_in(batch, row.row);
    batch.rows.push_back({row.id, std::move(row.row)});
}

// How a lane is gone through once.
struct Freezing {
    Batch batch;
    std::vector<WaitingRow> unsendable;
    std::int64_t first = 0;   // row that was looked at; 0: none
    std::int64_t last = 0;    // likewise
    std::int64_t passed = 0;  // rows that are this receiver's no more
};

}  // namespace

bool Queue::is_for_me(const WaitingRow& row) const {
    return row.only_for.empty() || row.only_for == receiver_;
}

bool Queue::settle_some() {
    if (!decides_) return false;
    Transaction transaction(store_.database);
    bool more = false;
    for (const CursorRow& cursor : store_.receivers.cursors(receiver_)) {
        more = settle_done(store_, receiver_, cursor.lane);
        if (more) break;
    }
    transaction.commit();
    return more;
}

std::optional<Batch> Queue::take(const Limits& limits, std::string_view team_id,
                                 const std::vector<std::string>& busy, UnixMs now) {
    Transaction transaction(store_.database);
    const auto lanes = lanes_by_id(store_);
    std::map<std::int64_t, CursorRow> cursors;
    for (const CursorRow& cursor : store_.receivers.cursors(receiver_)) cursors.emplace(cursor.lane, cursor);
    std::optional<Batch> taken;
    for (const BatchRow& batch : store_.receivers.batches(receiver_)) {
        // The first batch of a lane decides about it: order is kept.
        const bool first = cursors.erase(batch.lane) == 1;
        if (first && !taken && !is_among(busy, batch.key)) taken = load(batch, lanes.at(batch.lane), team_id);
    }
    std::erase_if(cursors, [](const auto& cursor) { return cursor.second.waiting == 0; });
    while (!taken && !cursors.empty()) {
        // The one that was served the longest ago.
        const auto next = std::min_element(cursors.begin(), cursors.end(), [](const auto& a, const auto& b) {
            return a.second.frozen < b.second.frozen;
        });
        taken = freeze(lanes.at(next->first), next->second, limits, team_id, now);
        cursors.erase(next);
    }
    if (taken) {
        auto row = store_.receivers.batch(taken->key);
        taken->told = store_.receivers.told(receiver_, row->lane);
        taken->attempts = ++row->attempts;
        store_.receivers.save(*row);
    }
    transaction.commit();
    return taken;
}

std::optional<Batch> Queue::freeze(const LaneRow& lane, const CursorRow& cursor, const Limits& limits,
                                   std::string_view team_id, UnixMs now) {
    Freezing freezing{batch_of(lane, uuid_v7(now), team_id), {}, 0, cursor.frozen, 0};
    Batch& batch = freezing.batch;
    JsonDocument document;
    const auto take_row = [&](WaitingRow row) {
        const bool mine = is_for_me(row);
        if (mine && (!is_known(lane) || !document.parse(row.row) || !document.root().IsObject())) {
            freezing.last = row.id;
            freezing.unsendable.push_back(std::move(row));
            return true;
        }
        if (mine && !batch.rows.empty() && batch.body_bytes + bytes_in(batch, row.row) > limits.body_bytes)
            return false;
        if (freezing.first == 0) freezing.first = row.id;
        freezing.last = row.id;
        ++freezing.passed;
        if (mine) add_row(batch, std::move(row));
        return static_cast<std::int64_t>(batch.rows.size()) < limits.rows;
    };
    store_.outbox.each(lane.id, cursor.frozen, kToTheEnd, take_row);
    for (const WaitingRow& row : freezing.unsendable) {
        const bool unknown = !is_known(lane);
        const Obituary why{std::nullopt, unknown ? "unknown_kind" : "unreadable",
                           unknown ? "this kaizend knows no such kind of rows" : "the row is no JSON object"};
        if (row.settled)
            bury_for_exporter(store_, receiver_, row, why, now);
        else
            bury_for_endpoint(store_, row, why, now);
        take_out(store_, lane.id, row.id);
    }
    store_.receivers.advance(receiver_, lane.id, freezing.last, freezing.passed);
    if (batch.rows.empty()) {
        settle(lane.id);
        return std::nullopt;
    }
    // With the rows before it that are others': they are done when the batch is.
    store_.receivers.save(BatchRow{batch.key, receiver_, lane.id, freezing.first, batch.rows.back().id,
                                   static_cast<std::int64_t>(batch.rows.size()), 0, 0});
    return std::move(batch);
}

std::vector<WaitingRow> Queue::rows_of(const BatchRow& batch) {
    std::vector<WaitingRow> rows;
    store_.outbox.each(batch.lane, batch.first - 1, batch.last, [&](WaitingRow row) {
        if (is_for_me(row)) rows.push_back(std::move(row));
        return true;
    });
    return rows;
}

Batch Queue::load(const BatchRow& row, const LaneRow& lane, std::string_view team_id) {
    Batch batch = batch_of(lane, row.key, team_id);
    batch.parts_taken = row.parts_taken;
    for (WaitingRow& waiting : rows_of(row)) add_row(batch, std::move(waiting));
    return batch;
}

void Queue::take_part(const std::string& key, std::int64_t part) {
    Transaction transaction(store_.database);
    auto batch = store_.receivers.batch(key);
    if (!batch) return;
    batch->parts_taken |= std::int64_t{1} << part;
    store_.receivers.save(*batch);
    transaction.commit();
}

void Queue::settle(std::int64_t lane) {
    clear_done(store_, lane);
    if (decides_) settle_done(store_, receiver_, lane);
}

std::int64_t Queue::acknowledge(const std::string& key, Receiver& receiver, std::int64_t deduped,
                                const std::vector<Unfit>& unfit, UnixMs now, const std::string& told) {
    Transaction transaction(store_.database);
    const auto batch = store_.receivers.batch(key);
    if (!batch) return 0;
    for (const Unfit& each : unfit) {
        if (const auto row = store_.outbox.find(batch->lane, each.row))
            bury_row(*row, {std::nullopt, "unfit", each.reason}, now);
    }
    store_.receivers.erase_batch(key);
    if (!told.empty()) store_.receivers.note_told(receiver_, batch->lane, told);
    settle(batch->lane);
    const std::int64_t rows = batch->rows - static_cast<std::int64_t>(unfit.size());
    receiver.rows_sent += rows;
    receiver.rows_deduped += std::clamp<std::int64_t>(deduped, 0, rows);
    if (rows > 0) ++receiver.batches_sent;
    store_.receivers.save(to_row(receiver));
    transaction.commit();
    return rows;
}

bool Queue::split(const std::string& key, UnixMs now) {
    Transaction transaction(store_.database);
    const auto batch = store_.receivers.batch(key);
    if (!batch) return false;
    const std::vector<WaitingRow> rows = rows_of(*batch);
    if (rows.size() < 2) return false;
    const std::size_t middle = rows.size() / 2;
    BatchRow left = *batch;
    left.key = uuid_v7(now);
    left.last = rows[middle - 1].id;
    left.rows = static_cast<std::int64_t>(middle);
    left.attempts = 0;
    BatchRow right = left;
    right.key = uuid_v7(now);
    right.first = rows[middle].id;
    right.last = batch->last;
    right.rows = static_cast<std::int64_t>(rows.size() - middle);
    store_.receivers.erase_batch(key);
    store_.receivers.save(left);
    store_.receivers.save(right);
    transaction.commit();
    return true;
}

void Queue::bury(const std::string& key, const Obituary& why, UnixMs now) {
    Transaction transaction(store_.database);
    const auto batch = store_.receivers.batch(key);
    if (!batch) return;
    for (const WaitingRow& row : rows_of(*batch)) bury_row(row, why, now);
    store_.receivers.erase_batch(key);
    settle(batch->lane);
    transaction.commit();
}

void Queue::bury_row(const WaitingRow& row, const Obituary& why, UnixMs now) {
    if (is_endpoint())
        bury_for_endpoint(store_, row, why, now);
    else
        bury_for_exporter(store_, receiver_, row, why, now);
}

std::int64_t Queue::dead() { return store_.outbox.dead_count(receiver_); }

std::int64_t Queue::waiting() { return store_.receivers.rows_for(receiver_); }

std::int64_t Queue::backlog(std::int64_t batch_rows) {
    auto batches = static_cast<std::int64_t>(store_.receivers.batches(receiver_).size());
    for (const CursorRow& cursor : store_.receivers.cursors(receiver_))
        batches += (cursor.waiting + batch_rows - 1) / batch_rows;
    return batches;
}

bool Queue::shorten(std::int64_t most, std::int64_t batch_rows, const std::vector<std::string>& busy,
                    UnixMs now) {
    constexpr int kAtOnce = 10;  // batches, so that nobody waits long for the end of the transaction
    if (backlog(batch_rows) <= most) return false;
    Transaction transaction(store_.database);
    std::int64_t dropped = 0;
    bool longer = true;
    for (int i = 0; i < kAtOnce && longer; ++i) {
        const std::int64_t rows = drop_oldest(batch_rows, busy);
        dropped += rows;
        longer = rows > 0 && backlog(batch_rows) > most;
    }
    Receiver mine = receiver();
    mine.rows_dropped += dropped;
    if (dropped > 0) mine.last_drop_at = now;
    store_.receivers.save(to_row(mine));
    transaction.commit();
    return longer;
}

// How many rows; 0: everything is under way.
std::int64_t Queue::drop_oldest(std::int64_t batch_rows, const std::vector<std::string>& busy) {
    std::optional<BatchRow> oldest;
    for (const BatchRow& batch : store_.receivers.batches(receiver_)) {
        if (!oldest && !is_among(busy, batch.key)) oldest = batch;
    }
    if (oldest) {
        store_.receivers.erase_batch(oldest->key);
        settle(oldest->lane);
        return oldest->rows;
    }
    CursorRow lane;
    std::int64_t first = kToTheEnd;
    for (const CursorRow& cursor : store_.receivers.cursors(receiver_)) {
        if (cursor.waiting == 0) continue;
        store_.outbox.each(cursor.lane, cursor.frozen, first - 1, [&](const WaitingRow& row) {
            first = row.id;
            lane = cursor;
            return false;
        });
    }
    std::int64_t rows = 0;
    std::int64_t last = lane.frozen;
    store_.outbox.each(lane.lane, lane.frozen, kToTheEnd, [&](const WaitingRow& row) {
        last = row.id;
        return ++rows < batch_rows;
    });
    store_.receivers.advance(receiver_, lane.lane, last, rows);
    settle(lane.lane);
    return rows;
}

Receiver Queue::receiver() {
    const store::ReceiverRow row = store_.receivers.find(receiver_);
    return {
        row.name,          row.failures,   row.not_before_ms,      row.paused,           row.pause_title,
        row.pause_fix,     row.body_limit, row.last_success_at_ms, row.last_error_at_ms, row.last_error,
        row.batches_sent,  row.rows_sent,  row.rows_deduped,       row.rows_dropped,     row.last_drop_at_ms,
        row.items_rejected};
}

void Queue::save(const Receiver& receiver) {
    Transaction transaction(store_.database);
    store_.receivers.save(to_row(receiver));
    transaction.commit();
}

}  // namespace kaizen::outbox
