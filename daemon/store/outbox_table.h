#pragma once

// Rows that wait to leave, those that were buried, and the batches that rows are put into. Holds JSON texts
// and knows nothing of what they say; what becomes of them is outbox/'s to decide. Worker thread, inside a
// transaction of the caller's.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/database.h"

namespace kaizen::store {

struct LaneRow {
    std::int64_t id = 0;
    std::int64_t kind = 0;
    std::string workspace_hash;
    std::int64_t waiting = 0;
    std::int64_t frozen = 0;
};

struct WaitingRow {
    std::int64_t id = 0;
    std::int64_t lane = 0;
    std::int64_t at_ms = 0;
    std::string row;
};

struct BatchRow {
    std::string key;
    std::int64_t lane = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t attempts = 0;
};

struct ReceiverRow {
    std::string name;
    std::int64_t failures = 0;
    std::int64_t not_before_ms = 0;
    std::string paused;
    std::string pause_title;
    std::string pause_fix;
    std::int64_t body_limit = 0;
    std::optional<std::int64_t> last_success_at_ms;
    std::optional<std::int64_t> last_error_at_ms;
    std::string last_error;
    std::int64_t batches_sent = 0;
    std::int64_t rows_sent = 0;
    std::int64_t rows_deduped = 0;
};

struct DeadRow {
    WaitingRow row;
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
    [[nodiscard]] std::int64_t lane(std::int64_t kind, const std::string& workspace_hash);  // makes it
    void add_waiting(std::int64_t lane, std::int64_t rows);                                 // may be negative
    void set_frozen(std::int64_t lane, std::int64_t id);

    void insert(const WaitingRow& row);
    [[nodiscard]] bool erase(std::int64_t lane, std::int64_t id);  // false: there was none
    [[nodiscard]] std::int64_t erase_range(std::int64_t lane, std::int64_t first, std::int64_t last);
    [[nodiscard]] std::optional<WaitingRow> find(std::int64_t lane, std::int64_t id);
    // Rows of a lane with ids in (after, last], oldest first, until `take` returns false; that row is left.
    template <class Take>
    void each(std::int64_t lane, std::int64_t after, std::int64_t last, Take&& take);

    [[nodiscard]] std::vector<BatchRow> batches();  // oldest first
    [[nodiscard]] std::optional<BatchRow> batch(const std::string& key);
    void save(const BatchRow& batch);
    void erase_batch(const std::string& key);

    [[nodiscard]] ReceiverRow receiver(const std::string& name);  // a new one when it is not known
    void save(const ReceiverRow& receiver);

    void bury(const DeadRow& row);
    [[nodiscard]] std::optional<DeadRow> dead(std::int64_t id);
    [[nodiscard]] std::vector<DeadRow> dead_after(std::int64_t id, std::int64_t limit);
    void erase_dead(std::int64_t id);
    [[nodiscard]] std::int64_t dead_count();

    [[nodiscard]] std::int64_t count(Count which);
    void add(Count which, std::int64_t number);

    [[nodiscard]] std::optional<std::string> secrets(std::int64_t session);
    void save_secrets(std::int64_t session, const std::string& state);

  private:
    [[nodiscard]] static WaitingRow read_row(SQLite::Statement& statement);
    [[nodiscard]] static BatchRow read_batch(SQLite::Statement& statement);
    [[nodiscard]] static DeadRow read_dead(SQLite::Statement& statement);

    SQLite::Statement lanes_;
    SQLite::Statement make_lane_;
    SQLite::Statement lane_;
    SQLite::Statement add_waiting_;
    SQLite::Statement set_frozen_;
    SQLite::Statement insert_;
    SQLite::Statement erase_;
    SQLite::Statement erase_range_;
    SQLite::Statement find_;
    SQLite::Statement each_;
    SQLite::Statement batches_;
    SQLite::Statement batch_;
    SQLite::Statement save_batch_;
    SQLite::Statement erase_batch_;
    SQLite::Statement receiver_;
    SQLite::Statement save_receiver_;
    SQLite::Statement bury_;
    SQLite::Statement dead_;
    SQLite::Statement dead_after_;
    SQLite::Statement erase_dead_;
    SQLite::Statement dead_count_;
    SQLite::Statement count_;
    SQLite::Statement add_;
    SQLite::Statement secrets_;
    SQLite::Statement save_secrets_;
};

template <class Take>
void OutboxTable::each(std::int64_t lane, std::int64_t after, std::int64_t last, Take&& take) {
    Binder(each_).add(lane).add(after).add(last);
    while (each_.executeStep()) {
        if (!take(read_row(each_))) break;
    }
    each_.reset();
}

}  // namespace kaizen::store
