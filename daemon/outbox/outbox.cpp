#include "daemon/outbox/outbox.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "common/id.h"
#include "common/json.h"
#include "daemon/store/store.h"

namespace kaizen::outbox {
namespace {

using proto::ingest::Kind;
using store::BatchRow;
using store::Count;
using store::LaneRow;
using store::Transaction;
using store::WaitingRow;

constexpr std::int64_t kKinds = 4;
constexpr std::int64_t kRetriedAtOnce = 1000;

bool is_known(const LaneRow& lane) { return lane.kind >= 0 && lane.kind < kKinds; }
Kind kind_of(const LaneRow& lane) { return static_cast<Kind>(lane.kind); }

std::string name_of(const LaneRow& lane) {
    return is_known(lane) ? std::string(proto::ingest::name_of(kind_of(lane)))
                          : fmt::format("kind {}", lane.kind);
}

std::map<std::int64_t, LaneRow> by_id(std::vector<LaneRow> lanes) {
    std::map<std::int64_t, LaneRow> map;
    for (LaneRow& lane : lanes) map.emplace(lane.id, std::move(lane));
    return map;
}

proto::OutboxRow describe(const WaitingRow& row, const LaneRow& lane) {
    proto::OutboxRow out;
    out.id = row.id;
    out.state = "pending";
    out.kind = name_of(lane);
    out.workspace_hash = lane.workspace_hash;
    out.enqueued_at_ms = row.at_ms;
    out.bytes = static_cast<std::int64_t>(row.row.size());
    out.row = row.row;
    return out;
}

proto::OutboxRow describe(const store::DeadRow& dead, const LaneRow& lane) {
    proto::OutboxRow out = describe(dead.row, lane);
    out.state = "dead";
    out.died_at_ms = dead.died_at_ms;
    out.status = dead.status;
    out.code = dead.code;
    out.reason = dead.reason;
    return out;
}

store::ReceiverRow to_row(const Receiver& receiver) {
    return {receiver.name,          receiver.failures,   receiver.not_before,   receiver.paused,
            receiver.pause_title,   receiver.pause_fix,  receiver.body_limit,   receiver.last_success_at,
            receiver.last_error_at, receiver.last_error, receiver.batches_sent, receiver.rows_sent,
            receiver.rows_deduped};
}

Batch batch_of(const LaneRow& lane, std::string key) {
    Batch batch;
    batch.key = std::move(key);
    batch.kind = kind_of(lane);
    batch.workspace_hash = lane.workspace_hash;
    return batch;
}

tl::unexpected<Error> no_such_row(std::int64_t id) {
    return fail(ErrorCode::not_found, fmt::format("no row {} in the outbox", id),
                "kaizenctl outbox and kaizenctl outbox dead list them");
}

}  // namespace

std::int64_t Outbox::lane_of(const redact::RedactedRow& row) {
    const auto [lane, is_new] = lanes_.try_emplace({row.kind(), row.workspace_hash()}, 0);
    if (is_new)
        lane->second = store_.outbox.lane(static_cast<std::int64_t>(row.kind()), row.workspace_hash());
    return lane->second;
}

std::int64_t Outbox::next_id() {
    if (!last_id_) last_id_ = store_.outbox.count(Count::last_id);
    return ++*last_id_;
}

void Outbox::enqueue(const redact::RedactedRow& row, UnixMs now) {
    const std::int64_t lane = lane_of(row);
    store_.outbox.insert({next_id(), lane, now, row.json()});
    ++enqueued_[lane];
}

void Outbox::withhold(const Withheld& rows) {
    withheld_.refused += rows.refused;
    withheld_.excluded += rows.excluded;
    withheld_.sampled_out += rows.sampled_out;
}

std::int64_t Outbox::write_counts() {
    const auto add = [&](Count which, std::int64_t number) {
        if (number != 0) store_.outbox.add(which, number);
    };
    std::int64_t rows = 0;
    for (const auto& [lane, number] : enqueued_) {
        store_.outbox.add_waiting(lane, number);
        rows += number;
    }
    add(Count::enqueued, rows);
    add(Count::last_id, last_id_ ? *last_id_ - store_.outbox.count(Count::last_id) : 0);
    add(Count::refused, withheld_.refused);
    add(Count::excluded, withheld_.excluded);
    add(Count::sampled_out, withheld_.sampled_out);
    enqueued_.clear();
    withheld_ = {};
    last_id_.reset();
    return rows;
}

void Outbox::forget() {
    lanes_.clear();
    enqueued_.clear();
    withheld_ = {};
    last_id_.reset();
}

std::optional<Batch> Outbox::take(const Limits& limits, std::string_view team_id,
                                  const std::vector<std::string>& busy, UnixMs now) {
    Transaction transaction(store_.database);
    auto lanes = by_id(store_.outbox.lanes());
    std::optional<Batch> taken;
    for (const BatchRow& batch : store_.outbox.batches()) {
        const bool free = std::find(busy.begin(), busy.end(), batch.key) == busy.end();
        // The first batch of a lane decides about it: order is kept.
        if (free && !taken && lanes.contains(batch.lane)) taken = load(batch, lanes.at(batch.lane));
        lanes.erase(batch.lane);
    }
    std::erase_if(lanes, [](const auto& lane) { return lane.second.waiting == 0; });
    while (!taken && !lanes.empty()) {
        // The one that was served the longest ago.
        const auto lane = std::min_element(lanes.begin(), lanes.end(), [](const auto& a, const auto& b) {
            return a.second.frozen < b.second.frozen;
        });
        taken = freeze(lane->second, limits, team_id, now);
        lanes.erase(lane);
    }
    if (taken) {
        auto row = store_.outbox.batch(taken->key);
        taken->attempts = ++row->attempts;
        store_.outbox.save(*row);
    }
    transaction.commit();
    return taken;
}

std::optional<Batch> Outbox::freeze(const LaneRow& lane, const Limits& limits, std::string_view team_id,
                                    UnixMs now) {
    Batch batch = batch_of(lane, uuid_v7(now));
    std::vector<WaitingRow> unsendable;
    const std::size_t envelope =
        is_known(lane) ? proto::ingest::envelope_bytes(kind_of(lane), team_id, lane.workspace_hash) : 0;
    std::int64_t bytes = static_cast<std::int64_t>(envelope);
    JsonDocument document;
    const auto take_row = [&](WaitingRow row) {
        if (!is_known(lane) || !document.parse(row.row) || !document.root().IsObject()) {
            unsendable.push_back(std::move(row));
            return true;
        }
        const bool first = batch.rows.empty();
        const auto more = static_cast<std::int64_t>(row.row.size()) + (first ? 0 : 1);
        if (!first && bytes + more > limits.body_bytes) return false;
        bytes += more;
        batch.rows.push_back({row.id, std::move(row.row)});
        return static_cast<std::int64_t>(batch.rows.size()) < limits.rows;
    };
    store_.outbox.each(lane.id, lane.frozen, std::numeric_limits<std::int64_t>::max(), take_row);
    for (const WaitingRow& row : unsendable) {
        const bool unknown = !is_known(lane);
        bury_row(row,
                 {std::nullopt, unknown ? "unknown_kind" : "unreadable",
                  unknown ? "this kaizend knows no such kind of rows" : "the row is no JSON object"},
                 now);
    }
    if (batch.rows.empty()) return std::nullopt;
    store_.outbox.save(BatchRow{batch.key, lane.id, batch.rows.front().id, batch.rows.back().id, 0});
    store_.outbox.set_frozen(lane.id, batch.rows.back().id);
    return batch;
}

Batch Outbox::load(const BatchRow& row, const LaneRow& lane) {
    Batch batch = batch_of(lane, row.key);
    store_.outbox.each(row.lane, row.first - 1, row.last, [&](WaitingRow waiting) {
        batch.rows.push_back({waiting.id, std::move(waiting.row)});
        return true;
    });
    return batch;
}

std::int64_t Outbox::acknowledge(const std::string& key, Receiver& receiver, std::int64_t deduped) {
    Transaction transaction(store_.database);
    const auto batch = store_.outbox.batch(key);
    if (!batch) return 0;
    const std::int64_t rows = store_.outbox.erase_range(batch->lane, batch->first, batch->last);
    store_.outbox.add_waiting(batch->lane, -rows);
    store_.outbox.add(Count::delivered, rows);
    store_.outbox.erase_batch(key);
    receiver.rows_sent += rows;
    receiver.rows_deduped += std::clamp<std::int64_t>(deduped, 0, rows);
    ++receiver.batches_sent;
    store_.outbox.save(to_row(receiver));
    transaction.commit();
    return rows;
}

Receiver Outbox::receiver(const std::string& name) {
    const store::ReceiverRow row = store_.outbox.receiver(name);
    return {row.name,         row.failures,   row.not_before_ms,      row.paused,           row.pause_title,
            row.pause_fix,    row.body_limit, row.last_success_at_ms, row.last_error_at_ms, row.last_error,
            row.batches_sent, row.rows_sent,  row.rows_deduped};
}

void Outbox::save(const Receiver& receiver) {
    Transaction transaction(store_.database);
    store_.outbox.save(to_row(receiver));
    transaction.commit();
}

bool Outbox::split(const std::string& key, UnixMs now) {
    Transaction transaction(store_.database);
    const auto batch = store_.outbox.batch(key);
    if (!batch) return false;
    std::vector<std::int64_t> ids;
    store_.outbox.each(batch->lane, batch->first - 1, batch->last, [&](const WaitingRow& row) {
        ids.push_back(row.id);
        return true;
    });
    if (ids.size() < 2) return false;
    const std::size_t middle = ids.size() / 2;
    store_.outbox.erase_batch(key);
    store_.outbox.save(BatchRow{uuid_v7(now), batch->lane, ids.front(), ids[middle - 1], 0});
    store_.outbox.save(BatchRow{uuid_v7(now), batch->lane, ids[middle], ids.back(), 0});
    transaction.commit();
    return true;
}

void Outbox::bury(const std::string& key, const Obituary& why, UnixMs now) {
    Transaction transaction(store_.database);
    const auto batch = store_.outbox.batch(key);
    if (!batch) return;
    std::vector<WaitingRow> rows;
    store_.outbox.each(batch->lane, batch->first - 1, batch->last, [&](WaitingRow row) {
        rows.push_back(std::move(row));
        return true;
    });
    for (const WaitingRow& row : rows) bury_row(row, why, now);
    store_.outbox.erase_batch(key);
    transaction.commit();
}

void Outbox::bury_row(const WaitingRow& row, const Obituary& why, UnixMs now) {
    if (!store_.outbox.erase(row.lane, row.id)) return;
    store_.outbox.add_waiting(row.lane, -1);
    store_.outbox.bury({row, now, why.status, why.code, why.reason});
}

// It waits behind all others: its old place may lie in a batch that was sent without it.
void Outbox::retry_row(const WaitingRow& row, UnixMs now) {
    store_.outbox.erase_dead(row.id);
    store_.outbox.insert({next_id(), row.lane, now, row.row});
    store_.outbox.add_waiting(row.lane, 1);
}

Result<proto::OutboxChange> Outbox::retry(std::int64_t id, UnixMs now) {
    Transaction transaction(store_.database);
    const auto dead = store_.outbox.dead(id);
    if (!dead) return no_such_row(id);
    retry_row(dead->row, now);
    write_counts();
    transaction.commit();
    return proto::OutboxChange{1, 0};
}

proto::OutboxChange Outbox::retry_all(UnixMs now) {
    proto::OutboxChange change;
    while (true) {
        Transaction transaction(store_.database);
        const auto dead = store_.outbox.dead_after(0, kRetriedAtOnce);
        for (const store::DeadRow& row : dead) retry_row(row.row, now);
        write_counts();
        transaction.commit();
        change.retried += static_cast<std::int64_t>(dead.size());
        if (dead.empty()) return change;
    }
}

Result<proto::OutboxChange> Outbox::drop(std::int64_t id) {
    Transaction transaction(store_.database);
    if (const auto dead = store_.outbox.dead(id)) {
        store_.outbox.erase_dead(id);
    } else if (const auto row = find_waiting(id)) {
        for (const BatchRow& batch : store_.outbox.batches()) {
            if (batch.lane == row->lane && batch.first <= id && id <= batch.last)
                return fail(ErrorCode::conflict, fmt::format("row {} is in a batch that is being sent", id),
                            "wait until it is sent, or buried");
        }
        static_cast<void>(store_.outbox.erase(row->lane, id));
        store_.outbox.add_waiting(row->lane, -1);
    } else {
        return no_such_row(id);
    }
    store_.outbox.add(Count::dropped, 1);
    transaction.commit();
    return proto::OutboxChange{0, 1};
}

std::optional<WaitingRow> Outbox::find_waiting(std::int64_t id) {
    for (const LaneRow& lane : store_.outbox.lanes()) {
        if (auto row = store_.outbox.find(lane.id, id)) return row;
    }
    return std::nullopt;
}

Summary Outbox::summary() {
    Summary summary;
    summary.pending.resize(kKinds);
    for (const LaneRow& lane : store_.outbox.lanes()) {
        summary.balance.pending += lane.waiting;
        if (lane.waiting == 0) continue;
        if (is_known(lane)) summary.pending[static_cast<std::size_t>(lane.kind)] += lane.waiting;
        store_.outbox.each(lane.id, 0, std::numeric_limits<std::int64_t>::max(), [&](const WaitingRow& row) {
            summary.oldest_at = std::min(summary.oldest_at.value_or(row.at_ms), row.at_ms);
            return false;
        });
    }
    summary.balance.enqueued = store_.outbox.count(Count::enqueued);
    summary.balance.delivered = store_.outbox.count(Count::delivered);
    summary.balance.dead = store_.outbox.dead_count();
    summary.balance.dropped = store_.outbox.count(Count::dropped);
    summary.withheld = {store_.outbox.count(Count::refused), store_.outbox.count(Count::excluded),
                        store_.outbox.count(Count::sampled_out)};
    return summary;
}

// The first rows of each lane, of which the oldest are kept: no index over all lanes is worth its writes.
proto::OutboxPage Outbox::pending(std::int64_t after, std::int64_t limit) {
    proto::OutboxPage page;
    for (const LaneRow& lane : store_.outbox.lanes()) {
        std::int64_t rows = 0;
        store_.outbox.each(lane.id, after, std::numeric_limits<std::int64_t>::max(),
                           [&](const WaitingRow& row) {
                               page.rows.push_back(describe(row, lane));
                               return ++rows < limit;
                           });
        std::sort(page.rows.begin(), page.rows.end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
        if (page.rows.size() > static_cast<std::size_t>(limit))
            page.rows.resize(static_cast<std::size_t>(limit));
    }
    if (page.rows.size() == static_cast<std::size_t>(limit)) page.next = page.rows.back().id;
    return page;
}

proto::OutboxPage Outbox::dead(std::int64_t after, std::int64_t limit) {
    const auto lanes = by_id(store_.outbox.lanes());
    proto::OutboxPage page;
    for (const store::DeadRow& dead : store_.outbox.dead_after(after, limit))
        page.rows.push_back(describe(dead, lanes.at(dead.row.lane)));
    if (page.rows.size() == static_cast<std::size_t>(limit)) page.next = page.rows.back().id;
    return page;
}

Result<proto::OutboxRow> Outbox::row(std::int64_t id) {
    const auto lanes = by_id(store_.outbox.lanes());
    if (const auto dead = store_.outbox.dead(id)) return describe(*dead, lanes.at(dead->row.lane));
    if (const auto row = find_waiting(id)) return describe(*row, lanes.at(row->lane));
    return no_such_row(id);
}

}  // namespace kaizen::outbox
