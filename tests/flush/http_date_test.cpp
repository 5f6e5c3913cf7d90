#include "daemon/flush/http_date.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace kaizen::flush {
namespace {

constexpr UnixMs kNow = 1'790'000'000'000;    // 2026-09-21
constexpr UnixMs kExample = 784'111'777'000;  // RFC 9110's own example
constexpr char kFixdate[] = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(HttpDate, reads_all_three_forms) {
    EXPECT_EQ(parse_http_date(kFixdate, kNow), kExample);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow), kExample);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", kNow), kExample);
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", kNow), kExample + 10 * 86'400'000LL);
    EXPECT_EQ(parse_http_date("  Sun, 06 Nov 1994 08:49:37 GMT ", kNow), kExample);
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT", kNow), 0);
    EXPECT_EQ(parse_http_date("Sat, 29 Feb 2028 23:59:60 GMT", kNow), 1'835'481'600'000);
}

TEST(HttpDate, takes_two_digits_for_the_year_that_is_at_most_50_ahead) {
    EXPECT_EQ(parse_http_date("Monday, 21-Sep-76 00:00:00 GMT", kNow), 3'367'872'000'000);  // 2076
    EXPECT_EQ(parse_http_date("Monday, 21-Sep-77 00:00:00 GMT", kNow), 243'648'000'000);    // 1977
}

TEST(HttpDate, does_not_depend_on_the_zone_of_the_machine) {
    const char* before = std::getenv("TZ");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("TZ", "Pacific/Kiritimati", 1);
    ::tzset();
    EXPECT_EQ(parse_http_date(kFixdate, kNow), kExample);
    before != nullptr ? ::setenv("TZ", kept.c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
}

TEST(HttpDate, refuses_everything_else) {
    for (const char* text : {"",
                             "0",
                             "3600",
                             "tomorrow",
                             "Sun, 06 Nov 1994",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 UTC",
                             "Sun, 06 Nov 1994 08:49:37 GMT x",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 31 Feb 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:49:37 GMT",
                             "Sun, 06 Nov 1994 08:60:37 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Son, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, -6 Nov 1994 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "Sunday, 06-Nov-1994 08:49:37 GMT",
                             "1994-11-06T08:49:37Z",
                             "Sun, 06 Nov \xff\xff\xff\xff 08:49:37 GMT"})
        EXPECT_EQ(parse_http_date(text, kNow), std::nullopt) << text;
}

TEST(HttpDate, refuses_each_of_its_own_beginnings) {
    const std::string_view whole = kFixdate;
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(parse_http_date(whole.substr(0, size), kNow), std::nullopt) << size;
}

}  // namespace
}  // namespace kaizen::flush
