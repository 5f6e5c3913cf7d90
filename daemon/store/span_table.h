#pragma once

// One row per tool call: the span from the call to its result. Worker thread.

#include <optional>
#include <string>
#include <vector>

#include "daemon/session/tool_spans.h"
#include "daemon/store/statement.h"

namespace kaizen::store {

struct ToolTotals {
    std::string tool;
    std::int64_t calls = 0;
    std::int64_t errors = 0;
    std::int64_t orphaned = 0;
    std::int64_t open = 0;
    std::vector<std::int64_t> lead_ms;  // sorted; of those that have one
};

struct SpanRow {
    session::ToolSpan span;
    Outgoing outgoing = Outgoing::kept;  // as it is now
};

class SpanTable {
  public:
    explicit SpanTable(Database& database);

    void save(std::int64_t session, const session::ToolSpan& span, Outgoing outgoing);  // inserts or updates
    [[nodiscard]] std::optional<SpanRow> find(std::int64_t session, const std::string& call_id);
    // Every open span of the session; `outgoing` is of those that no other session's file holds, too.
    void orphan_open(std::int64_t session, Outgoing outgoing);
    [[nodiscard]] std::vector<session::ToolSpan> open_of(std::int64_t session);      // of these
    [[nodiscard]] bool is_copied(std::int64_t session, const std::string& call_id);  // none of these
    void erase(std::int64_t session);                                                // all of the session
    void mark_enqueued(std::int64_t session, const std::string& call_id);

    [[nodiscard]] std::int64_t ended_of(std::int64_t session);  // how many

    [[nodiscard]] std::vector<ToolTotals> totals(std::int64_t session);  // most calls first
    [[nodiscard]] std::vector<std::string> paths(std::int64_t session,
                                                 std::size_t limit);  // latest call first, each once
    [[nodiscard]] std::int64_t count();

  private:
    Statement save_;
    Statement find_;
    Statement orphan_;
    Statement open_;
    Statement is_copied_;
    Statement erase_;
    Statement mark_enqueued_;
    Statement ended_;
    Statement totals_;
    Statement paths_;
    Statement count_;
};

}  // namespace kaizen::store
