#pragma once

// The outbox as one receiver sees it: the endpoint, or an exporter. Each takes the rows of every lane in
// their order and at its own pace, in batches of its own, and is neither held up nor sent anything twice by
// what becomes of a row elsewhere. Each call is a transaction of its own. Spec "flush". Worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "daemon/outbox/batch.h"

namespace kaizen::store {
struct Store;
struct BatchRow;
struct CursorRow;
struct LaneRow;
struct WaitingRow;
}  // namespace kaizen::store

namespace kaizen::outbox {

class Queue {
  public:
    Queue(store::Store& store, std::string receiver) : store_(store), receiver_(std::move(receiver)) {}

    [[nodiscard]] bool is_endpoint() const { return receiver_ == kIngest; }
    // Whether a row counts as delivered once this receiver has it, also while others are behind. What it has
    // already is counted by settle_some(), which says whether there is more.
    void use_decides(bool decides) { decides_ = decides; }
    [[nodiscard]] bool settle_some();

    // To be sent now: the oldest batch whose lane is in none of `busy` (keys of batches under way): one that
    // was frozen before, else a new one of at most `limits`. Reads only the rows that it takes, and one. Rows
    // that cannot be sent at all are buried on the way. Nothing: nothing else waits.
    [[nodiscard]] std::optional<Batch> take(const Limits& limits, std::string_view team_id,
                                            const std::vector<std::string>& busy, UnixMs now);
    // One of the requests that the batch makes was taken: it is not made again, also by its halves.
    void take_part(const std::string& key, std::int64_t part);
    // All rows but those were delivered to `receiver`, whose counts grow with them; how many these were.
    // `deduped`: of them it had so many already, as it says. `told`: of later batches of the lane; empty: as
    // it was.
    std::int64_t acknowledge(const std::string& key, Receiver& receiver, std::int64_t deduped,
                             const std::vector<Unfit>& unfit, UnixMs now, const std::string& told = {});
    // Two batches with new keys in its place; false: it has but one row.
    bool split(const std::string& key, UnixMs now);
    void bury(const std::string& key, const Obituary& why, UnixMs now);  // all rows of the batch

    [[nodiscard]] std::int64_t dead();                            // rows that it refused
    [[nodiscard]] std::int64_t waiting();                         // rows
    [[nodiscard]] std::int64_t backlog(std::int64_t batch_rows);  // in batches, if these are full
    // Gives up some of the oldest while the backlog is longer than `most`; not what is under way. Whether it
    // is still longer, so that more would be given up.
    [[nodiscard]] bool shorten(std::int64_t most, std::int64_t batch_rows,
                               const std::vector<std::string>& busy, UnixMs now);

    [[nodiscard]] Receiver receiver();
    void save(const Receiver& receiver);

  private:
    [[nodiscard]] std::optional<Batch> freeze(const store::LaneRow& lane, const store::CursorRow& cursor,
                                              const Limits& limits, std::string_view team_id, UnixMs now);
    [[nodiscard]] Batch load(const store::BatchRow& row, const store::LaneRow& lane,
                             std::string_view team_id);
    [[nodiscard]] std::vector<store::WaitingRow> rows_of(const store::BatchRow& batch);
    [[nodiscard]] bool is_for_me(const store::WaitingRow& row) const;
    void bury_row(const store::WaitingRow& row, const Obituary& why, UnixMs now);
    void settle(std::int64_t lane);
    [[nodiscard]] std::int64_t drop_oldest(std::int64_t batch_rows, const std::vector<std::string>& busy);

    store::Store& store_;
    std::string receiver_;
    bool decides_ = true;
};

}  // namespace kaizen::outbox
