#include "ctl/since.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

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
    EXPECT_EQ(parse_time(utc(), "--since", "30m"), kNow - 1'800'000);
    EXPECT_EQ(parse_time(utc(), "--since", "12h"), kNow - 43'200'000);
    EXPECT_EQ(parse_time(utc(), "--since", "7d"), kNow - 604'800'000);
    EXPECT_EQ(parse_time(utc(), "--since", "2w"), kNow - 1'209'600'000);
}

TEST(Since, takes_days_and_times) {
    EXPECT_EQ(parse_time(utc(), "--since", "2025-11-24"), kNow - 43'200'000);
    EXPECT_EQ(parse_time(utc(), "--since", "2025-11-24T12:00:00Z"), kNow);
    EXPECT_EQ(parse_time(utc(), "--since", "2025-11-24T14:00:00+02:00"), kNow);
}

constexpr UnixMs kDay = 86'400'000;
constexpr UnixMs kMidnight = kNow - kDay / 2;

UnixMs whole_days(const Look& look, std::string_view text) {
    return parse_time(look, "--since", text, Spans::whole_days).value_or(-1);
}

TEST(Since, begins_whole_days_at_midnight_of_the_first_today_included) {
    EXPECT_EQ(whole_days(utc(), "1d"), kMidnight);
    EXPECT_EQ(whole_days(utc(), "7d"), kMidnight - 6 * kDay);
    EXPECT_EQ(whole_days(utc(), "2w"), kMidnight - 13 * kDay);
    EXPECT_EQ(whole_days(utc(), "12h"), kNow - kDay / 2);
    EXPECT_EQ(whole_days(utc(), "30m"), kNow - 1'800'000);
    EXPECT_EQ(whole_days(utc(), "0d"), kNow);
    EXPECT_EQ(whole_days(utc(), "2025-11-20"), kMidnight - 4 * kDay);
}

TEST(Since, begins_whole_weeks_on_a_monday_and_whole_months_on_a_first) {
    const auto from = [](std::string_view text, Spans spans) {
        return parse_time(utc(), "--since", text, spans).value_or(-1);
    };
    EXPECT_EQ(from("1d", Spans::whole_weeks), kMidnight);  // a Monday
    EXPECT_EQ(from("2d", Spans::whole_weeks), kMidnight - 7 * kDay);
    EXPECT_EQ(from("1d", Spans::whole_months), kMidnight - 23 * kDay);
    EXPECT_EQ(from("30d", Spans::whole_months), kMidnight - 54 * kDay);
    EXPECT_EQ(from("2025-11-20", Spans::whole_weeks), kMidnight - 4 * kDay) << "as it is said";
}

// Puts the process into another time zone while it lives.
class Zone {
  public:
    explicit Zone(const char* name) : before_(::getenv("TZ") != nullptr ? ::getenv("TZ") : "") { set(name); }
    ~Zone() { set(before_.c_str()); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

  private:
    static void set(const char* name) {
        if (*name == '\0')
            ::unsetenv("TZ");
        else
            ::setenv("TZ", name, 1);
        ::tzset();
    }

    std::string before_;
};

TEST(Since, counts_days_and_not_hours_where_clocks_change) {
    const Zone here("CET-1CEST,M3.5.0,M10.5.0/3");  // clocks went back on 2025-10-26
    Look local = utc();
    local.utc = false;
    const UnixMs winter = 3'600'000;
    EXPECT_EQ(whole_days(local, "1d"), kMidnight - winter);
    EXPECT_EQ(whole_days(local, "29d"), kMidnight - 28 * kDay - winter);  // 2025-10-27
    EXPECT_EQ(whole_days(local, "30d"), kMidnight - 29 * kDay - 2 * winter);
    EXPECT_EQ(whole_days(local, "2025-10-26"), kMidnight - 29 * kDay - 2 * winter);
}

TEST(Since, names_the_option_that_is_wrong) {
    const auto until = parse_time(utc(), "--until", "whenever");
    ASSERT_FALSE(until);
    EXPECT_EQ(until.error().message, "--until: \"whenever\" is no time");
}

TEST(Since, refuses_the_rest) {
    for (const char* text : {"", "7", "d", "7x", "-7d", "yesterday", "2025-13-01", "2025-02-30",
                             "99999999999999999999d", "7d7d"}) {
        const auto since = parse_time(utc(), "--since", text);
        ASSERT_FALSE(since) << text;
        EXPECT_EQ(since.error().code, ErrorCode::usage);
    }
}

}  // namespace
}  // namespace kaizen::ctl
