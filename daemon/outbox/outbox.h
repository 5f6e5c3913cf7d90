#pragma once

// What waits to leave, durable. Rows come in redacted, in the transaction that stores their events, and wait
// in lanes: those of one kind and one workspace, since a request holds no others. Each receiver takes them
// from there at its own pace (queue.h). Every row is accounted for: enqueued = delivered + pending + dead +
// dropped. Spec "flush". Worker thread.
//
// This header names nothing but rows that may leave: flush and export include it
// (tests/lint/unredacted_test).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "daemon/outbox/batch.h"
#include "daemon/redact/redacted_row.h"
#include "proto/control.h"

namespace kaizen::store {
struct Store;
struct DeadRow;
struct WaitingRow;
}  // namespace kaizen::store

namespace kaizen::outbox {

class Outbox {
  public:
    explicit Outbox(store::Store& store) : store_(store) {}

    // In the transaction of the caller, who calls write_counts() before its end, or forget() after a
    // rollback.
    void enqueue(const redact::RedactedRow& row, UnixMs now);
    void withhold(const Withheld& rows);  // counts them
    std::int64_t write_counts();          // how many rows came in since the last time
    void forget();

    // Each of these is a transaction of its own.

    // Who rows leave to from now on. One that is new begins with what waits; of one that is gone nothing is
    // kept. Nobody at all: nothing changes, what waits is kept for those that there were.
    void use_receivers(const std::vector<std::string>& names);

    // What people do.
    [[nodiscard]] Result<proto::OutboxChange> retry(std::int64_t id, UnixMs now);
    [[nodiscard]] proto::OutboxChange retry_all(UnixMs now);
    [[nodiscard]] Result<proto::OutboxChange> drop(std::int64_t id);

    // Questions.
    [[nodiscard]] Summary summary();
    [[nodiscard]] proto::OutboxPage pending(std::int64_t after, std::int64_t limit);
    [[nodiscard]] proto::OutboxPage dead(std::int64_t after, std::int64_t limit);
    [[nodiscard]] Result<proto::OutboxRow> row(std::int64_t id);

  private:
    [[nodiscard]] std::int64_t lane_of(const redact::RedactedRow& row);
    [[nodiscard]] std::int64_t next_id();
    [[nodiscard]] Result<> retry_row(const store::DeadRow& dead, UnixMs now);
    [[nodiscard]] std::optional<store::WaitingRow> find_pending(std::int64_t id);
    template <class Take>
    void each_pending(std::int64_t lane, std::int64_t after, Take&& take);

    store::Store& store_;
    std::map<std::pair<proto::ingest::Kind, std::string>, std::int64_t> lanes_;  // known ids
    std::optional<std::int64_t> last_id_;
    std::map<std::int64_t, std::int64_t> enqueued_;  // by lane, since write_counts()
    Withheld withheld_;                              // since write_counts()
};

}  // namespace kaizen::outbox
