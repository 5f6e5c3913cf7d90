#pragma once

// Rows that wait to leave, by lanes, and those that were buried. Holds JSON texts and knows nothing of what
// they say; what becomes of them is outbox/'s to decide. Worker thread, inside a transaction of the caller's.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/statement.h"

namespace kaizen::store {

struct LaneRow {
    std::int64_t id = 0;
    std::int64_t kind = 0;
    std::string workspace_hash;
    std::int64_t waiting = 0;   // rows that are not settled
    std::int64_t enqueued = 0;  // rows that ever came in, and were not taken out again by a person
    std::int64_t settled = 0;   // rows up to this id are settled
};

struct WaitingRow {
    std::int64_t id = 0;
    std::int64_t lane = 0;
    std::int64_t at_ms = 0;
    std::string row;
    std::string only_for;  // this receiver; empty: for all
    bool settled = false;  // counted already as delivered or dead, or never counted: kept for others
};

struct DeadRow {
    WaitingRow row;
    std::string receiver;  // that refused it
    std::int64_t died_at_ms = 0;
    std::optional<std::int64_t> status;
    std::string code;
    std::string reason;
};

// Numbers that only grow.
enum class Count : std::uint8_t {
    last_id,
    enqueued,
    delivered,
    dropped,
    refused,
    excluded,
    sampled_out,
    kept_before,  // a time: events of before are not enqueued by themselves; 0 but in a rebuilt database
};

class OutboxTable {
  public:
    explicit OutboxTable(Database& database);

    [[nodiscard]] std::vector<LaneRow> lanes();
    // Made when there is none; then receivers have to hear of it (ReceiverTable::add_lane).
    struct LaneId {
        std::int64_t id = 0;
        bool is_new = false;
    };
    [[nodiscard]] LaneId lane(std::int64_t kind, const std::string& workspace_hash);
    void add_waiting(std::int64_t lane, std::int64_t rows);   // may be negative
    void add_enqueued(std::int64_t lane, std::int64_t rows);  // likewise
    void set_settled(std::int64_t lane, std::int64_t id);     // never back
    [[nodiscard]] std::int64_t settled(std::int64_t lane);

    void insert(const WaitingRow& row);
    [[nodiscard]] bool erase(std::int64_t lane, std::int64_t id);  // false: there was none
    // The last of the first `limit` rows of (after, last]; where there are fewer, `last`.
    [[nodiscard]] std::int64_t last_of(std::int64_t lane, std::int64_t after, std::int64_t last,
                                       std::int64_t limit);
    void erase_until(std::int64_t lane, std::int64_t last);
    [[nodiscard]] std::int64_t unsettled_until(std::int64_t lane, std::int64_t last);  // rows
    // Those of (after, last] that are not; how many.
    [[nodiscard]] std::int64_t settle(std::int64_t lane, std::int64_t after, std::int64_t last);
    [[nodiscard]] std::optional<WaitingRow> find(std::int64_t lane, std::int64_t id);
    // Rows of a lane with ids in (after, last], oldest first, until `take` returns false; that row is left.
    template <class Take>
    void each(std::int64_t lane, std::int64_t after, std::int64_t last, Take&& take);

    void bury(const DeadRow& row);
    [[nodiscard]] std::optional<DeadRow> dead(std::int64_t id);
    [[nodiscard]] std::vector<DeadRow> dead_after(std::int64_t id, std::int64_t limit);
    [[nodiscard]] std::vector<DeadRow> dead_before(std::int64_t died_at_ms, std::int64_t limit);
    void erase_dead(std::int64_t id);
    [[nodiscard]] std::int64_t dead_count(const std::string& receiver);

    [[nodiscard]] std::int64_t count(Count which);
    void add(Count which, std::int64_t number);

    [[nodiscard]] std::optional<std::string> secrets(std::int64_t session);
    void save_secrets(std::int64_t session, const std::string& state);
    [[nodiscard]] std::string open_responses(std::int64_t session);  // empty: none
    void save_open_responses(std::int64_t session, const std::string& state);

  private:
    [[nodiscard]] static WaitingRow read_row(Statement& statement);
    [[nodiscard]] static DeadRow read_dead(Statement& statement);

    Statement lanes_;
    Statement make_lane_;
    Statement lane_;
    Statement add_waiting_;
    Statement add_enqueued_;
    Statement set_settled_;
    Statement settled_;
    Statement insert_;
    Statement erase_;
    Statement last_of_;
    Statement erase_until_;
    Statement unsettled_until_;
    Statement settle_;
    Statement find_;
    Statement each_;
    Statement bury_;
    Statement dead_;
    Statement dead_after_;
    Statement dead_before_;
    Statement erase_dead_;
    Statement dead_count_;
    Statement count_;
    Statement add_;
    Statement secrets_;
    Statement save_secrets_;
    Statement open_responses_;
    Statement save_open_responses_;
};

template <class Take>
void OutboxTable::each(std::int64_t lane, std::int64_t after, std::int64_t last, Take&& take) {
    Binder(each_).add(lane).add(after).add(last);
    while (each_->executeStep()) {
        if (!take(read_row(each_))) break;
    }
    each_->tryReset();
}

}  // namespace kaizen::store
