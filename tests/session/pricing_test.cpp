#include "daemon/session/pricing.h"

#include <gtest/gtest.h>

namespace kaizen::session {
namespace {

PriceTable table_of(std::string_view rows) {
    PriceTable table = PriceTable::built_in();
    const auto put = table.put_over("date = 2026-11-01\nmodel = [" + std::string(rows) + "]", "mine.toml");
    EXPECT_TRUE(put) << put.error().message;
    return table;
}

std::string complaint(std::string_view toml) {
    PriceTable table = PriceTable::built_in();
    const std::uint64_t before = table.fingerprint();
    const auto put = table.put_over(toml, "mine.toml");
    EXPECT_EQ(table.fingerprint(), before) << "a broken table must change nothing";
    return put ? "" : put.error().message;
}

TEST(PriceTable, has_a_date_and_the_models_that_agents_use) {
    const PriceTable table = PriceTable::built_in();
    EXPECT_EQ(table.date(), "2026-08-22");
    EXPECT_EQ(table.origin(), "built in");
    for (const char* model : {"claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5",
                              "gpt-5.1-codex", "gpt-5.2", "gpt-5.6-sol"}) {
        EXPECT_NE(table.find(model), nullptr) << model;
    }
}

TEST(PriceTable, finds_a_model_under_the_names_that_providers_give_it) {
    const PriceTable table = PriceTable::built_in();
    const Price* sonnet = table.find("claude-sonnet-4-5");
    ASSERT_NE(sonnet, nullptr);
    EXPECT_EQ(sonnet->input, 3'000'000);
    EXPECT_EQ(sonnet->cache_read, 300'000);
    EXPECT_EQ(sonnet->cache_write_5m, 3'750'000);
    EXPECT_EQ(sonnet->cache_write_1h, 6'000'000);
    for (const char* model :
         {"anthropic/claude-sonnet-4-5", "openrouter/anthropic/claude-sonnet-4-5-20250929",
          "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-v2",
          "arn:aws:bedrock:eu-west-1:0:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
          "claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20991231", "claude-sonnet-4-5-latest"}) {
        const Price* found = table.find(model);
        ASSERT_NE(found, nullptr) << model;
        EXPECT_EQ(found->input, sonnet->input) << model;
        EXPECT_EQ(found->cache_read, sonnet->cache_read) << model;
    }
    EXPECT_EQ(table.find("openai/gpt-5.1-2025-11-13"), table.find("gpt-5.1-2025-11-13"));
    EXPECT_EQ(table.find("gpt-5.1-2030-01-01"), table.find("gpt-5.1"));
}

TEST(PriceTable, takes_the_longest_row_that_a_name_begins_with) {
    const PriceTable table =
        table_of(R"({match="house", input=1, output=1}, {match="house-coder", input=2, output=2})");
    EXPECT_EQ(table.find("house-coder-preview"), table.find("house-coder"));
    EXPECT_EQ(table.find("house-preview"), table.find("house"));
    EXPECT_EQ(table.find("house-writer-preview"), nullptr) << "a writer may cost anything";
    EXPECT_EQ(table.find("housing"), nullptr);
}

TEST(PriceTable, never_guesses_from_another_version_or_size) {
    const PriceTable table = PriceTable::built_in();
    for (const char* model : {"", "-", "house-model", "claude-sonnet-5-5", "claude-opus-4-99", "gpt-5.99",
                              "gpt-5-codex-mini", "gpt-5.1-codex-nano-preview", "claude", "gpt",
                              "o3-mega-pro", "anthropic.", "/", "@20250929", "-20250929", "-v1:0"}) {
        EXPECT_EQ(table.find(model), nullptr) << model;
    }
    for (const char* model :
         {"claude-opus-5-fast", "gpt-5.2-codex-spark", "gpt-5.6-terra-codex", "gpt-5-codex-maxima"})
        EXPECT_EQ(table.find(model), nullptr) << model << " is a model of its own";
    for (const char* model : {"gpt-5.2-high", "claude-sonnet-4-5-thinking", "gpt-5.2-codex-xhigh"})
        EXPECT_NE(table.find(model), nullptr) << model << " is not";
}

TEST(PriceTable, finds_a_model_in_the_spellings_of_gateways) {
    const PriceTable table = PriceTable::built_in();
    for (const char* model :
         {"claude-opus-4.6", "anthropic/claude-opus-4.6", "anthropic/claude-4.6-opus-20260205",
          "claude-opus-4-6[1m]", "claude-4-6-opus", "claude-opus-4.6-20260205"}) {
        ASSERT_NE(table.find(model), nullptr) << model;
        EXPECT_EQ(*table.find(model), *table.find("claude-opus-4-6")) << model;
    }
    EXPECT_EQ(table.find("claude-sonnet-4-5-20250929[1m]"), table.find("claude-sonnet-4-5-20250929"));
    const PriceTable twins = table_of(
        R"({match="house-20250101", input=1, output=1}, {match="house-20250202", input=1, output=1},
           {match="barn-20250101", input=1, output=1}, {match="barn-20250202", input=2, output=1})");
    ASSERT_NE(twins.find("house"), nullptr) << "all that have a date say the same";
    EXPECT_EQ(twins.find("house")->input, 1'000'000);
    EXPECT_EQ(twins.find("barn"), nullptr) << "they do not";
}

TEST(PriceTable, of_the_user_goes_over_the_built_in_one) {
    const PriceTable table =
        table_of(R"({match="house", input=1.5, output=2}, {match="gpt-5.1", input=9, output=9})");
    EXPECT_EQ(table.find("house")->input, 1'500'000);
    EXPECT_EQ(table.find("gpt-5.1")->input, 9'000'000);
    EXPECT_EQ(table.find("gpt-5.2")->input, 1'750'000);
    EXPECT_EQ(table.date(), "2026-11-01");
    EXPECT_EQ(table.origin(), "mine.toml");
    EXPECT_NE(table.fingerprint(), PriceTable::built_in().fingerprint());
}

TEST(PriceTable, has_the_imported_one_between_the_built_in_one_and_the_users) {
    PriceTable table = PriceTable::built_in();
    ASSERT_TRUE(
        table.put_over("date = 2026-11-02\nsource = \"a list\"\nmodel = [{match=\"claude-opus-4-6\", "
                       "input=4, output=20}, {match=\"house\", input=1, output=1}]",
                       "imported.toml", PriceLayer::imported));
    ASSERT_TRUE(
        table.put_over("date = 2026-11-01\nmodel = [{match=\"house\", input=2, output=2}]", "mine.toml"));
    const auto layer = [&table](const char* model) { return table.row_of(model)->second.layer; };
    EXPECT_EQ(layer("claude-opus-4-5"), PriceLayer::built_in);
    EXPECT_EQ(layer("us.anthropic.claude-opus-4-6-v1"), PriceLayer::imported);
    EXPECT_EQ(layer("house"), PriceLayer::own);
    EXPECT_EQ(table.find("house")->input, 2'000'000);
    ASSERT_EQ(table.sources().size(), 3U);
    EXPECT_EQ(table.sources()[1].source, "a list");
    EXPECT_EQ(table.sources()[1].origin, "imported.toml");
    EXPECT_EQ(table.date(), "2026-11-01");
}

TEST(PriceTable, keeps_the_factors_that_an_imported_row_does_not_say) {
    PriceTable table = PriceTable::built_in();
    const Price before = *table.find("claude-opus-4-6");
    const Price sonnet = *table.find("claude-sonnet-4-5");
    ASSERT_TRUE(
        table.put_over("date = 2026-11-02\nmodel = [{match=\"claude-opus-4-6\", input=4, output=20, fast=3},"
                       "{match=\"claude-sonnet-4-5\", input=3, output=15}]",
                       "imported.toml", PriceLayer::imported));
    const Price& after = *table.find("claude-opus-4-6");
    EXPECT_EQ(after.input, 4'000'000);
    EXPECT_EQ(after.fast, 3000);
    EXPECT_EQ(after.batch, before.batch);
    EXPECT_EQ(after.us, before.us);
    EXPECT_EQ(after.regional, before.regional);
    EXPECT_EQ(after.web_search, before.web_search);
    EXPECT_EQ(after.cache_read, std::nullopt) << "a price is never another list's";
    EXPECT_TRUE(sonnet.long_above);
    EXPECT_EQ(table.find("claude-sonnet-4-5")->long_above, std::nullopt)
        << "lists say which prices are higher";
    const PriceTable own = table_of(R"({match="claude-opus-4-6", input=4, output=20})");
    EXPECT_EQ(own.find("claude-opus-4-6")->fast, std::nullopt) << "a row of the user's own is the whole row";
}

TEST(PriceTable, of_the_user_may_write_rows_as_tables) {
    PriceTable table = PriceTable::built_in();
    ASSERT_TRUE(table.put_over("date = 2026-11-01\n[[model]]\nmatch = \"house\"\ninput = 1\noutput = 2\n",
                               "mine.toml"));
    EXPECT_EQ(table.find("house")->output, 2'000'000);
}

TEST(PriceTable, says_where_it_is_broken) {
    EXPECT_EQ(complaint("model = []"),
              "mine.toml:1:1: date is missing: say of when the prices are, date = 2026-11-01");
    const std::string date = "date = 2026-11-01\n";
    EXPECT_EQ(complaint(date + "model = [{match=\"a\", input=1}]"), "mine.toml:2:10: output is missing");
    EXPECT_EQ(complaint(date + "model = [{input=1, output=1}]"),
              "mine.toml:2:10: match must be the id of a model");
    EXPECT_EQ(complaint(date + "model = [{match=\"a\", input=-1, output=1}]"),
              "mine.toml:2:28: input must be a number of dollars per million tokens");
    EXPECT_EQ(complaint(date + "model = [{match=\"a\", input=nan, output=1}]"),
              "mine.toml:2:28: input must be a number of dollars per million tokens");
    EXPECT_EQ(complaint(date + "model = [{match=\"a\", input=1, output=1, fast=1000}]"),
              "mine.toml:2:46: fast must be a factor of the prices");
    EXPECT_EQ(complaint(date + "model = [{match=\"a\", input=1, output=1, inptu=1}]"),
              "mine.toml:2:41: unknown key inptu");
    EXPECT_EQ(complaint(date + "model = 7"), "mine.toml:2:9: model must be a list of tables");
    EXPECT_EQ(complaint(date + "model = [7]"), "mine.toml:2:10: model must be a list of tables");
    EXPECT_NE(complaint("date = = ="), "");
}

parse::TokenCounts tokens(std::int64_t input, std::int64_t output) {
    parse::TokenCounts counts;
    counts.input = input;
    counts.output = output;
    return counts;
}

TEST(Cost, takes_each_class_at_its_price_and_one_hour_cache_writes_apart) {
    Price price;
    price.input = 3'000'000;
    price.output = 15'000'000;
    price.cache_read = 300'000;
    price.cache_write_5m = 3'750'000;
    price.cache_write_1h = 6'000'000;
    parse::TokenCounts counts = tokens(10, 100);
    counts.cache_read = 1000;
    counts.cache_write = 50;
    counts.cache_write_1h = 20;
    counts.reasoning = 40;  // inside output
    EXPECT_EQ(cost_pico(price, counts),
              (10 * 3'000'000 + 100 * 15'000'000 + 1000 * 300'000 + 30 * 3'750'000 + 20 * 6'000'000));
    counts.cache_write_1h = 80;  // more than all that was written: not believed
    EXPECT_EQ(cost_pico(price, counts),
              (10 * 3'000'000 + 100 * 15'000'000 + 1000 * 300'000 + 50 * 6'000'000));
}

TEST(Cost, is_unknown_where_a_class_that_was_used_has_no_price_or_nothing_is_known) {
    const PriceTable table = table_of(R"({match="house", input=1, output=1})");
    parse::TokenCounts counts = tokens(1, 1);
    EXPECT_EQ(cost_pico(*table.find("house"), counts), 2'000'000);
    counts.cache_write = 1;
    EXPECT_EQ(cost_pico(*table.find("house"), counts), 3'000'000) << "as input";
    counts.cache_read = 0;
    EXPECT_TRUE(cost_pico(*table.find("house"), counts));
    counts.cache_read = 1;
    EXPECT_FALSE(cost_pico(*table.find("house"), counts));
    EXPECT_FALSE(cost_pico(*table.find("house"), {}));
}

parse::Billing billed(std::string tier, std::string region = {}, std::optional<std::int64_t> searches = {}) {
    return {std::move(tier), std::move(region), searches};
}

TEST(Cost, depends_on_the_tier_and_the_region) {
    const PriceTable table = table_of(
        R"({match="house", input=1, output=2, fast=6, priority=2.5, flex=0.5, us=1.1, regional=1.2})");
    const auto cost = [&](const parse::Billing& billing) {
        return table.cost_pico("house", tokens(100, 50), billing);
    };
    EXPECT_EQ(cost({}), 200'000'000);
    EXPECT_EQ(cost(billed("fast")), 1'200'000'000);
    EXPECT_EQ(cost(billed("priority")), 500'000'000);
    EXPECT_EQ(cost(billed("flex")), 100'000'000);
    EXPECT_EQ(cost(billed("", "us")), 220'000'000);
    EXPECT_EQ(cost(billed("fast", "us")), 1'320'000'000);
    EXPECT_FALSE(cost(billed("batch"))) << "the table does not say";
    EXPECT_FALSE(cost(billed("scale"))) << "nobody knows";
    EXPECT_FALSE(cost(billed("", "mars")));
}

TEST(Cost, of_an_endpoint_that_keeps_to_a_region_is_its_own) {
    const PriceTable table = PriceTable::built_in();
    const auto cost = [&](const char* model) { return table.cost_pico(model, tokens(1000, 0), {}); };
    for (const char* model :
         {"us.anthropic.claude-sonnet-4-5-20250929-v1:0",
          "arn:aws:bedrock:eu-west-1:0:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"})
        EXPECT_EQ(cost(model), 3'300'000'000) << model;
    for (const char* model :
         {"global.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5@20250929"})
        EXPECT_EQ(cost(model), 3'000'000'000) << model;
    EXPECT_EQ(cost("us.anthropic.claude-3-5-sonnet-20241022-v2:0"), 3'000'000'000)
        << "before there was a difference";
}

TEST(Cost, of_a_response_that_takes_in_much_is_that_of_long_ones) {
    const PriceTable table = table_of(
        R"({match="house", input=1, output=2, cache_read=0.1, long_above=1000, long_input=2, long_output=1.5})");
    parse::TokenCounts counts = tokens(600, 10);
    counts.cache_read = 400;
    EXPECT_EQ(table.cost_pico("house", counts, {}), 600'000'000 + 40'000'000 + 20'000'000);
    counts.cache_read = 401;
    EXPECT_EQ(table.cost_pico("house", counts, {}), 2 * 640'100'000 + 30'000'000);
}

TEST(Cost, has_the_fee_of_each_web_search) {
    const PriceTable table = table_of(R"({match="house", input=1, output=2, web_search=0.01},
                                         {match="barn", input=1, output=2})");
    EXPECT_EQ(table.cost_pico("house", tokens(100, 50), billed("", "", 3)), 200'000'000 + 3 * 10'000'000'000);
    EXPECT_EQ(table.cost_pico("house", {}, billed("", "", 1)), 10'000'000'000) << "a fee alone";
    EXPECT_FALSE(table.cost_pico("barn", tokens(100, 50), billed("", "", 3)));
    EXPECT_FALSE(table.cost_pico("house", {}, {}));
}

TEST(Cost, of_absurd_numbers_is_unknown_and_overflows_nowhere) {
    Price price;
    price.input = price.output = 100'000'000'000;
    constexpr std::int64_t kAbsurd = std::int64_t{1} << 40;
    EXPECT_FALSE(cost_pico(price, tokens(kAbsurd, kAbsurd)));
    EXPECT_TRUE(cost_pico(price, tokens(1, 1)));
}

TEST(Cost, is_rounded_half_up) {
    EXPECT_EQ(to_micro(0), 0);
    EXPECT_EQ(to_micro(499'999), 0);
    EXPECT_EQ(to_micro(500'000), 1);
    EXPECT_EQ(to_micro(1'499'999), 1);
}

}  // namespace
}  // namespace kaizen::session
