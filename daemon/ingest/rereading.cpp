#include "daemon/ingest/rereading.h"

#include <algorithm>
#include <chrono>

#include "common/log.h"

namespace kaizen::ingest {

Rereading::Rereading(store::Store& store, Ingest& ingest)
    : store_(store), ingest_(ingest), row_(store.rereading.load()) {
    if (row_.rules < kRules) {
        store::Transaction transaction(store_.database);
        store_.rereading.begin(kRules);
        transaction.commit();
        row_ = store_.rereading.load();
    }
    if (row_.done()) return;
    waiting_ = store.rereading.waiting(row_);
    std::reverse(waiting_.begin(), waiting_.end());
    log::info("sessions are read again, by newer rules", "sessions={}", waiting_.size());
}

bool Rereading::step(UnixMs now) {
    constexpr std::chrono::milliseconds kTime{20};
    if (!ingest_.history_is_complete()) return false;
    const auto until = std::chrono::steady_clock::now() + kTime;
    while (!row_.done() && std::chrono::steady_clock::now() < until) {
        if (!waiting_.empty()) {
            const Again again = ingest_.read_again(waiting_.back().session, now);
            if (again == Again::interrupted) break;
            ++(again == Again::read ? row_.read : row_.left_alone);
            row_.last = waiting_.back();
            waiting_.pop_back();
        }
        if (waiting_.empty()) row_.until = 0;
        store::Transaction transaction(store_.database);
        store_.rereading.save(row_);
        transaction.commit();
        if (row_.done())
            log::info("sessions were read again, by newer rules", "read={} left_alone={}", row_.read,
                      row_.left_alone);
    }
    return !row_.done();
}

}  // namespace kaizen::ingest
