// Tokens and cost where sessions are shown: `sessions`, `show`, `status`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text.h"
#include "ctl/plain_text.h"
#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

proto::Session session(const std::string& id, std::optional<std::int64_t> cost) {
    proto::Session one;
    one.id = id;
    one.agent = "claude";
    one.status = "running";
    one.workspace = "/home/ada/work/kaizend";
    one.title = "Build the watcher room with inotify";
    one.last_activity_ms = kNow - 3'000;
    one.tokens = proto::Tokens{1'200, 30'400'000, 210'000, 121'000, std::nullopt};
    one.cost_usd_e6 = cost;
    return one;
}

proto::SessionDetail detail() {
    proto::SessionDetail one;
    one.session = session("1b3e9a2f-5c0d", 4'123'000);
    return one;
}

proto::SessionDetail reported(const std::string& scope, std::optional<std::int64_t> cost,
                              proto::Tokens tokens = {}) {
    proto::SessionDetail one = detail();
    one.reported = proto::ReportedUsage{scope, tokens, cost};
    return one;
}

std::string shown(const proto::SessionDetail& one, int width = 80) {
    return render_session(look_of(width), one);
}

TEST(SessionsUsage, cost_is_there_at_eighty_columns_and_includes_sub_agents) {
    proto::Session parent = session("1b3e9a2f-5c0d", 4'123'000);
    parent.children = 2;
    parent.usage_with_children = sum(80, {2'400, 33'000'000, 260'000, 140'000, std::nullopt}, 6'310'000, 2);
    proto::Session other = session("7c7c7c7c-5c0d", 12'000);
    EXPECT_EQ(render_sessions(look_of(80), {parent, other}, false),
              "STATUS     ID        AGENT   LAST  WORKSPACE  TITLE                        COST\n"
              "● running  1b3e9a2f  claude   3 s  kaizend    Build the watcher roo…  +2  $6.31+\n"
              "● running  7c7c7c7c  claude   3 s  kaizend    Build the watcher roo…      $0.01\n");
    const std::string wide = render_sessions(look_of(200), {parent, other}, false);
    EXPECT_THAT(wide, HasSubstr("TOKENS   COST\n"));
    EXPECT_THAT(wide, HasSubstr("  402k  $6.31+\n"));
    EXPECT_THAT(wide, HasSubstr("  332k  $0.01\n"));
    EXPECT_THAT(render_sessions(look_of(80, true), {parent}, false), HasSubstr("\x1b[33m$6.31+\x1b[0m"));
}

TEST(SessionsUsage, cost_stays_and_the_title_has_twenty_columns_when_room_is_short) {
    proto::Session wordy = session("1b3e9a2f-5c0d", 1'234'123'000);
    wordy.workspace = "/home/ada/work/a-rather-long-directory-name";
    wordy.last_activity_ms = kNow - 80'000'000;  // yesterday
    wordy.children = 12;
    for (const int width : {72, 80, 99}) {
        const std::string text = render_sessions(look_of(width), {wordy}, false);
        EXPECT_THAT(text, HasSubstr("$1,234.12\n"));
        EXPECT_THAT(text, HasSubstr("Build the watcher r"));
        for (const auto line : split(text, '\n')) EXPECT_LE(columns_of(line), width) << line;
    }
}

TEST(SessionsUsage, all_unpriced_is_a_yellow_dash) {
    proto::Session one = session("1b3e9a2f-5c0d", std::nullopt);
    one.unpriced_responses = 3;
    const proto::Session other = session("7c7c7c7c-5c0d", 12'000);
    EXPECT_THAT(render_sessions(look_of(80, true), {one, other}, false), HasSubstr("\x1b[33m–\x1b[0m\n"));
}

TEST(ShowUsage, says_tokens_and_cost_of_the_session_itself) {
    EXPECT_THAT(shown(detail()),
                HasSubstr("  Tokens      1.2k in · 121k out · 30.4M cache read · 210k cache written\n"
                          "  Cost        $4.12\n"));
    proto::SessionDetail one = detail();
    one.session.unpriced_responses = 2;
    EXPECT_THAT(shown(one), HasSubstr("  Cost        $4.12+ · 2 responses unpriced\n"));
    one.session.cost_usd_e6.reset();
    EXPECT_THAT(shown(one), HasSubstr("  Cost        – · 2 responses unpriced\n"));
}

TEST(ShowUsage, says_it_with_sub_agents_where_that_is_more) {
    proto::SessionDetail one = detail();
    one.session.usage_with_children =
        sum(80, {2'400, 33'000'000, std::nullopt, 140'000, 9'000}, 6'310'000, 1);
    EXPECT_THAT(shown(one),
                HasSubstr("  Tokens      1.2k in · 121k out · 30.4M cache read · 210k cache written\n"
                          "              with sub-agents · 2.4k in · 140k out · 9.0k reasoning\n"
                          "              33.0M cache read\n"
                          "  Cost        $4.12\n"
                          "              with sub-agents · $6.31+ · 1 response unpriced\n"));
    one.session.usage_with_children = sum(61, *one.session.tokens, one.session.cost_usd_e6);
    EXPECT_THAT(shown(one), Not(HasSubstr("with sub-agents")));
    one.session.tokens.reset();
    one.session.cost_usd_e6.reset();
    EXPECT_THAT(shown(one), HasSubstr("  Tokens      –\n              with sub-agents · 1.2k in"));
    EXPECT_THAT(shown(one), HasSubstr("  Cost        –\n              with sub-agents · $4.12\n"));
}

TEST(ShowUsage, lists_models_when_there_are_several) {
    proto::SessionDetail one = detail();
    one.models.resize(2);
    one.models[0].key = "claude-opus-4-5-20251101";
    one.models[0].usage = sum(52, {1'000, 30'000'000, 200'000, 120'000, std::nullopt}, 4'000'000);
    one.models[1].key = "house-\x1b[31mmodel";
    one.models[1].usage = sum(9, {200, 400'000, 10'000, 1'000, std::nullopt}, std::nullopt, 9);
    EXPECT_THAT(shown(one), HasSubstr("\n"
                                      "MODELS             RESPONSES    IN  CACHED  WRITTEN   OUT   COST\n"
                                      "  claude-opus-4-5         52  1.0k   30.0M     200k  120k  $4.00\n"
                                      "  house-model              9   200    400k    10.0k  1.0k      –\n"));
    one.models.resize(1);
    EXPECT_THAT(shown(one), Not(HasSubstr("MODELS")));
}

TEST(ShowUsage, sub_agents_have_a_cost) {
    proto::SessionDetail one = detail();
    one.children = {session("agent-ac01a92649861cc14", 2'187'000), session("agent-bb01", 12'400'000)};
    one.children[0].unpriced_responses = 1;
    EXPECT_THAT(
        shown(one),
        HasSubstr("  ● running  ac01a926  Build the watcher room with…   0 tool calls   $2.19+  3 s\n"
                  "  ● running  bb01      Build the watcher room with…   0 tool calls  $12.40   3 s\n"));
}

TEST(ShowUsage, cursor_writes_no_counts) {
    proto::SessionDetail one = detail();
    one.session.tokens.reset();
    one.session.cost_usd_e6.reset();
    EXPECT_THAT(shown(one), Not(HasSubstr("Tokens")));  // none yet
    one.session.agent = "cursor";
    EXPECT_THAT(shown(one), HasSubstr("  Tokens      – · Cursor writes no token counts\n"));
    EXPECT_THAT(shown(one), Not(HasSubstr("Cost")));
}

TEST(ShowUsage, puts_the_agents_own_figure_beside_ours) {
    EXPECT_THAT(shown(reported("family", 4'124'000)),
                HasSubstr("  Cost        $4.12\n"
                          "  Reported    Claude Code says $4.12 · the same as counted here\n"));
    EXPECT_THAT(shown(reported("family", 4'143'000)),
                HasSubstr("  Reported    Claude Code says $4.14 · $0.02 more than counted here: requests\n"
                          "              that are in no file (compaction, titles)\n"));
    EXPECT_THAT(shown(reported("family", 4'000'000)),
                HasSubstr("Claude Code says $4.00 · $0.12 less than counted here\n"));
    EXPECT_THAT(shown(reported("family", std::nullopt)), Not(HasSubstr("Reported")));
}

TEST(ShowUsage, compares_a_family_with_the_family) {
    proto::SessionDetail one = reported("family", 6'310'000);
    one.session.usage_with_children = sum(80, {2'400, 1, 1, 1, std::nullopt}, 6'310'000);
    EXPECT_THAT(shown(one), HasSubstr("Claude Code says $6.31 · the same as counted here\n"));
    one.reported->scope = "own";
    EXPECT_THAT(shown(one), HasSubstr("Claude Code says $6.31 · $2.19 more than counted here"));
}

TEST(ShowUsage, makes_no_difference_up_where_ours_is_not_the_same_thing) {
    proto::SessionDetail fork = reported("family", 9'000'000);
    fork.session.forked_from = "0a0a0a0a";
    EXPECT_THAT(shown(fork), HasSubstr("Claude Code says $9.00 · that includes what this was forked from\n"));
    proto::SessionDetail unpriced = reported("own", 9'000'000);
    unpriced.session.unpriced_responses = 2;
    EXPECT_THAT(
        shown(unpriced),
        HasSubstr(
            "Claude Code says $9.00 · counted here are $4.12 and 2 unpriced\n              responses\n"));
    unpriced.session.cost_usd_e6.reset();
    EXPECT_THAT(shown(unpriced), HasSubstr("Claude Code says $9.00 · counted here: 2 unpriced responses\n"));
    unpriced.session.unpriced_responses = 0;
    EXPECT_THAT(shown(unpriced), HasSubstr("Claude Code says $9.00 · nothing was counted here\n"));
}

TEST(ShowUsage, compares_tokens_where_the_agent_says_no_cost) {
    proto::SessionDetail one = reported("own", std::nullopt, {1'200, 30'400'000, 210'000, 121'000, 5});
    one.session.agent = "codex";
    EXPECT_THAT(shown(one), HasSubstr("  Reported    Codex says 30.7M tokens · the same as counted here\n"));
    one.reported->tokens.output = 133'400;
    EXPECT_THAT(shown(one), HasSubstr("Codex says 30.7M tokens · 12.4k more than counted here\n"));
    one.session.tokens.reset();
    EXPECT_THAT(shown(one), HasSubstr("Codex says 30.7M tokens · nothing was counted here\n"));
}

TEST(StatusUsage, says_what_today_took) {
    proto::Status status;
    EXPECT_THAT(render_status(look_of(80), status), HasSubstr("  Today       nothing yet\n"));
    status.today.usage = sum(61, {12'300, 340'000, std::nullopt, 5'600, std::nullopt}, 4'123'000);
    EXPECT_THAT(render_status(look_of(80), status),
                HasSubstr("  Today       $4.12 · 61 responses · 12.3k in · 340k cached · 5.6k out\n"));
    status.today.usage.unpriced_responses = 1;
    EXPECT_THAT(render_status(look_of(200), status),
                HasSubstr("  Today       $4.12+ · 61 responses · 12.3k in · 340k cached · 5.6k out · 1 "
                          "response unpriced\n"));
    status.today.usage = sum(2, {}, std::nullopt, 2);
    EXPECT_THAT(render_status(look_of(80), status),
                HasSubstr("  Today       – · 2 responses · 2 responses unpriced\n"));
}

}  // namespace
}  // namespace kaizen::ctl
