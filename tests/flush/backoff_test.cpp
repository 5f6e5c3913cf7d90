#include "daemon/flush/backoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace kaizen::flush {
namespace {

using std::chrono::milliseconds;

// The random number that draws the longest wait is the limit itself.
milliseconds longest(std::int64_t failures, milliseconds limit) {
    return wait_after(failures, static_cast<std::uint64_t>(limit.count()), std::nullopt);
}

TEST(Backoff, doubles_from_200_ms_to_30_s_and_later_to_5_min) {
    const std::int64_t limits[] = {200,    400,    800,    1'600,  3'200,   6'400,   12'800,  25'600, 30'000,
                                   30'000, 30'000, 30'000, 60'000, 120'000, 240'000, 300'000, 300'000};
    std::int64_t failures = 0;
    for (const std::int64_t limit : limits) {
        ++failures;
        EXPECT_EQ(longest(failures, milliseconds(limit)).count(), limit) << failures;
        EXPECT_EQ(wait_after(failures, static_cast<std::uint64_t>(limit) + 1, std::nullopt).count(), 0)
            << failures;
    }
}

TEST(Backoff, believes_no_wait_that_is_longer_than_the_longest) {
    constexpr milliseconds most(1000);
    EXPECT_EQ(unless_clock_was_set_back(5'000, 4'500, most), 5'000);
    EXPECT_EQ(unless_clock_was_set_back(5'000, 4'000, most), 5'000);
    EXPECT_EQ(unless_clock_was_set_back(5'000, 3'999, most), 3'999);
    EXPECT_EQ(unless_clock_was_set_back(5'000, 9'000, most), 5'000) << "it is over anyway";
}

TEST(Backoff, draws_from_all_of_its_range) {
    std::mt19937_64 random(7);
    milliseconds least = milliseconds::max();
    milliseconds most = milliseconds::min();
    for (int i = 0; i < 10'000; ++i) {
        const milliseconds wait = wait_after(10, random(), std::nullopt);
        ASSERT_GE(wait.count(), 0);
        ASSERT_LE(wait.count(), 30'000);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_LT(least.count(), 300);
    EXPECT_GT(most.count(), 29'700);
}

TEST(Backoff, never_overflows) {
    const auto huge = std::numeric_limits<std::int64_t>::max();
    const auto bits = std::numeric_limits<std::uint64_t>::max();
    for (const std::int64_t failures : {huge, std::int64_t{1} << 40, std::int64_t{64}, std::int64_t{0},
                                        std::int64_t{-1}, std::numeric_limits<std::int64_t>::min() + 12}) {
        const milliseconds wait = wait_after(failures, bits, std::nullopt);
        EXPECT_GE(wait.count(), 0) << failures;
        EXPECT_LE(wait.count(), 300'000) << failures;
    }
}

TEST(Backoff, waits_at_least_as_long_as_the_server_asks_up_to_an_hour) {
    EXPECT_EQ(wait_after(1, 50, milliseconds(5'000)).count(), 5'000);
    EXPECT_EQ(longest(9, milliseconds(30'000)).count(), 30'000);
    EXPECT_EQ(wait_after(9, 30'000, milliseconds(5'000)).count(), 30'000);
    EXPECT_EQ(wait_after(1, 50, milliseconds::max()), kRetryAfterMost);
    EXPECT_EQ(wait_after(1, 50, milliseconds(-1)).count(), 50);
}

}  // namespace
}  // namespace kaizen::flush
