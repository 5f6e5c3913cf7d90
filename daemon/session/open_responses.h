#pragma once

// Model responses whose lines may still come. A response stands on several lines, which may be stored by
// several commits and have the results of its own tools between them: what it used in all is known when
// something else begins. So that it leaves as one piece of work, with the time that it took. Pure; worker
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/parse/event.h"
#include "daemon/session/usage_ledger.h"

namespace kaizen::session {

struct EndedResponse {
    std::string id;              // as the agent calls it; empty: it does not
    std::string request;         // that it answers; empty: unknown. Two that answer others may bear one id.
    std::string model;           // empty: unknown
    std::int64_t first_seq = 0;  // of the first of its events
    std::int64_t turn = 0;       // in which it began
    std::optional<UnixMs>
        asked_at;  // of the prompt, the tool's result or the error that it came upon; nothing: unknown
    std::optional<UnixMs> began_at;  // of its first line
    std::optional<UnixMs> ended_at;  // of its last
    Growth used;
};

class OpenResponses {
  public:
    // What is told with an event.
    struct Told {
        std::vector<EndedResponse> ended;
        bool is_part = false;  // what the event used is told with the response that it is of
    };
    // In file order. `ends_turn`: a turn ended with it. `in_turn`: one goes on after it; what comes while
    // none does is told at once, for nothing may come after it.
    [[nodiscard]] Told add(const parse::Event& event, std::int64_t seq, std::int64_t turn, const Growth& used,
                           bool ends_turn, bool in_turn);
    [[nodiscard]] std::vector<EndedResponse> end_all();
    [[nodiscard]] bool is_empty() const { return open_.empty() && !nameless_; }

    [[nodiscard]] std::string pack() const;
    [[nodiscard]] static OpenResponses unpack(std::string_view bytes);  // empty, where that is damaged

  private:
    struct Open {
        EndedResponse response;
        bool sidechain = false;
    };
    void end_chain(bool sidechain, std::size_t leave, std::vector<EndedResponse>& ended);
    [[nodiscard]] Open& open(const parse::Event& event, std::int64_t seq, std::int64_t turn, Told& told);
    void add_nameless(const parse::Event& event, std::int64_t seq, std::int64_t turn, const Growth& used,
                      Told& told);

    std::vector<Open> open_;
    std::optional<UnixMs> asked_at_;  // the latest that a response may come upon
    // Of one without an id, whose usage stands behind its lines.
    std::optional<EndedResponse> nameless_;
};

}  // namespace kaizen::session
