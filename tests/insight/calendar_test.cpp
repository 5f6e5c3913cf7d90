#include "daemon/insight/calendar.h"

#include <gtest/gtest.h>

namespace kaizen::insight {
namespace {

constexpr UnixMs kHour = 60 * 60 * 1000;

Period period(const char* zone, const char* at, Span span) {
    return Calendar::of(zone)->period_of(*parse_iso8601(at), span);
}

std::string text(const Period& period) {
    return period.name + " from " + format_iso8601(period.begin) + " to " + format_iso8601(period.end);
}

TEST(Calendar, knows_days_weeks_from_monday_and_months_of_any_zone) {
    EXPECT_EQ(text(period("UTC", "2026-11-25T10:00:00Z", Span::day)),
              "2026-11-25 from 2026-11-25T00:00:00.000Z to 2026-11-26T00:00:00.000Z");
    EXPECT_EQ(text(period("Asia/Kolkata", "2026-11-25T18:30:00Z", Span::day)),
              "2026-11-26 from 2026-11-25T18:30:00.000Z to 2026-11-26T18:30:00.000Z");
    EXPECT_EQ(text(period("Asia/Kathmandu", "2026-11-25T18:14:59Z", Span::day)),
              "2026-11-25 from 2026-11-24T18:15:00.000Z to 2026-11-25T18:15:00.000Z");
    for (const char* day : {"2026-11-23T00:00:00Z", "2026-11-29T23:59:59Z"})
        EXPECT_EQ(text(period("UTC", day, Span::week)),
                  "2026-11-23 from 2026-11-23T00:00:00.000Z to 2026-11-30T00:00:00.000Z");
    EXPECT_EQ(text(period("America/New_York", "2026-12-01T04:59:59Z", Span::month)),
              "2026-11-01 from 2026-11-01T04:00:00.000Z to 2026-12-01T05:00:00.000Z");
}

TEST(Calendar, knows_days_of_23_and_25_hours) {
    const Period spring = period("Europe/Berlin", "2026-03-29T10:00:00Z", Span::day);
    EXPECT_EQ(spring.end - spring.begin, 23 * kHour);
    const Period autumn = period("Europe/Berlin", "2026-10-25T10:00:00Z", Span::day);
    EXPECT_EQ(autumn.end - autumn.begin, 25 * kHour);
}

// Santiago's clocks go from 00:00 to 01:00.
TEST(Calendar, begins_a_day_without_midnight_at_its_first_moment) {
    const Period day = period("America/Santiago", "2026-09-06T12:00:00Z", Span::day);
    EXPECT_EQ(text(day), "2026-09-06 from 2026-09-06T04:00:00.000Z to 2026-09-07T03:00:00.000Z");
}

TEST(Calendar, refuses_names_that_are_no_zone_and_never_leaves_the_zone_directory) {
    for (const char* name : {"Nowhere/City", "../../etc/passwd", "/etc/passwd", "/usr/share/zoneinfo/UTC",
                             "a b", "UTC\n", "file:Europe/Berlin"})
        EXPECT_FALSE(Calendar::of(name)) << name;
    EXPECT_FALSE(Calendar::of(std::string(1000, 'a')));
    EXPECT_TRUE(Calendar::of(""));
}

}  // namespace
}  // namespace kaizen::insight
