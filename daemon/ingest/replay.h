#pragma once

// A stored session once more, event by event, with what was known when each was written: for rows that leave
// later (backfill) or only might (preview). Of the thread that has the store.

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/ingest/responses.h"
#include "daemon/session/open_responses.h"
#include "daemon/session/tool_spans.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {

class Replay {
  public:
    Replay(store::Store& store, Responses& responses, const session::PriceTable& prices,
           std::int64_t session);

    struct Step {
        store::EventRow row;
        std::optional<store::SpanRow> span;  // that the event is part of
        std::vector<store::SpanRow> ended;   // with this event
        session::Growth used;
        std::int64_t turn = 0;
        std::optional<session::EndedTurn> ended_turn;  // with this event
        session::OpenResponses::Told responses;        // likewise
        std::optional<UnixMs> last_activity;           // up to here
    };

    // Nothing: there are no more events.
    [[nodiscard]] std::optional<Step> next();
    // Behind all of them, once: the end of a turn that nothing in the file tells of, where the session is
    // over, or it was told of.
    [[nodiscard]] std::optional<Step> closing();
    [[nodiscard]] const session::OpenResponses& open_responses() const { return open_responses_; }

  private:
    [[nodiscard]] bool read_page();
    void add_spans(Step& step);

    store::Store& store_;
    Responses& responses_;
    const session::PriceTable& prices_;
    std::int64_t session_;
    std::int64_t scope_;  // see Responses::of
    std::int64_t after_ = 0;
    std::vector<store::EventRow> page_;
    std::size_t at_ = 0;
    session::SessionState state_;  // folded anew
    bool is_closed_ = false;       // the end of its last turn was told of
    session::OpenResponses open_responses_;
    std::set<std::string> open_;    // calls
    std::set<std::string> copied_;  // calls, so far
    std::unordered_map<std::uint64_t, session::Response> seen_;
};

}  // namespace kaizen::ingest
