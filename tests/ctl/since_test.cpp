#include "ctl/since.h"

#include <gtest/gtest.h>

namespace kaizen::ctl {
namespace {

constexpr UnixMs kNow = 1'763'985'600'000;  // 2025-11-24T12:00:00Z

Look utc() {
    Look look;
    look.utc = true;
    look.now = kNow;
    return look;
}

TEST(Since, takes_spans_before_now) {
    EXPECT_EQ(parse_since(utc(), "30m"), kNow - 1'800'000);
    EXPECT_EQ(parse_since(utc(), "12h"), kNow - 43'200'000);
    EXPECT_EQ(parse_since(utc(), "7d"), kNow - 604'800'000);
    EXPECT_EQ(parse_since(utc(), "2w"), kNow - 1'209'600'000);
}

TEST(Since, takes_days_and_times) {
    EXPECT_EQ(parse_since(utc(), "2025-11-24"), kNow - 43'200'000);
    EXPECT_EQ(parse_since(utc(), "2025-11-24T12:00:00Z"), kNow);
    EXPECT_EQ(parse_since(utc(), "2025-11-24T14:00:00+02:00"), kNow);
}

TEST(Since, refuses_the_rest) {
    for (const char* text : {"", "7", "d", "7x", "-7d", "yesterday", "2025-13-01", "2025-02-30",
                             "99999999999999999999d", "7d7d"}) {
        const auto since = parse_since(utc(), text);
        ASSERT_FALSE(since) << text;
        EXPECT_EQ(since.error().code, ErrorCode::usage);
    }
}

}  // namespace
}  // namespace kaizen::ctl
