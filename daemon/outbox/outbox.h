#pragma once

// What waits to leave, durable. Rows come in redacted, in the transaction that stores their events, and wait
// in lanes: those of one kind and one workspace, since a request holds no others. They leave in batches,
// which are frozen when they are first taken. Every row is accounted for: enqueued = delivered + pending +
// dead + dropped. Spec "flush". Worker thread.
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
struct BatchRow;
struct LaneRow;
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

    // To be sent now: the oldest batch whose lane is in none of `busy` (keys of batches under way): one that
    // was frozen before, else a new one of at most `limits`. Reads only the rows that it takes, and one. Rows
    // that cannot be sent at all are buried on the way. Nothing: nothing else waits.
    [[nodiscard]] std::optional<Batch> take(const Limits& limits, std::string_view team_id,
                                            const std::vector<std::string>& busy, UnixMs now);
    // All rows were delivered to `receiver`, whose counts grow with them; how many these were. `deduped`: of
    // them it had so many already, as it says.
    std::int64_t acknowledge(const std::string& key, Receiver& receiver, std::int64_t deduped = 0);
    // Two batches with new keys in its place; false: it has but one row.
    bool split(const std::string& key, UnixMs now);
    void bury(const std::string& key, const Obituary& why, UnixMs now);  // all rows of the batch

    [[nodiscard]] Receiver receiver(const std::string& name);
    void save(const Receiver& receiver);

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
    [[nodiscard]] std::optional<Batch> freeze(const store::LaneRow& lane, const Limits& limits,
                                              std::string_view team_id, UnixMs now);
    [[nodiscard]] Batch load(const store::BatchRow& row, const store::LaneRow& lane);
    void bury_row(const store::WaitingRow& row, const Obituary& why, UnixMs now);
    void retry_row(const store::WaitingRow& row, UnixMs now);
    [[nodiscard]] std::optional<store::WaitingRow> find_waiting(std::int64_t id);

    store::Store& store_;
    std::map<std::pair<proto::ingest::Kind, std::string>, std::int64_t> lanes_;  // known ids
    std::optional<std::int64_t> last_id_;
    std::map<std::int64_t, std::int64_t> enqueued_;  // by lane, since write_counts()
    Withheld withheld_;                              // since write_counts()
};

}  // namespace kaizen::outbox
