// Questions about usage, put to a database that Ingest filled.

#include "daemon/insight/usage_history.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "daemon/insight/history.h"
#include "tests/ingest/session_home.h"

namespace kaizen::insight {
namespace {

using test::SessionFile;
using test::SessionHome;
using testing::ElementsAre;

constexpr const char* kRoses = "aaaaaaaa-0000-4000-8000-000000000000";
constexpr const char* kTap = "agent-a0123456789abcdef";
constexpr const char* kLeaves = "bbbbbbbb-0000-4000-8000-000000000000";

std::string response(const std::string& id, const std::string& at, const std::string& cwd,
                     const std::string& model, int input, const std::string& more = {}) {
    return fmt::format(
        R"({{"type":"assistant","uuid":"u{0}","timestamp":"{1}","cwd":"{2}",{5}"message":{{"id":"{0}","model":"{3}",)"
        R"("content":[{{"type":"text","text":"x"}}],"usage":{{"input_tokens":{4},"output_tokens":0}}}}}})"
        "\n",
        id, at, cwd, model, input, more);
}

UnixMs ms(const char* text) { return *parse_iso8601(text); }

const UnixMs kNow = ms("2026-11-25T12:00:00Z");

class UsageHistoryTest : public testing::Test {
  protected:
    UsageHistoryTest() {
        const std::string slug = "-w/";
        home_.import(
            {{test::kClaudeRoot, slug + kRoses + ".jsonl",
              response("m1", "2026-11-23T22:59:59.999Z", "/w/garden", "claude-sonnet-4-6", 1'000'000) +
                  response("m2", "2026-11-23T23:00:00.000Z", "/w/garden", "house-model", 700) +
                  response("m3", "2026-11-24T08:00:00.000Z", "/w/garden/shed", "claude-sonnet-4-6",
                           1'000'000)},
             {test::kClaudeRoot, slug + kRoses + "/subagents/" + kTap + ".jsonl",
              response("m4", "2026-11-24T08:01:00.000Z", "/w/garden", "claude-haiku-4-5", 500'000)},
             {test::kClaudeRoot, slug + kLeaves + ".jsonl",
              response("m5", "2026-11-25T09:00:00.000Z", "/w/gardening", "claude-haiku-4-5", 100'000,
                       R"("costUSD":0.25,)")}});
    }

    proto::Usage ask(UsageQuestion question) {
        auto answer = history_.usage(question, kNow);
        EXPECT_TRUE(answer);
        return *answer;
    }

    static std::vector<std::string> rows(const proto::Usage& usage) {
        std::vector<std::string> all;
        for (const auto& row : usage.rows) {
            const auto cost = row.usage.cost_usd_e6;
            all.push_back(fmt::format("{} {} {} {}", row.key, row.usage.responses,
                                      row.usage.tokens.input.value_or(-1),
                                      cost ? fmt::format("{}", *cost) : "-"));
        }
        return all;
    }

    SessionHome home_;
    UsageHistory history_{home_.store()};
};

TEST_F(UsageHistoryTest, adds_up_by_each_thing_that_can_be_asked) {
    EXPECT_THAT(rows(ask({.by = UsageBy::day, .tz = "UTC"})),
                ElementsAre("2026-11-23 2 1000700 3000000", "2026-11-24 2 1500000 3500000",
                            "2026-11-25 1 100000 250000"));
    EXPECT_THAT(rows(ask({.by = UsageBy::day, .tz = "Europe/Berlin"})),
                ElementsAre("2026-11-23 1 1000000 3000000", "2026-11-24 3 1500700 3500000",
                            "2026-11-25 1 100000 250000"));
    EXPECT_THAT(rows(ask({.by = UsageBy::week, .tz = "UTC"})), ElementsAre("2026-11-23 5 2600700 6750000"));
    EXPECT_THAT(rows(ask({.by = UsageBy::month, .tz = "UTC"})), ElementsAre("2026-11-01 5 2600700 6750000"));
    EXPECT_THAT(rows(ask({.by = UsageBy::model})),
                ElementsAre("claude-sonnet-4-6 2 2000000 6000000", "claude-haiku-4-5 2 600000 750000",
                            "house-model 1 700 -"));
    EXPECT_THAT(rows(ask({.by = UsageBy::agent})), ElementsAre("claude 5 2600700 6750000"));
    EXPECT_THAT(rows(ask({.by = UsageBy::workspace})),
                ElementsAre("/w/garden 4 2500700 6500000", "/w/gardening 1 100000 250000"));
    EXPECT_THAT(rows(ask({.by = UsageBy::session})), ElementsAre(fmt::format("{} 3 2000700 6000000", kRoses),
                                                                 fmt::format("{} 1 500000 500000", kTap),
                                                                 fmt::format("{} 1 100000 250000", kLeaves)));
}

TEST_F(UsageHistoryTest, says_in_every_answer_what_has_no_price) {
    for (const UsageBy by : {UsageBy::day, UsageBy::agent, UsageBy::session}) {
        const auto usage = ask({.by = by});
        ASSERT_EQ(usage.unpriced.size(), 1U);
        EXPECT_EQ(usage.unpriced[0].model, "house-model");
        EXPECT_EQ(usage.unpriced[0].responses, 1);
        EXPECT_EQ(usage.unpriced[0].tokens, 700);
        EXPECT_EQ(usage.total.unpriced_responses, 1);
        EXPECT_EQ(usage.total.unpriced_tokens, 700);
        EXPECT_EQ(usage.total.cost_agent_usd_e6, 250'000);
    }
    EXPECT_TRUE(ask({.agent = "codex"}).unpriced.empty());
}

TEST_F(UsageHistoryTest, takes_agent_directory_and_time) {
    EXPECT_EQ(ask({.agent = "codex"}).total.responses, 0);
    EXPECT_EQ(ask({.workspace = "/w/garden"}).total.responses, 4);
    EXPECT_EQ(ask({.workspace = "/w"}).total.responses, 5);
    EXPECT_EQ(ask({.workspace = "/"}).total.responses, 5);
    const auto later = ask({.since = ms("2026-11-24T08:00:01Z")});
    EXPECT_EQ(later.since_ms, ms("2026-11-24T08:00:00Z")) << "back to a quarter";
    EXPECT_EQ(later.total.responses, 3);
    const auto earlier = ask({.since = 0, .until = ms("2026-11-23T23:00:00Z")});
    EXPECT_EQ(earlier.total.responses, 1);
}

TEST_F(UsageHistoryTest, adds_up_what_counts_as_one_workspace) {
    const WorkspaceAliases aliases(WorkspaceAliases::Map{{"/w/garden", "/w/gardening"}});
    EXPECT_THAT(rows(ask({.by = UsageBy::workspace, .aliases = aliases})),
                ElementsAre("/w/gardening 5 2600700 6750000"));
    EXPECT_EQ(ask({.by = UsageBy::workspace, .aliases = aliases}).total.unpriced_responses, 1);
    EXPECT_THAT(rows(ask({.by = UsageBy::agent, .aliases = aliases})),
                ElementsAre("claude 5 2600700 6750000"));
    for (const char* name : {"/w/garden", "/w/gardening"})
        EXPECT_EQ(ask({.workspace = name, .aliases = aliases}).total.responses, 5) << name;
    const WorkspaceAliases away(WorkspaceAliases::Map{{"/w/garden", "/x"}});
    EXPECT_EQ(ask({.workspace = "/w", .aliases = away}).total.responses, 1);
    EXPECT_EQ(ask({.workspace = "/w/garden", .aliases = away}).total.responses, 4);
}

TEST_F(UsageHistoryTest, says_who_was_at_work_in_a_workspace_without_counting_under_any_of_its_names) {
    const std::int64_t key = home_.store().sessions.key_of("cursor", "c");
    session::SessionState state = home_.store().sessions.load(key);
    state.workspace = "/w/plot";
    state.last_activity = kNow - 1000;
    state.has_content = true;
    state.next_seq = 1;
    home_.store().sessions.save(key, state);
    EXPECT_TRUE(ask({.workspace = "/w/garden"}).uncounted.empty());
    const WorkspaceAliases aliases(WorkspaceAliases::Map{{"/w/plot", "/w/garden"}});
    for (const char* name : {"/w/plot", "/w/garden"}) {
        const auto uncounted = ask({.workspace = name, .aliases = aliases}).uncounted;
        ASSERT_EQ(uncounted.size(), 1U) << name;
        EXPECT_EQ(uncounted[0].sessions, 1) << name;
    }
}

TEST_F(UsageHistoryTest, takes_any_number_for_a_time) {
    constexpr UnixMs kLargest = std::numeric_limits<UnixMs>::max();
    EXPECT_EQ(ask({.since = 0, .until = kLargest}).total.responses, 5);
    EXPECT_EQ(ask({.since = kLargest, .until = kLargest}).total.responses, 0);
    EXPECT_EQ(ask({.since = 1000, .until = 0}).total.responses, 0);
}

TEST_F(UsageHistoryTest, leaves_rows_out_but_never_out_of_the_total) {
    const auto usage = ask({.by = UsageBy::session, .limit = 1});
    EXPECT_EQ(usage.rows.size(), 1U);
    EXPECT_EQ(usage.rows_left_out, 2);
    EXPECT_EQ(usage.total.responses, 5);
    EXPECT_THAT(rows(ask({.by = UsageBy::day, .tz = "UTC", .limit = 1})),
                ElementsAre("2026-11-25 1 100000 250000"));
}

TEST_F(UsageHistoryTest, gives_a_session_alone_and_with_its_sub_agents) {
    History history(home_.store());
    const auto lookup = history.find(kRoses);
    const proto::SessionDetail detail = history.session(lookup.key, kNow);
    EXPECT_EQ(detail.session.cost_usd_e6, 6'000'000);
    EXPECT_EQ(detail.session.unpriced_responses, 1);
    ASSERT_TRUE(detail.session.usage_with_children);
    EXPECT_EQ(detail.session.usage_with_children->cost_usd_e6, 6'500'000);
    EXPECT_EQ(detail.session.usage_with_children->responses, 4);
    ASSERT_EQ(detail.children.size(), 1U);
    EXPECT_EQ(detail.children[0].cost_usd_e6, 500'000);
    ASSERT_EQ(detail.models.size(), 2U);
    EXPECT_EQ(detail.models[0].key, "claude-sonnet-4-6");
    EXPECT_FALSE(detail.reported);
}

TEST_F(UsageHistoryTest, knows_today) {
    const auto today = history_.today(kNow);
    EXPECT_LE(today.since_ms, kNow);
    EXPECT_GT(today.since_ms, kNow - 25 * 60 * 60 * 1000);
}

TEST_F(UsageHistoryTest, says_by_which_prices) {
    const auto usage = ask({});
    ASSERT_EQ(usage.prices.size(), 1U);
    EXPECT_EQ(usage.prices[0].date, "2026-08-22");
    EXPECT_EQ(usage.prices[0].origin, "built in");
    EXPECT_TRUE(usage.prices[0].current);
}

TEST_F(UsageHistoryTest, refuses_a_zone_that_it_does_not_know) {
    EXPECT_FALSE(history_.usage({.tz = "Nowhere/City"}, kNow));
}

}  // namespace
}  // namespace kaizen::insight
