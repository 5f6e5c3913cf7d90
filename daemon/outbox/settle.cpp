#include "daemon/outbox/settle.h"

#include "daemon/store/store.h"

namespace kaizen::outbox {
namespace {

using store::Count;

// Of a receiver that was far behind and is gone, many thousands may be done at once.
constexpr std::int64_t kAtOnce = 2'000;

void count_delivered(store::Store& store, std::int64_t lane, std::int64_t rows) {
    if (rows == 0) return;
    store.outbox.add_waiting(lane, -rows);
    store.outbox.add(Count::delivered, rows);
}

}  // namespace

bool clear_done(store::Store& store, std::int64_t lane) {
    const std::int64_t done = store.receivers.done_by_all(lane);
    const std::int64_t last = store.outbox.last_of(lane, 0, done, kAtOnce);
    count_delivered(store, lane, store.outbox.unsettled_until(lane, last));
    store.outbox.erase_until(lane, last);
    store.outbox.set_settled(lane, last);
    return last < done;
}

bool settle_done(store::Store& store, const std::string& receiver, std::int64_t lane) {
    const std::int64_t done = store.receivers.done_by(receiver, lane);
    const std::int64_t settled = store.outbox.settled(lane);
    if (done <= settled) return false;
    const std::int64_t last = store.outbox.last_of(lane, settled, done, kAtOnce);
    count_delivered(store, lane, store.outbox.settle(lane, settled, last));
    store.outbox.set_settled(lane, last);
    return last < done;
}

void bury_for_endpoint(store::Store& store, const store::WaitingRow& row, const Obituary& why, UnixMs now) {
    if (store.outbox.settle(row.lane, row.id - 1, row.id) == 0) return;
    store.outbox.add_waiting(row.lane, -1);
    store.outbox.bury({row, kIngest, now, why.status, why.code, why.reason});
}

void bury_for_exporter(store::Store& store, const std::string& receiver, const store::WaitingRow& row,
                       const Obituary& why, UnixMs now) {
    store.outbox.add(Count::last_id, 1);
    store::WaitingRow copy = row;
    copy.id = store.outbox.count(Count::last_id);
    store.outbox.bury({copy, receiver, now, why.status, why.code, why.reason});
}

void take_out(store::Store& store, std::int64_t lane, std::int64_t id) {
    store.outbox.add_waiting(lane, -store.outbox.settle(lane, id - 1, id));
    if (!store.outbox.erase(lane, id)) return;
    store.outbox.add_enqueued(lane, -1);
    store.receivers.uncount(lane, id);
}

}  // namespace kaizen::outbox
