#pragma once

// Those that rows leave to: what is known of each, how far it is in each lane, and the batches that it has
// open. A batch is a range of ids of one lane, so that freezing one touches no row. Worker thread, inside a
// transaction of the caller's.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/statement.h"

namespace kaizen::store {

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
    std::int64_t rows_dropped = 0;
    std::optional<std::int64_t> last_drop_at_ms;
    std::int64_t items_rejected = 0;
};

// How far a receiver is in a lane.
struct CursorRow {
    std::int64_t lane = 0;
    std::int64_t frozen = 0;   // rows up to this id were put into its batches, or passed over
    std::int64_t waiting = 0;  // rows behind it
};

struct BatchRow {
    std::string key;
    std::string receiver;
    std::int64_t lane = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t rows = 0;
    std::int64_t attempts = 0;
    std::int64_t parts_taken = 0;  // bits, of the requests that it makes
};

class ReceiverTable {
  public:
    explicit ReceiverTable(Database& database);

    [[nodiscard]] ReceiverRow find(const std::string& name);  // a new one when it is not known
    void save(const ReceiverRow& receiver);

    [[nodiscard]] std::vector<std::string> active();
    // From now on it is one. In lanes where it was not, it begins with what is not settled.
    void activate(const std::string& name);
    void retire(const std::string& name);  // how far it was is forgotten, and its batches
    void copy_cursors(const std::string& from, const std::string& to);
    void add_lane(std::int64_t lane);  // a new one, for all that are active

    [[nodiscard]] std::vector<CursorRow> cursors(const std::string& receiver);
    [[nodiscard]] std::optional<CursorRow> cursor(const std::string& receiver, std::int64_t lane);
    // Forward, over so many rows.
    void advance(const std::string& receiver, std::int64_t lane, std::int64_t to, std::int64_t rows);
    // outbox::Batch::told; empty: nothing.
    [[nodiscard]] std::string told(const std::string& receiver, std::int64_t lane);
    void note_told(const std::string& receiver, std::int64_t lane, const std::string& told);
    void uncount(std::int64_t lane, std::int64_t id);  // of cursors beyond it: that row is gone
    [[nodiscard]] std::int64_t done_by(const std::string& receiver, std::int64_t lane);  // ids up to that
    [[nodiscard]] std::int64_t done_by_all(std::int64_t lane);
    [[nodiscard]] std::int64_t rows_for(const std::string& receiver);  // that it does not have yet

    [[nodiscard]] std::vector<BatchRow> batches(const std::string& receiver);  // oldest first
    [[nodiscard]] std::optional<BatchRow> batch(const std::string& key);
    [[nodiscard]] bool is_in_batch(std::int64_t lane, std::int64_t id);
    void save(const BatchRow& batch);
    void erase_batch(const std::string& key);

  private:
    [[nodiscard]] static CursorRow read_cursor(Statement& statement);
    [[nodiscard]] static BatchRow read_batch(Statement& statement);

    Statement find_;
    Statement save_;
    Statement active_;
    Statement set_active_;
    Statement begin_;
    Statement copy_cursors_;
    Statement forget_cursors_;
    Statement forget_batches_;
    Statement add_lane_;
    Statement cursors_;
    Statement cursor_;
    Statement advance_;
    Statement told_;
    Statement note_told_;
    Statement uncount_;
    Statement done_by_;
    Statement done_by_all_;
    Statement rows_for_;
    Statement batches_;
    Statement batch_;
    Statement is_in_batch_;
    Statement save_batch_;
    Statement erase_batch_;
};

}  // namespace kaizen::store
