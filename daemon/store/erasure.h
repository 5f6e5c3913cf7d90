#pragma once

// Takes the history of a session out of the database: its events, tool spans and texts. What stays is a row
// without texts, how far its files were read, and what it cost, so that nothing comes back by itself and sums
// stay true. In the caller's transactions. Worker thread.

#include <cstdint>
#include <optional>

#include "daemon/store/session_table.h"
#include "daemon/store/statement.h"

namespace kaizen::store {

class Erasure {
  public:
    explicit Erasure(Database& database);

    // It has no title any more, and no directory but its workspace. (Lists: SessionTable::hide().)
    void begin(std::int64_t session);
    struct Rows {
        std::int64_t events = 0;
        std::int64_t tool_spans = 0;
    };
    // At most `most` of each; none at all: all are gone, and what else was known of it.
    [[nodiscard]] Rows erase_some(std::int64_t session, std::int64_t most);

    // The listed session that follows in order of its last activity, the oldest first.
    [[nodiscard]] std::optional<ListPlace> next_before(ListPlace after, UnixMs until);
    // Likewise of those that were never listed, neither by themselves nor below another: files of nothing but
    // a header. Those that say no time are not among them.
    [[nodiscard]] std::optional<ListPlace> next_hidden_before(ListPlace after, UnixMs until);

  private:
    Statement begin_;
    Statement titles_;
    Statement events_;
    Statement spans_;
    Statement secrets_;
    Statement open_responses_;
    Statement starts_;
    Statement bad_lines_;
    Statement next_before_;
    Statement next_hidden_before_;
};

}  // namespace kaizen::store
