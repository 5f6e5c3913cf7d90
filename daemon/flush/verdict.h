#pragma once

// What a reply means for the batch that was sent: the table of spec "flush", as a pure function. It decides
// nothing about waiting (backoff.h) and changes nothing. Any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "daemon/flush/reply.h"
#include "proto/ingest.h"

namespace kaizen::flush {

enum class Decision : std::uint8_t {
    accepted,  // the server has the rows
    later,     // the same batch again, under the same key, after a while
    split,     // the batch is too large: its halves
    isolate,   // the server refuses a row of it: find that row
    pause,     // somebody has to mend something; nothing is dropped
};

// Texts are for people, one line each, and never hold a credential.
struct Verdict {
    Decision decision = Decision::accepted;
    std::string reason;                // stable: "unauthorized", "rate_limited", or a name of Trouble
    std::string title;                 // what happened; of isolate, with what the server said
    std::string fix;                   // what to do; empty when there is nothing to do
    std::optional<unsigned> status;    // of the answer, when there was one
    proto::ingest::Accepted accepted;  // counts, where the server gave them
    std::int64_t rejected = 0;         // of accepted: items that the server says it threw away
    std::optional<std::chrono::milliseconds> retry_after;  // of later: not before that; at most 1 h
    proto::ingest::Refused refused;                        // of isolate: short excerpts
    // Of the ingest endpoint, over plain http: what shows that the answer is its own: "header", "body",
    // "none".
    std::string proof;
};

// `now` serves a Retry-After that is a date, when the answer itself has no Date to compare it with.
[[nodiscard]] Verdict judge(const Reply& reply, UnixMs now);

// The pause over a reply by which rows would go, though nothing in it shows that it is of `whom`: over plain
// http a network's log-in page answers everything, and most often with 200.
[[nodiscard]] Verdict answered_by_another(const Reply& reply, std::string_view whom, std::string fix);

// What a browser would show: by its type, or its first letter.
[[nodiscard]] bool is_web_page(const Reply& reply);

}  // namespace kaizen::flush
