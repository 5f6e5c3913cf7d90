#include "common/clock.h"

#include <gtest/gtest.h>

#include <random>

namespace kaizen {
namespace {

TEST(Clock, reads_a_time_in_utc) {
    EXPECT_EQ(parse_iso8601("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_iso8601("2026-11-23T08:44:48.002Z"), 1795423488002);
    EXPECT_EQ(parse_iso8601("2026-11-23 08:44:48.002"), 1795423488002) << "a blank for T, and no zone";
    EXPECT_EQ(parse_iso8601("1969-12-31T23:59:59.999Z"), -1);
    EXPECT_EQ(parse_iso8601("2024-02-29T00:00:00Z"), 1709164800000) << "leap day";
    EXPECT_EQ(parse_iso8601("2016-12-31T23:59:60Z"), 1483228800000) << "leap second";
}

TEST(Clock, applies_offsets) {
    const auto utc = parse_iso8601("2026-11-23T08:44:48Z");
    EXPECT_EQ(parse_iso8601("2026-11-23T10:44:48+02:00"), utc);
    EXPECT_EQ(parse_iso8601("2026-11-23T10:44:48+0200"), utc);
    EXPECT_EQ(parse_iso8601("2026-11-22T23:14:48-09:30"), utc);
    EXPECT_EQ(parse_iso8601("2026-11-23T08:44:48+00:00"), utc);
}

TEST(Clock, cuts_a_fraction_to_milliseconds) {
    const auto whole = *parse_iso8601("2026-11-23T08:44:48Z");
    EXPECT_EQ(parse_iso8601("2026-11-23T08:44:48.9Z"), whole + 900);
    EXPECT_EQ(parse_iso8601("2026-11-23T08:44:48.0079999999999999999999Z"), whole + 7);
    EXPECT_EQ(parse_iso8601("2026-11-23T08:44:48.25+00:00"), whole + 250);
}

TEST(Clock, refuses_what_is_no_time) {
    for (const char* text : {"",
                             "2026",
                             "2026-11-23",
                             "2026-11-23T08:44",
                             "2026-11-23T08:44:4",
                             "2026-02-30T00:00:00Z",
                             "2025-02-29T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-10T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "2026-11-23T24:00:00Z",
                             "2026-11-23T08:60:00Z",
                             "2026-11-23T08:44:61Z",
                             "2026-11-23T08:44:48X",
                             "2026-11-23T08:44:48Zx",
                             "2026-11-23T08:44:48+2",
                             "2026-11-23T08:44:48+24:00",
                             "2026-11-23T08:44:48+",
                             "2026-11-23T08:44:48-",
                             "2026-11-23T08:44:48.Z",
                             "2026-11-23T08:44:48.",
                             "-026-11-23T08:44:48Z",
                             "2026-11-23t08:44:48Z",
                             " 2026-11-23T08:44:48Z",
                             "2026/11/23T08:44:48Z"}) {
        EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
    }
}

TEST(Clock, writes_what_it_reads) {
    EXPECT_EQ(format_iso8601(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_iso8601(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(format_iso8601(1795423488002), "2026-11-23T08:44:48.002Z");

    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<UnixMs> any(*parse_iso8601("0000-01-01T00:00:00Z"),
                                              *parse_iso8601("9999-12-31T23:59:59.999Z"));
    for (int i = 0; i < 20000; ++i) {
        const UnixMs ms = any(random);
        ASSERT_EQ(parse_iso8601(format_iso8601(ms)), ms);
    }
}

}  // namespace
}  // namespace kaizen
