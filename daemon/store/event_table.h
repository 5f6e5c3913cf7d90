#pragma once

// One row per event, in the order they were stored. Worker thread.

#include <optional>
#include <string>
#include <vector>

#include "daemon/parse/event.h"
#include "daemon/store/database.h"

namespace kaizen::store {

struct EventRow {
    std::int64_t id = 0;
    std::int64_t seq = 0;
    std::int64_t session = 0;  // key
    std::string session_id;
    std::string agent;
    parse::Event event;
    Outgoing outgoing = Outgoing::kept;
};

struct EventFilter {
    std::int64_t session = 0;  // key; 0: all
    std::string agent;         // empty: all
    std::int64_t after = 0;    // ids above
    std::int64_t limit = 100;
};

class EventTable {
  public:
    explicit EventTable(Database& database);

    // False, and nothing stored, when the session has an event with this uid already.
    [[nodiscard]] bool insert(std::int64_t session, std::int64_t seq, const parse::Event& event,
                              Outgoing outgoing);
    void mark_enqueued(std::int64_t id);

    // The ordinal of the event with this uid in a session.
    [[nodiscard]] std::optional<std::int64_t> seq_of(std::int64_t session, std::uint64_t uid);

    // How many prompts of the session have this time or an earlier one.
    [[nodiscard]] std::int64_t prompts_until(std::int64_t session, UnixMs at);

    [[nodiscard]] std::vector<EventRow> list(const EventFilter& filter);  // oldest first
    [[nodiscard]] std::vector<EventRow> last(
        const EventFilter& filter);        // the last `limit` (ignores after), oldest first
    [[nodiscard]] std::int64_t last_id();  // 0: none

  private:
    [[nodiscard]] std::vector<EventRow> run(SQLite::Statement& statement, const EventFilter& filter);

    SQLite::Statement insert_;
    SQLite::Statement mark_enqueued_;
    SQLite::Statement seq_of_;
    SQLite::Statement prompts_until_;
    SQLite::Statement list_;
    SQLite::Statement list_session_;
    SQLite::Statement last_;
    SQLite::Statement last_session_;
    SQLite::Statement last_id_;
};

}  // namespace kaizen::store
