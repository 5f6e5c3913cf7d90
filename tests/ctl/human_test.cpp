#include "ctl/human.h"

#include <gtest/gtest.h>

#include <limits>

#include "ctl/bar.h"

namespace kaizen::ctl {
namespace {

constexpr UnixMs kNow = 1'763'985'600'000;  // Mon 2025-11-24T12:00:00Z
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

Look utc() {
    Look look;
    look.utc = true;
    look.now = kNow;
    look.home = "/home/ada";
    return look;
}

TEST(Human, numbers) {
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(128'344), "128,344");
    EXPECT_EQ(count_text(-1'234'567), "-1,234,567");
    EXPECT_EQ(plural(1, "file"), "1 file");
    EXPECT_EQ(plural(1'200, "batch", "batches"), "1,200 batches");
    EXPECT_EQ(short_count(981), "981");
    EXPECT_EQ(short_count(12'400), "12.4k");
    EXPECT_EQ(short_count(999'900), "1.0M");
    EXPECT_EQ(short_count(30'400'000), "30.4M");
    EXPECT_EQ(short_count(0), "0");
    EXPECT_EQ(short_count(std::nullopt), "–");
}

TEST(Human, sizes_and_money) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(12'400), "12 kB");
    EXPECT_EQ(bytes_text(1'234'567), "1.2 MB");
    EXPECT_EQ(bytes_text(123'456'789), "123 MB");
    EXPECT_EQ(bytes_text(4'100'000'000), "4.1 GB");
    EXPECT_EQ(dollars_text(4'123'000), "$4.12");
    EXPECT_EQ(dollars_text(1'234'000'000), "$1,234.00");
    EXPECT_EQ(dollars_text(300), "<$0.01");
    EXPECT_EQ(dollars_text(0), "$0.00");
    EXPECT_EQ(dollars_text(std::nullopt), "–");
}

TEST(Human, durations) {
    EXPECT_EQ(duration_text(340), "340 ms");
    EXPECT_EQ(duration_text(1'290), "1.2 s");
    EXPECT_EQ(duration_text(59'900), "59 s");
    EXPECT_EQ(duration_text(243'000), "4 min 3 s");
    EXPECT_EQ(duration_text(3 * kHour + 12 * kMinute), "3 h 12 min");
    EXPECT_EQ(duration_text(2 * kDay + kHour), "2 d 1 h");
    EXPECT_EQ(duration_text(std::nullopt), "–");
    EXPECT_EQ(duration_text(-5), "–");
}

TEST(Human, ages) {
    const Look look = utc();
    EXPECT_EQ(age_text(look, kNow), "now");
    EXPECT_EQ(age_text(look, kNow - 12'000), "12 s ago");
    EXPECT_EQ(age_text(look, kNow - 3 * kMinute), "3 min ago");
    EXPECT_EQ(age_text(look, kNow - 5 * kHour), "5 h ago");
    EXPECT_EQ(age_text(look, kNow - 22 * kHour), "yesterday 14:00");
    EXPECT_EQ(age_text(look, kNow - 12 * kDay), "12 Nov 12:00");
    EXPECT_EQ(age_text(look, kNow - 400 * kDay), "20 Oct 2024");
    EXPECT_EQ(age_text(look, kNow + kHour), "today 13:00");  // a clock that is ahead
    EXPECT_EQ(age_text(look, std::nullopt), "–");
    EXPECT_EQ(ahead_text(look, kNow + 22'100), "in 23 s");
    EXPECT_EQ(ahead_text(look, kNow + 4 * kMinute), "in 4 min 0 s");
    EXPECT_EQ(ahead_text(look, kNow - 1), "now");
    EXPECT_EQ(short_age(look, kNow - 30'000), "30 s");
    EXPECT_EQ(short_age(look, kNow - 22 * kHour), "yesterday");
    EXPECT_EQ(short_age(look, kNow - 12 * kDay), "12 Nov");
    EXPECT_EQ(short_age(look, kNow - 400 * kDay), "Oct 2024");
    EXPECT_EQ(short_age(look, kNow + kHour), "today");
}

TEST(Human, days_and_clocks) {
    const Look look = utc();
    EXPECT_EQ(clock_text(look, kNow + 11'000), "12:00:11");
    EXPECT_EQ(day_text(look, kNow), "Mon 24 Nov");
    EXPECT_EQ(day_text(look, kNow - 365 * kDay), "Sun 24 Nov 2024");
    EXPECT_EQ(date_text(look, kNow), "24 Nov 2025");
    EXPECT_EQ(month_text(look, kNow), "Nov 2025");
    EXPECT_FALSE(
        when_text(look, std::numeric_limits<UnixMs>::max()).empty());  // no such year: only must not crash
    EXPECT_FALSE(when_text(look, std::numeric_limits<UnixMs>::min() + 1000).empty());
}

TEST(Human, names) {
    const Look look = utc();
    EXPECT_EQ(short_id("1b3e9a2f-5c0d-4f4e"), "1b3e9a2f");
    EXPECT_EQ(short_id("agent-ac01a92649861cc14"), "ac01a926");
    EXPECT_EQ(short_id("abc"), "abc");
    const DistinctIds ids({"01a20795-1b00", "01a20795-1c00", "9f00aa2f", "9f00aa2f"});
    EXPECT_EQ(ids.of("01a20795-1b00"), "01a20795-1b");
    EXPECT_EQ(ids.of("01a20795-1c00"), "01a20795-1c");
    EXPECT_EQ(ids.of("9f00aa2f"), "9f00aa2f");
    EXPECT_EQ(with_tilde(look, "/home/ada/work"), "~/work");
    EXPECT_EQ(with_tilde(look, "/home/adam/work"), "/home/adam/work");
    EXPECT_EQ(with_tilde(look, "/home/ada"), "~");
    EXPECT_EQ(base_name("/home/ada/work/kaizend/"), "kaizend");
    EXPECT_EQ(base_name("/"), "/");
    EXPECT_EQ(base_name(""), "–");
    EXPECT_EQ(short_model("claude-opus-4-5-20251101"), "claude-opus-4-5");
    EXPECT_EQ(short_model("gpt-5.2-codex"), "gpt-5.2-codex");
}

TEST(Human, bars) {
    EXPECT_EQ(bar(100, 100, 4), "████");
    EXPECT_EQ(bar(50, 100, 4), "██");
    EXPECT_EQ(bar(1, 1'000'000, 4), "▏");  // more than nothing shows
    EXPECT_EQ(bar(200, 100, 2), "██");
    EXPECT_EQ(bar(0, 100, 4), "");
    EXPECT_EQ(bar(5, 0, 4), "");
}

}  // namespace
}  // namespace kaizen::ctl
