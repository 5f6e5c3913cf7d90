#pragma once

// How long to wait after a failed attempt (spec "flush"): exponential with full jitter, so that many clients
// of a server that comes back do not all come at once. Pure; any thread.

#include <chrono>
#include <cstdint>
#include <optional>

namespace kaizen::flush {

inline constexpr std::chrono::milliseconds kRetryAfterMost = std::chrono::hours(1);

// `until` as it holds when the clock says `now`: nobody waits longer than `most`, so a time beyond that was
// read off a clock that has been set back since, and the wait is over.
[[nodiscard]] std::int64_t unless_clock_was_set_back(std::int64_t until, std::int64_t now,
                                                     std::chrono::milliseconds most);

// The wait before the next attempt. `failures` counts the failed ones so far, 1 for the first. The wait is
// drawn evenly from 0 to a limit that begins at 200 ms and doubles, up to 30 s for the first 12 failures and
// up to 5 min beyond. `random` is any 64 random bits. `retry_after`, what the server asked for, is a lower
// bound, itself at most an hour.
[[nodiscard]] std::chrono::milliseconds wait_after(std::int64_t failures, std::uint64_t random,
                                                   std::optional<std::chrono::milliseconds> retry_after);

}  // namespace kaizen::flush
