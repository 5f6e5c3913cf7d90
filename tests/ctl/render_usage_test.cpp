// `usage` as people read it, to the letter where the layout matters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"
#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

proto::Usage by_session() {
    proto::Usage usage = usage_by("session");
    usage.rows = {row("1b3e9a2f-5c0d", sum(312, {88'300, 34'000'000, 2'010'100, 405'600, kNone}, 41'000'000)),
                  row("agent-ac01a92649861cc14", sum(35, {8'300, 600'000, 2'000, 5'600, kNone}, 210'000)),
                  row("01a20795-1b00-7aaa", sum(2, {300, kNone, kNone, 600, 90}, 0))};
    usage.rows[0].title = "Build the watcher room with inotify and a polling twin";
    usage.rows[0].agent = usage.rows[1].agent = "claude";
    usage.rows[1].title = "Explore";
    usage.rows[1].parent = "1b3e9a2f-5c0d";
    usage.rows[2].agent = "codex";
    usage.rows_left_out = 163;
    return usage;
}

TEST(RenderUsage, days_fit_eighty_columns) {
    EXPECT_EQ(rendered(80, by_day()),
              "Usage by day · since Sun 26 Oct\n"
              "\n"
              "DAY         RESPONSES     IN  CACHED  WRITTEN   OUT    COST\n"
              "Thu 20 Nov         61  12.3k    340k    20.1k  5.6k   $4.12  █\n"
              "Mon 24 Nov        312  88.3k   34.0M     2.0M  406k  $41.00  ██████████\n"
              "───────────────────────────────────────────────────────────────────────\n"
              "Total             373   101k   34.3M     2.0M  411k  $45.12\n"
              "\n"
              "  Prices      of 22 Aug 2026 (built in)\n");
}

TEST(RenderUsage, days_say_more_at_two_hundred) {
    EXPECT_EQ(rendered(200, by_day()),
              "Usage by day · since Sun 26 Oct\n"
              "\n"
              "DAY         RESPONSES     IN  CACHED  WRITTEN   OUT  REASONING    COST\n"
              "Thu 20 Nov         61  12.3k    340k    20.1k  5.6k       1.2k   $4.12  ████\n"
              "Mon 24 Nov        312  88.3k   34.0M     2.0M  406k          –  $41.00  "
              "████████████████████████████████████████\n"
              "──────────────────────────────────────────────────────────────────────"
              "──────────────────────────────────────────\n"
              "Total             373   101k   34.3M     2.0M  411k       1.2k  $45.12\n"
              "\n"
              "  Prices      of 22 Aug 2026 (built in)\n");
}

TEST(RenderUsage, weeks_and_months_have_names) {
    proto::Usage weeks = usage_by("week");
    weeks.rows = {row("2025-11-17", sum(373, {}, 45'123'000))};
    EXPECT_THAT(rendered(80, weeks),
                HasSubstr("\nWEEK OF     RESPONSES    COST\nMon 17 Nov        373  $45.12  █"));
    proto::Usage months = usage_by("month");
    months.rows = {row("2024-12-01", sum(373, {}, 45'123'000)), row("no date", sum(1, {}, 1'000))};
    EXPECT_THAT(
        rendered(80, months),
        HasSubstr("\nMONTH     RESPONSES    COST\nDec 2024        373  $45.12  ██████████\nno date "));
}

TEST(RenderUsage, models_lose_their_dates_unless_two_would_be_the_same) {
    proto::Usage usage = usage_by("model");
    usage.rows = {row("claude-opus-4-5-20251101", sum(9, {}, 2'000'000)),
                  row("claude-haiku-4-5-20251001", sum(5, {}, 1'000'000)),
                  row("claude-haiku-4-5", sum(4, {}, 1'000'000)), row("", sum(1, {}, kNone))};
    EXPECT_THAT(rendered(80, usage), HasSubstr("MODEL                      RESPONSES    COST\n"
                                               "claude-opus-4-5                    9   $2.00  ██████████\n"
                                               "claude-haiku-4-5-20251001          5   $1.00  █████\n"
                                               "claude-haiku-4-5                   4   $1.00  █████\n"
                                               "–                                  1       –\n"));
}

TEST(RenderUsage, workspaces_show_their_ends) {
    proto::Usage usage = usage_by("workspace");
    usage.rows = {row("/home/ada/work/kaizend", sum(9, {}, 2'000'000)),
                  row("/home/ada/work/customers/a-long-name/services/billing", sum(5, {}, 1'000'000))};
    EXPECT_THAT(rendered(80, usage), HasSubstr("\nWORKSPACE                     RESPONSES    COST\n"
                                               "~/work/kaizend                        9   $2.00  ██████████\n"
                                               "…-long-name/services/billing          5   $1.00  █████\n"));
    EXPECT_THAT(rendered(200, usage), HasSubstr("\n~/work/customers/a-long-name/services/billing  "));
}

TEST(RenderUsage, sessions_fit_eighty_columns) {
    EXPECT_THAT(
        rendered(80, by_session()),
        HasSubstr("\nID        TITLE                   AGENT   RESPONSES     IN  CACHED   OUT    COST\n"
                  "1b3e9a2f  Build the watcher roo…  claude        312  88.3k   34.0M  406k  $41.00\n"
                  "ac01a926  ↳ Explore               claude         35   8.3k    600k  5.6k   $0.21\n"
                  "01a20795  –                       codex           2    300       –   600   $0.00\n"
                  "────────────────────────────────────────────────────────────────────────────────\n"
                  "Total                                           373   101k   34.3M  411k  $45.12\n"
                  "and 163 more sessions: --limit N\n"));
}

TEST(RenderUsage, sessions_say_everything_at_two_hundred) {
    EXPECT_THAT(
        rendered(200, by_session()),
        HasSubstr("\nID        TITLE                                               AGENT   RESPONSES     IN"
                  "  CACHED  WRITTEN   OUT  REASONING    COST\n"
                  "1b3e9a2f  Build the watcher room with inotify and a polling…  claude        312  88.3k"
                  "   34.0M     2.0M  406k          –  $41.00  █"));
}

TEST(RenderUsage, unknown_is_a_dash_and_bars_are_of_tokens_then) {
    proto::Usage usage = usage_by("agent");
    usage.total = sum(6, {4'000, kNone, kNone, kNone, kNone}, kNone, 6);
    usage.rows = {row("codex", sum(4, {3'000, kNone, kNone, kNone, kNone}, kNone, 4)),
                  row("claude", sum(2, {1'500, kNone, kNone, kNone, kNone}, kNone, 2))};
    EXPECT_THAT(rendered(80, usage), HasSubstr("AGENT   RESPONSES    IN  COST\n"
                                               "codex           4  3.0k     –  ██████████\n"
                                               "claude          2  1.5k     –  █████\n"
                                               "─────────────────────────────────────────\n"
                                               "Total           6  4.0k     –\n"));
}

TEST(RenderUsage, an_agent_that_writes_no_counts_has_no_number_at_all) {
    proto::Usage usage = usage_by("agent");
    usage.rows = {row("claude", sum(61, {12'300, 340'000, 20'100, 5'600, kNone}, 4'120'000)),
                  row("cursor", {})};
    usage.total = usage.rows[0].usage;
    EXPECT_THAT(rendered(80, usage), HasSubstr("\ncursor          –      –       –        –     –      –\n"));
}

TEST(RenderUsage, names_period_filters_and_a_zone_that_is_not_the_readers) {
    proto::Usage usage = by_day();
    usage.tz = "Europe/Berlin";
    usage.since_ms = kMidnight - 22 * kDay;
    usage.until_ms = kMidnight - 15 * kDay;
    const auto head = [&](const UsageQuestion& question) {
        const std::string text = render_usage(look_of(80), usage, question);
        return text.substr(0, text.find('\n'));
    };
    EXPECT_EQ(head({"codex", "/home/ada/work", ""}),
              "Usage by day · Sun 2 Nov – Sat 8 Nov · codex · ~/work · Europe/Berlin");
    usage.tz = "UTC";
    usage.until_ms = usage.since_ms + kDay;
    EXPECT_EQ(head({}), "Usage by day · Sun 2 Nov · UTC");
    usage.tz.clear();
    usage.since_ms = kMidnight;
    usage.until_ms = kNow + 900'000;
    EXPECT_EQ(head({}), "Usage by day · today");
    usage.since_ms = kNow - 3'600'000;
    EXPECT_EQ(head({}), "Usage by day · since today 11:00");
}

TEST(RenderUsage, the_readers_own_zone_goes_without_saying) {
    proto::Usage usage = by_day();
    usage.tz = "Europe/Berlin";
    Look local = look_of(80);
    local.utc = false;
    EXPECT_THAT(render_usage(local, usage, {"", "", "Europe/Berlin"}), Not(HasSubstr("Berlin")));
    EXPECT_THAT(render_usage(local, usage, {"", "", "Asia/Tokyo"}), HasSubstr(" · Europe/Berlin\n"));
}

// No line is wider than the look, and nothing of a name reaches the terminal as a command.
TEST(RenderUsage, keeps_to_the_width_with_hostile_names) {
    const std::string evil = "\x1b[2J\x1b]0;owned\x07 e\u0301vil \u202e 日本語のとても長い名前\nsecond line";
    for (const std::string by :
         {"day", "week", "month", "model", "agent", "workspace", "session", evil.c_str()}) {
        proto::Usage usage = usage_by(by);
        usage.tz = evil;
        usage.rows = {
            row(evil, sum(1'000'000, {88'300, 34'000'000, 2'010'100, 405'600, 1}, 41'000'000'000, 3)),
            row(evil + evil, sum(1, {}, 1)), row("", sum(1, {}, 1))};
        usage.rows[0].title = usage.rows[0].agent = usage.rows[0].parent = evil;
        usage.rows_left_out = 1;
        usage.total.unpriced_responses = 1;
        usage.unpriced = {{evil, 1, 1}};
        usage.uncounted = {{evil, 1}};
        usage.prices = {{evil, evil, true}, {evil, evil, false}};
        for (const int width : {60, 80, 100, 132, 200}) {
            const std::string text = render_usage(look_of(width), usage, {evil, evil, evil});
            EXPECT_EQ(text.find('\x1b'), std::string::npos);
            EXPECT_THAT(text, Not(HasSubstr("\u202e")));
            for (const auto line : split(text, '\n')) EXPECT_LE(columns_of(line), width) << line;
        }
    }
}

}  // namespace
}  // namespace kaizen::ctl
