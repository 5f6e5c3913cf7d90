// What `usage` says beside its numbers: what is not in them, what they are made of, and what to do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

proto::Usage with_unpriced() {
    proto::Usage usage = by_day();
    usage.rows[0].usage.unpriced_responses = 2;
    usage.rows.push_back(row("2025-11-23", sum(4, {1'300, 0, 0, 600, kNone}, kNone, 4)));
    usage.total.unpriced_responses = 6;
    usage.unpriced = {{"house-model", 4, 9'000}, {"", 2, 1'200}};
    return usage;
}

TEST(UsageNotes, unpriced_is_never_silent) {
    EXPECT_THAT(rendered(80, with_unpriced()),
                HasSubstr("DAY         RESPONSES     IN  CACHED  WRITTEN   OUT    COST\n"
                          "Thu 20 Nov         61  12.3k    340k    20.1k  5.6k   $4.12+  █\n"
                          "Mon 24 Nov        312  88.3k   34.0M     2.0M  406k  $41.00   ██████████\n"
                          "Sun 23 Nov          4   1.3k       0        0   600       –\n"
                          "────────────────────────────────────────────────────────────────────────\n"
                          "Total             373   101k   34.3M     2.0M  411k  $45.12+\n"
                          "\n"
                          "  Unpriced    ▲ house-model (4 responses, 9.0k tokens), unknown model (2\n"
                          "              responses, 1.2k tokens): not in the cost\n"
                          "              → give prices in the file that [prices] of config.toml names\n"));
    Look colour = look_of(80);
    colour.colour = true;
    const std::string text = render_usage(colour, with_unpriced(), {});
    for (const char* marked : {"\x1b[33m$4.12+\x1b[0m", "\x1b[33m–\x1b[0m", "\x1b[33m$45.12+\x1b[0m"})
        EXPECT_THAT(text, HasSubstr(marked));
}

TEST(UsageNotes, says_what_is_unpriced_without_names_and_where_only_the_total_is) {
    proto::Usage usage = by_day();
    usage.total.unpriced_responses = 1;
    usage.total.unpriced_tokens = 900;
    const std::string text = rendered(80, usage);
    EXPECT_THAT(text, HasSubstr("$45.12+\n"));
    EXPECT_THAT(text, HasSubstr("  Unpriced    ▲ 1 response, 900 tokens: not in the cost\n"));
    for (int i = 0; i < 6; ++i) usage.unpriced.push_back({"m" + std::to_string(i), 1, 5});
    EXPECT_THAT(rendered(200, usage), HasSubstr("m3 (1 response, 5 tokens) and 2 more: not in the cost\n"));
}

TEST(UsageNotes, notes_say_what_the_numbers_are_made_of) {
    proto::Usage usage = by_day();
    usage.total.cost_agent_usd_e6 = 1'200'000;
    usage.uncounted = {{"cursor", 4}, {"of-the-future", 1}};
    usage.prices.push_back({"2026-06-01", "/home/ada/prices.toml", false});
    EXPECT_THAT(rendered(80, usage),
                EndsWith("\n\n"
                         "  Uncounted   Cursor writes no token counts: 4 sessions are in no number here\n"
                         "              of-the-future writes no token counts: 1 session is in no number\n"
                         "              here\n"
                         "  Cost        $1.20 of it as the agent itself says, the rest by the prices\n"
                         "  Prices      of 22 Aug 2026 (built in), and in some costs still of 1 Jun 2026\n"
                         "              (~/prices.toml)\n"
                         "              → kaizenctl usage reprice prices all by the current one\n"));
    usage.total.cost_agent_usd_e6 = usage.total.cost_usd_e6;
    EXPECT_THAT(rendered(80, usage), Not(HasSubstr("as the agent itself says")));
}

TEST(UsageNotes, an_empty_answer_says_how_to_go_on) {
    proto::Usage usage = usage_by("day");
    usage.prices.clear();
    EXPECT_EQ(rendered(80, usage),
              "Usage by day · since Sun 26 Oct\n"
              "\n"
              "no model response in this time\n"
              "\n"
              "  Try         kaizenctl usage --since 365d, to look further back\n"
              "              kaizenctl status, for what is watched\n");
    usage.since_ms = kNow - 365 * kDay;
    EXPECT_THAT(render_usage(look_of(80), usage, {"codex", "", ""}),
                EndsWith("no model response in this time\n"
                         "\n"
                         "  Try         kaizenctl usage, without a filter\n"));
}

TEST(UsageNotes, says_when_only_agents_without_counts_were_active) {
    proto::Usage usage = usage_by("day");
    usage.uncounted = {{"cursor", 1}};
    EXPECT_THAT(rendered(80, usage),
                EndsWith("only agents without token counts were active in this time\n"
                         "\n"
                         "  Uncounted   Cursor writes no token counts: 1 session is in no number here\n"
                         "  Try         kaizenctl usage --since 365d, to look further back\n"));
}

TEST(RenderReprice, says_when_nothing_changed_or_was_there) {
    EXPECT_EQ(render_reprice(look_of(80), {12, 0, 300'000, 300'000, 0, "2026-08-22"}),
              "✔ priced anew  by the prices of 22 Aug 2026\n"
              "  Responses   12 looked at · none changed\n"
              "  Cost        $0.30 before · $0.30 now\n");
    EXPECT_EQ(render_reprice(look_of(80), {0, 0, kNone, kNone, 0, "2026-08-22"}),
              "there is no response to price yet (prices of 22 Aug 2026)\n");
    EXPECT_THAT(render_reprice(look_of(80), {1, 0, kNone, kNone, 1, "2026-08-22"}),
                HasSubstr("– before · – now\n  Unpriced    ▲ 1 response stays without a price"));
}

}  // namespace
}  // namespace kaizen::ctl
