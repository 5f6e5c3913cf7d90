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
#include <set>
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

    // Who rows leave to from now on. One that is new begins with what waits, but a part of one that is gone
    // ("export/a/logs" of "export/a") where that was; of one that is gone nothing is kept. Nobody at all:
    // nothing changes, what waits is kept for those that there were.
    void use_receivers(const std::vector<std::string>& names);
    // Deletes some of the rows that only one that is gone had not taken. True: there are more.
    [[nodiscard]] bool clear_some();

    // What people do.
    [[nodiscard]] Result<proto::OutboxChange> retry(std::int64_t id, UnixMs now);
    // Some of all that are dead, those behind `after`; where to go on, nothing: these were the last.
    struct Retried {
        std::int64_t rows = 0;
        std::optional<std::int64_t> after;
    };
    [[nodiscard]] Retried retry_some(std::int64_t after, UnixMs now);
    [[nodiscard]] Result<proto::OutboxChange> drop(std::int64_t id);
    // Drops what waits, or died, of some sessions (by the hashes that rows have), a few hundred rows a call.
    class Sweep {
      public:
        explicit Sweep(std::set<std::string> sessions) : sessions_(std::move(sessions)) {}
        [[nodiscard]] std::int64_t dropped() const { return dropped_; }
        [[nodiscard]] std::int64_t leaving() const { return leaving_; }  // are in a batch that is being sent

      private:
        friend class Outbox;
        std::set<std::string> sessions_;
        std::optional<std::vector<std::int64_t>> lanes_;  // still to be looked at
        std::int64_t after_ = 0;
        std::int64_t dropped_ = 0;
        std::int64_t leaving_ = 0;
    };
    [[nodiscard]] bool sweep(Sweep& sweep);  // false: it is done
    // Drops a few hundred of the dead letters that died before a time; false: there are no more.
    [[nodiscard]] bool expire(UnixMs before);

    // Questions.
    [[nodiscard]] Summary summary();
    [[nodiscard]] proto::OutboxPage pending(std::int64_t after, std::int64_t limit);
    [[nodiscard]] proto::OutboxPage dead(std::int64_t after, std::int64_t limit);
    [[nodiscard]] Result<proto::OutboxRow> row(std::int64_t id);

  private:
    [[nodiscard]] std::int64_t lane_of(const redact::RedactedRow& row);
    [[nodiscard]] std::int64_t next_id();
    void succeed(const std::string& old, const std::string& name, UnixMs now);
    void sweep_lane(Sweep& sweep);
    void sweep_dead(Sweep& sweep);
    void drop_dead(const store::DeadRow& dead);
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
