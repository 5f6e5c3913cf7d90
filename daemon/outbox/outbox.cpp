#include "daemon/outbox/outbox.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "common/id.h"
#include "common/json.h"
#include "daemon/outbox/lane.h"
#include "daemon/outbox/settle.h"
#include "daemon/store/store.h"

namespace kaizen::outbox {
namespace {

using store::Count;
using store::LaneRow;
using store::Transaction;
using store::WaitingRow;

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kRetriedAtOnce = 200;
constexpr std::size_t kSweptAtOnce = 300;
constexpr std::int64_t kDeadLetters = 0;  // in the place of a lane

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
    out.exporter = exporter_of(dead.receiver);
    out.died_at_ms = dead.died_at_ms;
    out.status = dead.status;
    out.code = dead.code;
    out.reason = dead.reason;
    return out;
}

bool is_of(const std::set<std::string>& sessions, const std::string& row) {
    JsonDocument document;
    if (!document.parse(row)) return false;
    const auto hash = find_string(document.root(), "session_id_hash");
    return hash && sessions.contains(std::string(*hash));
}

tl::unexpected<Error> no_such_row(std::int64_t id) {
    return fail(ErrorCode::not_found, fmt::format("no row {} in the outbox", id),
                "kaizenctl outbox and kaizenctl outbox dead list them");
}

}  // namespace

std::int64_t Outbox::lane_of(const redact::RedactedRow& row) {
    const auto [lane, is_new] = lanes_.try_emplace({row.kind(), row.workspace_hash()}, 0);
    if (!is_new) return lane->second;
    const auto made = store_.outbox.lane(static_cast<std::int64_t>(row.kind()), row.workspace_hash());
    if (made.is_new) store_.receivers.add_lane(made.id);
    return lane->second = made.id;
}

std::int64_t Outbox::next_id() {
    if (!last_id_) last_id_ = store_.outbox.count(Count::last_id);
    return ++*last_id_;
}

void Outbox::enqueue(const redact::RedactedRow& row, UnixMs now) {
    const std::int64_t lane = lane_of(row);
    store_.outbox.insert({next_id(), lane, now, row.json(), {}, false});
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
        store_.outbox.add_enqueued(lane, number);
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

void Outbox::use_receivers(const std::vector<std::string>& names) {
    if (names.empty()) return;
    Transaction transaction(store_.database);
    for (const std::string& old : store_.receivers.active()) {
        if (std::find(names.begin(), names.end(), old) != names.end()) continue;
        for (const std::string& name : names) {
            if (name.starts_with(old + '/')) succeed(old, name, now());
        }
        store_.receivers.retire(old);
    }
    for (const std::string& name : names) store_.receivers.activate(name);
    transaction.commit();
}

// Up to the version that sends the signals of OTLP apart, one receiver had them all.
void Outbox::succeed(const std::string& old, const std::string& name, UnixMs now) {
    store_.receivers.copy_cursors(old, name);
    for (store::BatchRow batch : store_.receivers.batches(old)) {
        batch.key = uuid_v7(now);
        batch.receiver = name;
        batch.parts_taken = 0;
        store_.receivers.save(batch);
    }
}

bool Outbox::clear_some() {
    Transaction transaction(store_.database);
    bool more = false;
    for (const LaneRow& lane : store_.outbox.lanes()) {
        more = clear_done(store_, lane.id);
        if (more) break;
    }
    transaction.commit();
    return more;
}

// It waits behind all others: its old place may lie in a batch that was sent without it. Only the one that
// refused it gets it again.
Result<> Outbox::retry_row(const store::DeadRow& dead, UnixMs now) {
    const auto active = store_.receivers.active();
    if (!active.empty() && std::find(active.begin(), active.end(), dead.receiver) == active.end()) {
        return fail(
            ErrorCode::conflict,
            fmt::format("row {} was refused by {}, which is configured no more", dead.row.id,
                        dead.receiver == kIngest ? "the endpoint" : "exporter " + exporter_of(dead.receiver)),
            fmt::format("kaizenctl outbox drop {}", dead.row.id));
    }
    const bool counts = dead.receiver == kIngest;
    store_.outbox.erase_dead(dead.row.id);
    store_.outbox.insert({next_id(), dead.row.lane, now, dead.row.row, dead.receiver, !counts});
    store_.outbox.add_enqueued(dead.row.lane, 1);
    if (counts) store_.outbox.add_waiting(dead.row.lane, 1);
    return {};
}

Result<proto::OutboxChange> Outbox::retry(std::int64_t id, UnixMs now) {
    Transaction transaction(store_.database);
    const auto dead = store_.outbox.dead(id);
    if (!dead) return no_such_row(id);
    if (auto retried = retry_row(*dead, now); !retried) return tl::unexpected(std::move(retried.error()));
    write_counts();
    transaction.commit();
    return proto::OutboxChange{1, 0};
}

Outbox::Retried Outbox::retry_some(std::int64_t after, UnixMs now) {
    Retried retried;
    Transaction transaction(store_.database);
    const auto dead = store_.outbox.dead_after(after, kRetriedAtOnce);
    for (const store::DeadRow& row : dead) retried.rows += retry_row(row, now) ? 1 : 0;
    write_counts();
    transaction.commit();
    if (!dead.empty()) retried.after = dead.back().row.id;
    return retried;
}

void Outbox::drop_dead(const store::DeadRow& dead) {
    store_.outbox.erase_dead(dead.row.id);
    if (dead.receiver == kIngest) store_.outbox.add(Count::dropped, 1);
}

Result<proto::OutboxChange> Outbox::drop(std::int64_t id) {
    Transaction transaction(store_.database);
    if (const auto dead = store_.outbox.dead(id)) {
        drop_dead(*dead);
    } else if (const auto row = find_pending(id)) {
        if (store_.receivers.is_in_batch(row->lane, id))
            return fail(ErrorCode::conflict, fmt::format("row {} is in a batch that is being sent", id),
                        "wait until it is sent, or buried");
        take_out(store_, row->lane, id);
        store_.outbox.add(Count::dropped, 1);
    } else {
        return no_such_row(id);
    }
    transaction.commit();
    return proto::OutboxChange{0, 1};
}

bool Outbox::sweep(Sweep& sweep) {
    if (!sweep.lanes_) {
        sweep.lanes_.emplace();
        for (const LaneRow& lane : store_.outbox.lanes()) sweep.lanes_->push_back(lane.id);
        sweep.lanes_->push_back(kDeadLetters);
    }
    if (sweep.lanes_->empty()) return false;
    Transaction transaction(store_.database);
    sweep.lanes_->back() == kDeadLetters ? sweep_dead(sweep) : sweep_lane(sweep);
    transaction.commit();
    return true;
}

void Outbox::sweep_lane(Sweep& sweep) {
    const std::int64_t lane = sweep.lanes_->back();
    std::vector<WaitingRow> rows;
    store_.outbox.each(lane, sweep.after_, kToTheEnd, [&](WaitingRow row) {
        rows.push_back(std::move(row));
        return rows.size() < kSweptAtOnce;
    });
    for (const WaitingRow& row : rows) {
        sweep.after_ = row.id;
        if (!is_of(sweep.sessions_, row.row)) continue;
        if (store_.receivers.is_in_batch(lane, row.id)) {
            ++sweep.leaving_;
            continue;
        }
        take_out(store_, lane, row.id);
        if (!row.settled) store_.outbox.add(Count::dropped, 1);
        ++sweep.dropped_;
    }
    if (rows.size() == kSweptAtOnce) return;
    sweep.lanes_->pop_back();
    sweep.after_ = 0;
}

void Outbox::sweep_dead(Sweep& sweep) {
    const auto rows = store_.outbox.dead_after(sweep.after_, kSweptAtOnce);
    for (const store::DeadRow& dead : rows) {
        sweep.after_ = dead.row.id;
        if (!is_of(sweep.sessions_, dead.row.row)) continue;
        drop_dead(dead);
        ++sweep.dropped_;
    }
    if (rows.size() == kSweptAtOnce) return;
    sweep.lanes_->pop_back();
    sweep.after_ = 0;
}

bool Outbox::expire(UnixMs before) {
    Transaction transaction(store_.database);
    const auto rows = store_.outbox.dead_before(before, kSweptAtOnce);
    for (const store::DeadRow& dead : rows) drop_dead(dead);
    transaction.commit();
    return !rows.empty();
}

// Rows that are counted as pending, oldest first, until `take` returns false.
template <class Take>
void Outbox::each_pending(std::int64_t lane, std::int64_t after, Take&& take) {
    store_.outbox.each(lane, std::max(after, store_.outbox.settled(lane)), kToTheEnd,
                       [&](const WaitingRow& row) { return row.settled || take(row); });
}

std::optional<WaitingRow> Outbox::find_pending(std::int64_t id) {
    for (const LaneRow& lane : store_.outbox.lanes()) {
        auto row = store_.outbox.find(lane.id, id);
        if (row && !row->settled) return row;
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
        each_pending(lane.id, 0, [&](const WaitingRow& row) {
            summary.oldest_at = std::min(summary.oldest_at.value_or(row.at_ms), row.at_ms);
            return false;
        });
    }
    summary.balance.enqueued = store_.outbox.count(Count::enqueued);
    summary.balance.delivered = store_.outbox.count(Count::delivered);
    summary.balance.dead = store_.outbox.dead_count(kIngest);
    summary.balance.dropped = store_.outbox.count(Count::dropped);
    summary.withheld = {store_.outbox.count(Count::refused), store_.outbox.count(Count::excluded),
                        store_.outbox.count(Count::sampled_out)};
    return summary;
}

// The first rows of each lane, of which the oldest are kept: no index over all lanes is worth its writes.
proto::OutboxPage Outbox::pending(std::int64_t after, std::int64_t limit) {
    const auto most = static_cast<std::size_t>(limit);
    const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
    proto::OutboxPage page;
    for (const LaneRow& lane : store_.outbox.lanes()) {
        const std::size_t before = page.rows.size();
        const std::int64_t newest = before == most ? page.rows.back().id : kToTheEnd;
        each_pending(lane.id, after, [&](const WaitingRow& row) {
            if (row.id > newest) return false;
            page.rows.push_back(describe(row, lane));
            return page.rows.size() - before < most;
        });
        std::inplace_merge(page.rows.begin(), page.rows.begin() + static_cast<std::ptrdiff_t>(before),
                           page.rows.end(), by_id);
        if (page.rows.size() > most) page.rows.resize(most);
    }
    if (page.rows.size() == most) page.next = page.rows.back().id;
    return page;
}

proto::OutboxPage Outbox::dead(std::int64_t after, std::int64_t limit) {
    const auto lanes = lanes_by_id(store_);
    proto::OutboxPage page;
    for (const store::DeadRow& dead : store_.outbox.dead_after(after, limit))
        page.rows.push_back(describe(dead, lanes.at(dead.row.lane)));
    if (page.rows.size() == static_cast<std::size_t>(limit)) page.next = page.rows.back().id;
    return page;
}

Result<proto::OutboxRow> Outbox::row(std::int64_t id) {
    const auto lanes = lanes_by_id(store_);
    if (const auto dead = store_.outbox.dead(id)) return describe(*dead, lanes.at(dead->row.lane));
    if (const auto row = find_pending(id)) return describe(*row, lanes.at(row->lane));
    return no_such_row(id);
}

}  // namespace kaizen::outbox
