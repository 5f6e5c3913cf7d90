#include "daemon/flush/backoff.h"

#include <algorithm>

namespace kaizen::flush {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirst{200};
constexpr milliseconds kMostAtFirst{30'000};
constexpr milliseconds kMost{300'000};
constexpr std::int64_t kFailuresAtFirst = 12;

// Doubles `first` `times` times and stops at `most`, however large `times` is.
milliseconds doubled(milliseconds first, std::int64_t times, milliseconds most) {
    milliseconds value = first;
    for (; times > 0 && value < most; --times) value *= 2;
    return std::min(value, most);
}

milliseconds limit_after(std::int64_t failures) {
    if (failures <= kFailuresAtFirst) return doubled(kFirst, failures - 1, kMostAtFirst);
    return doubled(kMostAtFirst, failures - kFailuresAtFirst, kMost);
}

}  // namespace

std::int64_t unless_clock_was_set_back(std::int64_t until, std::int64_t now, milliseconds most) {
    return until - now > most.count() ? now : until;
}

milliseconds wait_after(std::int64_t failures, std::uint64_t random,
                        std::optional<milliseconds> retry_after) {
    const auto choices = static_cast<std::uint64_t>(limit_after(failures).count()) + 1;
    const milliseconds drawn(static_cast<std::int64_t>(random % choices));
    return std::max(drawn, std::min(retry_after.value_or(milliseconds(0)), kRetryAfterMost));
}

}  // namespace kaizen::flush
