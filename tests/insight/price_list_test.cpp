// The price table in force, asked of a database that Ingest filled.

#include "daemon/insight/price_list.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ingest/session_home.h"

namespace kaizen::insight {
namespace {

using test::SessionHome;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::string response(const std::string& id, const std::string& model, int input,
                     const std::string& more = {}) {
    return fmt::format(
        R"({{"type":"assistant","uuid":"u{0}","timestamp":"2026-11-24T08:00:00.000Z","cwd":"/w",{3}"message":)"
        R"({{"id":"{0}","model":"{1}","content":[{{"type":"text","text":"x"}}],)"
        R"("usage":{{"input_tokens":{2},"output_tokens":0}}}}}})"
        "\n",
        id, model, input, more);
}

class PriceListTest : public testing::Test {
  protected:
    PriceListTest() {
        home_.import({{test::kClaudeRoot, "-w/aaaaaaaa-0000-4000-8000-000000000000.jsonl",
                       response("m1", "claude-sonnet-4-6", 1'000'000) +
                           response("m2", "us.anthropic.claude-sonnet-4-6-v1", 1'000'000) +
                           response("m3", "claude-haiku-4-5", 100'000, R"("costUSD":0.25,)") +
                           response("m4", "house-model", 700)}});
    }

    proto::Prices ask(const PriceQuestion& question) { return list_prices(home_.store(), table_, question); }

    static std::vector<std::string> names(const proto::Prices& prices) {
        std::vector<std::string> all;
        for (const auto& entry : prices.entries) all.push_back(entry.model);
        return all;
    }

    SessionHome home_;
    session::PriceTable table_ = session::PriceTable::built_in();
};

TEST_F(PriceListTest, has_what_the_history_uses_with_the_largest_cost_first) {
    const auto prices = ask({});
    ASSERT_THAT(names(prices), ElementsAre("claude-sonnet-4-6", "claude-haiku-4-5"));
    const proto::PriceEntry& sonnet = prices.entries[0];
    EXPECT_EQ(sonnet.layer, "built_in");
    EXPECT_EQ(sonnet.input_usd_e6, 3'000'000);
    EXPECT_EQ(sonnet.cache_write_1h_usd_e6, 6'000'000);
    EXPECT_EQ(sonnet.batch_e3, 500);
    EXPECT_EQ(sonnet.web_search_usd_e6, 10'000);
    EXPECT_THAT(sonnet.models, ElementsAre("claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6-v1"));
    EXPECT_EQ(sonnet.usage.responses, 2);
    EXPECT_EQ(sonnet.usage.cost_usd_e6, 6'300'000) << "the endpoint of a region costs a tenth more";
    EXPECT_EQ(prices.entries[1].usage.cost_agent_usd_e6, 250'000);
    EXPECT_EQ(prices.entries_left_out, static_cast<std::int64_t>(table_.rows().size()) - 2);
    ASSERT_EQ(prices.unpriced.size(), 1U);
    EXPECT_EQ(prices.unpriced[0].model, "house-model");
    EXPECT_EQ(prices.unpriced[0].usage.unpriced_tokens, 700);
}

TEST_F(PriceListTest, has_all_when_asked_for_all) {
    const auto prices = ask({{}, true});
    EXPECT_EQ(prices.entries.size(), table_.rows().size());
    EXPECT_EQ(prices.entries_left_out, 0);
    EXPECT_EQ(prices.entries[0].model, "claude-sonnet-4-6");
}

TEST_F(PriceListTest, finds_entries_by_a_part_of_their_name_and_by_any_name_of_a_model) {
    EXPECT_THAT(names(ask({"OPUS-4-6"})), ElementsAre("claude-opus-4-6", "claude-opus-4-6-20260205"));
    EXPECT_THAT(names(ask({"anthropic/claude-4.5-haiku"})), ElementsAre("claude-haiku-4-5"));
    EXPECT_THAT(names(ask({"us.anthropic"})), ElementsAre("claude-sonnet-4-6")) << "as the history names it";
    EXPECT_THAT(names(ask({"house"})), IsEmpty());
    EXPECT_EQ(ask({"house"}).unpriced.size(), 1U);
    EXPECT_THAT(ask({"opus"}).unpriced, IsEmpty());
}

TEST_F(PriceListTest, names_the_tables_that_it_is_made_of) {
    ASSERT_TRUE(
        table_.put_over("date = 2026-11-02\nsource = \"a list\"\nmodel = [{match=\"house-model\", input=1, "
                        "output=1}]",
                        "/c/prices-imported.toml", session::PriceLayer::imported));
    const auto prices = ask({});
    ASSERT_EQ(prices.tables.size(), 2U);
    EXPECT_EQ(prices.tables[0].layer, "built_in");
    EXPECT_EQ(prices.tables[1].layer, "imported");
    EXPECT_EQ(prices.tables[1].date, "2026-11-02");
    EXPECT_EQ(prices.tables[1].origin, "/c/prices-imported.toml");
    EXPECT_EQ(prices.tables[1].source, "a list");
    ASSERT_THAT(names(prices), Contains("house-model"));
    EXPECT_EQ(prices.entries.back().usage.unpriced_responses, 1) << "until it is priced anew";
    EXPECT_THAT(prices.unpriced, IsEmpty());
}

}  // namespace
}  // namespace kaizen::insight
