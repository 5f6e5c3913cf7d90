// `prices` as people read it, to the letter where the layout matters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ctl/command_run.h"
#include "tests/ctl/fake_daemon.h"
#include "tests/ctl/samples.h"
#include "tests/support/temp_dir.h"

namespace kaizen::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

proto::PriceEntry entry(const std::string& model, std::int64_t input, std::int64_t output) {
    proto::PriceEntry entry;
    entry.model = model;
    entry.layer = "built_in";
    entry.input_usd_e6 = entry.cache_write_5m_usd_e6 = entry.cache_write_1h_usd_e6 = input;
    entry.output_usd_e6 = output;
    return entry;
}

proto::Prices prices() {
    proto::PriceEntry opus = entry("claude-opus-4-6", 5'000'000, 25'000'000);
    opus.cache_read_usd_e6 = 500'000;
    opus.cache_write_5m_usd_e6 = 6'250'000;
    opus.cache_write_1h_usd_e6 = 10'000'000;
    opus.fast_e3 = 6000;
    opus.regional_e3 = 1100;
    opus.web_search_usd_e6 = 10'000;
    opus.models = {"claude-opus-4-6"};
    opus.usage.responses = 1234;
    opus.usage.cost_usd_e6 = 41'000'000;
    opus.usage.unpriced_responses = 2;
    proto::PriceEntry flash = entry("deepseek-v4-flash", 140'000, 280'000);
    flash.cache_read_usd_e6 = 2'800;
    flash.models = {"deepseek/deepseek-v4-flash"};
    flash.usage.responses = 3;
    flash.usage.cost_usd_e6 = 500'000;
    proto::Prices prices;
    prices.tables = {{"built_in", "2026-08-22", "built in", "public price lists"}};
    prices.entries = {opus, flash};
    prices.entries_left_out = 211;
    proto::ModelUsage house;
    house.model = "house-model";
    house.usage.responses = 2;
    house.usage.tokens.input = 9'000;
    prices.unpriced = {house};
    return prices;
}

TEST(RenderPrices, fit_eighty_columns) {
    EXPECT_EQ(render_prices(look_of(80), prices(), ""),
              "Prices · dollars per million tokens\n"
              "\n"
              "MODEL              INPUT  CACHED  WRITTEN  1 HOUR  OUTPUT  FROM        COST\n"
              "claude-opus-4-6     5.00  0.50       6.25   10.00   25.00  built in  $41.00+\n"
              "deepseek-v4-flash   0.14  0.0028     0.14    0.14    0.28  built in   $0.50\n"
              "and 211 more entries that no response here used: --all\n"
              "\n"
              "  Unpriced    ▲ house-model (2 responses, 9.0k tokens)\n"
              "              → kaizenctl prices import FILE, a public list; or the file that\n"
              "              [prices] of config.toml names\n"
              "  Prices      built in, of 22 Aug 2026 · public price lists\n");
}

TEST(RenderPrices, say_more_at_two_hundred) {
    const std::string text = render_prices(look_of(200), prices(), "");
    EXPECT_THAT(text, HasSubstr("OUTPUT  FROM      RESPONSES    COST   TIMES\n"));
    EXPECT_THAT(text,
                HasSubstr(" 25.00  built in      1,234  $41.00+  fast ×6 · regional ×1.1 · search $0.01\n"));
}

TEST(RenderPrices, tell_whose_they_are_when_they_are_of_several_tables) {
    proto::Prices mixed = prices();
    mixed.entries[1].layer = "own";
    mixed.tables.push_back({"own", "2026-11-01", "/home/ada/.config/kaizen/prices.toml", ""});
    const std::string text = render_prices(look_of(80), mixed, "");
    EXPECT_THAT(text, HasSubstr("OUTPUT  FROM        COST\n"));
    EXPECT_THAT(text, HasSubstr("0.28  yours      $0.50\n"));
    EXPECT_THAT(text, HasSubstr("yours, of 1 Nov 2026 · ~/.config/kaizen/prices.toml\n"));
}

TEST(RenderPrices, tell_what_is_multiplied_below_where_a_model_is_asked_for) {
    EXPECT_THAT(render_prices(look_of(80), prices(), "opus"),
                HasSubstr("  Times       fast ×6 · regional ×1.1 · search $0.01\n"
                          "              claude-opus-4-6\n"));
    EXPECT_THAT(render_prices(look_of(80), prices(), ""), Not(HasSubstr("Times")));
}

TEST(RenderPrices, say_what_else_to_ask_where_there_is_nothing) {
    proto::Prices none;
    none.entries_left_out = 213;
    EXPECT_THAT(
        render_prices(look_of(80), none, ""),
        HasSubstr("no response here used any of the 213 entries; kaizenctl prices --all shows them\n"));
    EXPECT_THAT(render_prices(look_of(80), none, "opis"), HasSubstr("no entry fits \"opis\""));
}

TEST(PricesCommand, asks_for_what_it_is_told) {
    const test::TempDir dir;
    const FakeDaemon daemon(dir / "s",
                            [](const std::string&) { return http_answer("200 OK", to_json(prices())); });
    EXPECT_EQ(run({"prices"}, dir / "s").exit, ExitCode::ok);
    EXPECT_EQ(run({"prices", "opus"}, dir / "s").exit, ExitCode::ok);
    EXPECT_EQ(run({"prices", "--all", "--json"}, dir / "s").out, to_json(prices()) + "\n");
    EXPECT_THAT(daemon.requests(),
                ElementsAre("GET /v1/prices", "GET /v1/prices?model=opus", "GET /v1/prices?all=true"));
}

}  // namespace
}  // namespace kaizen::ctl
