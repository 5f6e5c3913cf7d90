#pragma once

// Usage, once per model response. A response stands on many lines, in many files (blocks, resumes, forks,
// copies), in any order; whatever the lines and their order, the same is booked. Pure; worker thread.
// Rules: spec "sources", section Tokens.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/parse/event.h"
#include "daemon/session/pricing.h"

namespace kaizen::session {

// What one response used, as far as its lines have said. Each member grows in one direction only, which makes
// the order of lines, and how often each comes, irrelevant.
struct Response {
    std::int64_t session = 0;                   // where it was first seen; the one member that order decides
    std::string model;                          // where lines differ, the first in the alphabet
    std::optional<UnixMs> at;                   // the earliest
    parse::TokenCounts tokens;                  // of each counter the largest
    parse::Billing billing;                     // likewise; of texts the last in the alphabet
    std::optional<std::int64_t> agent_cost_e6;  // from the agent itself, the largest
    std::optional<std::int64_t> cost_pico;      // nothing: unpriced
    std::int64_t price_table = 0;  // whose prices made the cost; 0: none, or the agent's own cost

    [[nodiscard]] bool operator==(const Response&) const = default;
};

// Raises each counter to what was said, where that is more. True when one was.
bool raise(parse::TokenCounts& largest, const parse::TokenCounts& said);
bool raise(std::optional<std::int64_t>& largest, const std::optional<std::int64_t>& said);

// Whether the event's tokens or cost belong to a response of its session.
[[nodiscard]] bool carries_usage(const parse::Event& event);

// Takes in what one more line says of the response. True when that is news.
bool merge(Response& response, const parse::Event& line, std::optional<UnixMs> at);

// Sets the cost: the agent's own, else by the table with this number, else none.
void price(Response& response, const PriceTable& table, std::int64_t table_number);

// What a response became more by since it was `before`: over all its lines the sum of this is what the
// response is. Nothing where no more was said; the cost may fall, when an agent's own takes the place of
// ours. `untold_pico` goes from one growth of a session to its next, so that costs in whole micro-dollars
// have the session's sum.
struct Growth {
    parse::TokenCounts tokens;
    std::optional<std::int64_t> cost_usd_e6;
};
[[nodiscard]] Growth growth(const Response& before, const Response& after, std::int64_t& untold_pico);

// Sums of responses that take back what they took in, exactly. Counters that no response says stay unknown.
class UsageSum {
  public:
    struct Counter {
        std::int64_t sum = 0;
        std::int64_t said_by = 0;  // how many responses

        [[nodiscard]] std::optional<std::int64_t> value() const {
            return said_by > 0 ? std::optional(sum) : std::nullopt;
        }
        [[nodiscard]] bool operator==(const Counter&) const = default;
    };

    void add(const Response& response) { count(response, 1); }
    void remove(const Response& response) { count(response, -1); }
    void add(const UsageSum& other);

    // A compact form for rows at rest, and back; nothing when the bytes are none of ours.
    [[nodiscard]] std::string pack() const;
    [[nodiscard]] static std::optional<UsageSum> unpack(std::string_view bytes);

    [[nodiscard]] std::optional<std::int64_t> cost_pico() const;  // nothing: no response has one

    std::int64_t responses = 0;  // that used tokens; a fee alone is none
    Counter input, cache_read, cache_write, output, reasoning;
    Counter cost_by_agent, cost_by_table;  // pico-dollars
    Counter unpriced;                      // tokens of all classes, of responses without a cost

    [[nodiscard]] bool operator==(const UsageSum&) const = default;

  private:
    void count(const Response& response, std::int64_t times);
};

// The quarter of an hour that a time lies in, counted from the epoch: the grain of sums. Every time zone's
// days begin at one. 0 for an unknown time.
inline constexpr UnixMs kQuarterMs = 900'000;
[[nodiscard]] std::int64_t quarter_of(std::optional<UnixMs> at);

}  // namespace kaizen::session
