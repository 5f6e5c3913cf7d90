#pragma once

// One row per event, in the order they were stored: an id is never given twice, also when the event is gone.
// Of the thread that has the connection.

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/parse/event.h"
#include "daemon/store/statement.h"

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
    std::int64_t session = 0;                                       // key; 0: all
    std::string agent;                                              // empty: all
    std::int64_t after = 0;                                         // ids above; of list()
    std::int64_t until = std::numeric_limits<std::int64_t>::max();  // ids not above; of last(), in a session
    std::int64_t limit = 100;
    std::int64_t bytes = std::numeric_limits<std::int64_t>::max();  // of texts: none begins behind these
};

class EventTable {
  public:
    explicit EventTable(Database& database);

    // False, and nothing stored, when the session, one of `agent`, has an event with this uid already. In a
    // transaction whose end is flush(), or forget() after a rollback.
    [[nodiscard]] bool insert(std::int64_t session, const std::string& agent, std::int64_t seq,
                              const parse::Event& event, Outgoing outgoing);
    void flush();
    void forget();

    // Takes all events of a session out, to be stored again at their places, by uid: ids stay what followers
    // have seen, ordinals what was sent.
    struct Place {
        std::int64_t id = 0;
        std::int64_t seq = 0;
        Outgoing outgoing = Outgoing::kept;
        std::optional<UnixMs> at;
    };
    using Places = std::unordered_map<std::uint64_t, Place>;
    [[nodiscard]] Places take_out(std::int64_t session);
    [[nodiscard]] bool insert_at(const Place& place, std::int64_t session, const parse::Event& event);

    void mark_enqueued(std::int64_t id);
    // The sessions, but this one, that hold a prompt with this uid: at most a hundred, those stored first.
    [[nodiscard]] std::vector<std::int64_t> others_with_prompt(std::uint64_t uid, std::int64_t session);
    // Whether prompts of the session that stand behind this one are copies.
    [[nodiscard]] bool has_copied_prompt_after(std::int64_t session, std::uint64_t uid);
    // Marks as copies those events of a session that stand in another one, too, which is the original: all of
    // them, or the one with this uid. Gives to `visit` what of each was counted.
    using VisitCopy = std::function<void(const parse::Event& event)>;
    void mark_copies(std::int64_t session, std::int64_t original, const VisitCopy& visit);
    void mark_copy(std::int64_t session, std::uint64_t uid, const VisitCopy& visit);

    // The ordinal of the event with this uid in a session.
    [[nodiscard]] Outgoing last_outgoing(std::int64_t session);  // of its latest event
    [[nodiscard]] std::optional<std::int64_t> seq_of(std::int64_t session, std::uint64_t uid);

    // How many prompts of the session have this time or an earlier one.
    [[nodiscard]] std::int64_t prompts_until(std::int64_t session, UnixMs at);

    [[nodiscard]] std::vector<EventRow> list(const EventFilter& filter);  // oldest first
    [[nodiscard]] std::vector<EventRow> last(
        const EventFilter& filter);        // the last `limit` (ignores after), oldest first
    [[nodiscard]] std::int64_t last_id();  // 0: none
    [[nodiscard]] std::int64_t forgotten();

  private:
    // Ids that follow each other, of events of one agent.
    struct Run {
        std::string agent;
        std::int64_t first = 0;
        std::int64_t last = 0;
    };
    struct Page {
        const EventFilter& filter;
        std::vector<EventRow> rows;
        std::int64_t bytes;
        [[nodiscard]] bool has_room() const {
            return static_cast<std::int64_t>(rows.size()) < filter.limit && bytes < filter.bytes;
        }
    };
    // Adds those with ids in (after, until].
    static void visit_copies(Statement& statement, const VisitCopy& visit);
    static void read(Statement& statement, Page& page, std::int64_t after, std::int64_t until);
    [[nodiscard]] static std::optional<Run> find(Statement& statement, const std::string& agent,
                                                 std::int64_t id);
    void add_to_run(const std::string& agent, std::int64_t id);
    void write_run();

    Statement insert_;
    Statement mark_enqueued_;
    Statement others_with_prompt_;
    Statement has_copied_prompt_after_;
    Statement places_;
    Statement take_out_;
    Statement not_forgotten_;
    Statement mark_copies_;
    Statement mark_copy_;
    Statement last_outgoing_;
    Statement seq_of_;
    Statement prompts_until_;
    Statement list_;
    Statement list_session_;
    Statement last_;
    Statement last_session_;
    Statement next_run_;
    Statement run_before_;
    Statement last_id_;
    Statement forgotten_;
    Statement extend_run_;
    Statement insert_run_;
    std::optional<std::int64_t> newest_id_;  // that was given; nothing: not asked yet
    Run run_;                                // not written yet; first 0: there is none
};

}  // namespace kaizen::store
