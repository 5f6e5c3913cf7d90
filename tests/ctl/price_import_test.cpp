#include "ctl/price_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/json.h"
#include "common/small_file.h"
#include "ctl/human.h"
#include "daemon/session/pricing.h"
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

proto::PriceEntry with_factors(proto::PriceEntry entry) {
    entry.batch_e3 = 500;
    entry.regional_e3 = 1100;
    entry.web_search_usd_e6 = 10'000;
    return entry;
}

proto::Prices in_force() {
    proto::Prices prices;
    prices.entries = {entry("fern", 1'000'000, 2'000'000), entry("moss", 1'000'000, 2'000'000),
                      with_factors(entry("rose", 5'000'000, 25'000'000)), entry("vine", 1'000'000, 2'000'000),
                      entry("yew", 1'000'000, 2'000'000)};
    prices.entries[0].layer = "imported";
    prices.entries[1].layer = "own";
    prices.entries[2].usage.responses = 7;
    return prices;
}

PriceImport import_of(std::vector<proto::PriceEntry> entries) {
    PriceImport import;
    import.file_name = "list \"one\".json";
    import.imported_on = "2026-11-29";
    import.list.format = "LiteLLM";
    import.list.date = "2026-11-28";
    import.list.entries = std::move(entries);
    import.list.left_out = {{ "of other providers", 2103, "together_ai/x" }};
    import.changes = changes_by(import.list, in_force());
    return import;
}

PriceImport usual_import() {
    proto::PriceEntry rose = entry("rose", 4'000'000, 20'000'000);
    rose.fast_e3 = 6000;
    return import_of({entry("moss", 9'000'000, 9'000'000), rose, entry("tulip", 400'000, 1'200'000),
                      entry("vine", 1'500'000, 2'000'000), entry("yew", 1'000'000, 2'000'000)});
}

TEST(PriceChanges, are_those_to_what_is_in_force) {
    const PriceChanges changes = usual_import().changes;
    ASSERT_EQ(changes.added.size(), 1U);
    EXPECT_EQ(changes.added[0].model, "tulip");
    ASSERT_EQ(changes.changed.size(), 2U);
    EXPECT_EQ(changes.changed[0].after.model, "rose") << "the history uses it";
    EXPECT_EQ(changes.changed[0].after.batch_e3, 500) << "which the list does not say";
    EXPECT_EQ(changes.changed[0].after.regional_e3, 1100);
    EXPECT_EQ(changes.changed[1].after.model, "vine");
    EXPECT_EQ(changes.unchanged, 1);
    EXPECT_THAT(changes.own, ElementsAre("moss"));
    EXPECT_THAT(changes.gone, ElementsAre("fern"));
}

TEST(PriceTableFile, says_where_it_is_from_and_every_price_exactly) {
    proto::PriceEntry full = with_factors(entry("rose", 3'000'000, 15'000'000));
    full.cache_read_usd_e6 = 3'625;
    full.cache_write_1h_usd_e6 = 6'000'000;
    full.priority_e3 = 1800;
    full.long_above = 272'000;
    full.long_input_e3 = 2000;
    full.long_output_e3 = 1500;
    const std::string text = price_table_toml(import_of({full, entry("tulip", 150'000, 600'000)}));
    EXPECT_THAT(text, HasSubstr("# Prices from LiteLLM, list \"one\".json, imported on 2026-11-29.\n"));
    EXPECT_THAT(text, HasSubstr("\ndate = 2026-11-28\n"
                                "source = \"LiteLLM, list \\\"one\\\".json, imported on 2026-11-29\"\n"));
    EXPECT_THAT(text, HasSubstr("    {match = \"rose\", input = 3.0, output = 15.0, cache_read = 0.003625, "
                                "cache_write_5m = 3.0, cache_write_1h = 6.0, priority = 1.8, batch = 0.5, "
                                "regional = 1.1, long_above = 272000, long_input = 2.0, long_output = 1.5, "
                                "web_search = 0.01},\n"
                                "    {match = \"tulip\", input = 0.15, output = 0.6, cache_write_5m = 0.15, "
                                "cache_write_1h = 0.15},\n]\n"));
}

TEST(PriceTableFile, is_read_back_as_it_was_meant) {
    proto::PriceEntry rose = entry("rose", 1, 99'999'999'999);
    rose.cache_read_usd_e6 = 333'333;
    rose.us_e3 = 1001;
    rose.web_search_usd_e6 = 35'000;
    rose.long_above = 272'000;
    rose.long_input_e3 = 1999;
    session::PriceTable table = session::PriceTable::built_in();
    const auto put = table.put_over(price_table_toml(import_of({rose})), "t", session::PriceLayer::imported);
    ASSERT_TRUE(put) << put.error().message;
    const session::Price& price = *table.find("rose");
    EXPECT_EQ(price.input, 1);
    EXPECT_EQ(price.output, 99'999'999'999);
    EXPECT_EQ(price.cache_read, 333'333);
    EXPECT_EQ(price.us, 1001);
    EXPECT_EQ(price.web_search, 35'000'000'000);
    EXPECT_EQ(price.long_above, 272'000);
    EXPECT_EQ(price.long_input, 1999);
    EXPECT_EQ(price.long_output, 1000);
}

TEST(RenderPriceImport, says_what_would_change_in_eighty_columns) {
    EXPECT_EQ(render_price_import(look_of(80), usual_import(), false, ""),
              "Prices from list \"one\".json · LiteLLM, of 28 Nov 2026 · dollars per million tok…\n"
              "\n"
              "Changed · 2\n"
              "  rose\n"
              "      input 5.00 → 4.00 · written 5.00 → 4.00 · 1 hour 5.00 → 4.00 · output\n"
              "      25.00 → 20.00 · fast – → ×6\n"
              "  vine  input 1.00 → 1.50 · written 1.00 → 1.50 · 1 hour 1.00 → 1.50\n"
              "\n"
              "New · 1\n"
              "  tulip  input 0.40 · cached – · output 1.20\n"
              "\n"
              "  Unchanged   1 entry\n"
              "  Yours       moss: stay as your own file says\n"
              "  Gone        fern: imported before, not in this list; what is built in holds\n"
              "              again\n"
              "  Left out    2,103 of other providers, such as together_ai/x\n"
              "\n"
              "nothing is written yet: the same with --yes does it\n");
}

TEST(RenderPriceImport, says_where_it_is_and_what_it_does_not_do) {
    const std::string text = render_price_import(look_of(200), usual_import(), false, "/home/ada/x.toml");
    EXPECT_THAT(text, HasSubstr("✔ imported  5 entries, in force for new responses\n"
                                "  File        ~/x.toml\n"
                                "              → kaizenctl usage reprice prices the past anew\n"));
    EXPECT_THAT(text, Not(HasSubstr("--yes")));
}

TEST(RenderPriceImport, shows_a_few_of_many_until_all_are_asked_for) {
    std::vector<proto::PriceEntry> many;
    for (int i = 10; i < 40; ++i) many.push_back(entry("new-" + std::to_string(i), 1'000'000, 1'000'000));
    const std::string few = render_price_import(look_of(80), import_of(many), false, "");
    EXPECT_THAT(few, HasSubstr("New · 30\n"));
    EXPECT_THAT(few, HasSubstr("and 18 more: --all\n"));
    EXPECT_THAT(few, Not(HasSubstr("new-39")));
    EXPECT_THAT(render_price_import(look_of(80), import_of(many), true, ""), HasSubstr("new-39"));
}

// A home with a list in it, and a daemon that is asked.
class PricesImport : public testing::Test {
  protected:
    Ending run_words(std::vector<const char*> words) {
        words.insert(words.begin(), {"prices", "import"});
        return run(std::move(words), Surroundings{dir_ / "s", false, 80, {}});
    }
    void write(const char* name, const std::string& text) { test::write_file(dir_ / name, text); }
    [[nodiscard]] proto::Prices prices() const {
        proto::Prices prices = in_force();
        prices.imported_file = place_;
        return prices;
    }
    std::string table() {
        const auto file = read_small_file(dir_ / "prices-imported.toml");
        return file && *file ? (*file)->text : "";
    }

    test::TempDir dir_;
    std::string place_ = dir_ / "prices-imported.toml";
    std::string reload_ = http_answer("200 OK", "{}");
    FakeDaemon daemon_{dir_ / "s", [this](const std::string& request) {
                           return request.starts_with("POST") ? reload_
                                                              : http_answer("200 OK", to_json(prices()));
                       }};
    const std::string list_ = dir_ / "list.json";
};

constexpr const char* kList = R"({"rose": {"litellm_provider": "anthropic", "mode": "chat",
    "input_cost_per_token": 4e-06, "output_cost_per_token": 2e-05}})";

TEST_F(PricesImport, writes_nothing_until_it_is_told_to) {
    write("list.json", kList);
    const Ending ending = run_words({list_.c_str()});
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(ending.out, HasSubstr("nothing is written yet"));
    EXPECT_EQ(table(), "");
    EXPECT_THAT(daemon_.requests(), ElementsAre("GET /v1/prices?all=true"));
}

TEST_F(PricesImport, writes_the_table_for_its_user_alone_and_puts_it_in_force) {
    write("list.json", kList);
    const Ending ending = run_words({list_.c_str(), "--yes"});
    EXPECT_EQ(ending.exit, ExitCode::ok) << ending.err;
    EXPECT_THAT(table(), HasSubstr("{match = \"rose\", input = 4.0, output = 20.0"));
    EXPECT_EQ((*read_small_file(dir_ / "prices-imported.toml"))->mode & 07777U, 0600U);
    EXPECT_THAT(daemon_.requests(), ElementsAre("GET /v1/prices?all=true", "POST /v1/reload"));
    EXPECT_EQ(run_words({"--remove"}).out,
              "1 imported entry of " + (dir_ / "prices-imported.toml") +
                  " would go, and what is built in would hold again; --yes does it\n");
    EXPECT_NE(table(), "");
    EXPECT_EQ(run_words({"--remove", "--yes"}).exit, ExitCode::ok);
    EXPECT_EQ(table(), "");
    EXPECT_EQ(run_words({"--remove"}).exit, ExitCode::not_found);
}

TEST_F(PricesImport, says_the_same_to_programs) {
    write("list.json", kList);
    const Ending ending = run_words({list_.c_str(), "--json"});
    JsonDocument answer;
    ASSERT_TRUE(answer.parse(ending.out));
    EXPECT_EQ(find_string(answer.root(), "format"), "LiteLLM");
    EXPECT_EQ(find_bool(answer.root(), "written"), false);
    const JsonValue* changed = find_array(answer.root(), "changed");
    ASSERT_TRUE(changed != nullptr && changed->Size() == 1);
    EXPECT_EQ(find_int(*find_object((*changed)[0], "after"), "input_usd_e6"), 4'000'000);
    EXPECT_EQ(find_int(*find_object((*changed)[0], "before"), "input_usd_e6"), 5'000'000);
}

TEST_F(PricesImport, writes_nowhere_else_whatever_the_daemon_says) {
    write("list.json", kList);
    for (const std::string& place : {std::string(), std::string("prices-imported.toml"), dir_ / ".bashrc"}) {
        place_ = place;
        EXPECT_EQ(run_words({list_.c_str(), "--yes"}).exit, ExitCode::failed);
        EXPECT_EQ(run_words({"--remove", "--yes"}).exit, ExitCode::failed);
    }
    EXPECT_FALSE(std::filesystem::exists(dir_ / ".bashrc"));
}

TEST_F(PricesImport, says_when_the_daemon_does_not_take_it) {
    write("list.json", kList);
    reload_ = http_answer("422 Unprocessable Entity",
                          R"({"error":{"code":"bad_config","message":"config.toml:1:1: broken"}})");
    const Ending ending = run_words({list_.c_str(), "--yes"});
    EXPECT_EQ(ending.exit, ExitCode::failed);
    EXPECT_THAT(ending.err,
                HasSubstr("the file is changed, but kaizend did not read it: config.toml:1:1: broken"));
}

TEST_F(PricesImport, refuses_what_is_no_list_and_leaves_the_table_as_it_is) {
    write("prices-imported.toml", "as it was");
    write("broken.json", "{\"a\": {\"litellm_provider\": \"openai\",}}");
    write("other.json", "{}");
    write("empty.json", R"({"a": {"litellm_provider": "together_ai"}})");
    const std::vector<std::pair<const char*, const char*>> bad = {{"broken.json", ":1:37: Missing a name"},
                                                                  {"other.json", "no price list"},
                                                                  {"empty.json", "no model in it"},
                                                                  {"missing.json", "no such file"},
                                                                  {".", "not a regular file"}};
    for (const auto& [name, message] : bad) {
        const std::string path = dir_ / name;
        const Ending ending = run_words({path.c_str(), "--yes"});
        EXPECT_NE(ending.exit, ExitCode::ok) << name;
        EXPECT_THAT(ending.err, HasSubstr(message)) << name;
    }
    EXPECT_EQ(table(), "as it was");
    EXPECT_THAT(daemon_.requests(), ElementsAre());
}

TEST(PricesImportWords, are_checked) {
    for (const std::vector<const char*>& words :
         std::vector<std::vector<const char*>>{{"prices", "import"},
                                               {"prices", "import", "f", "--remove"},
                                               {"prices", "opus", "more"},
                                               {"prices", "--yes"},
                                               {"prices", "--remove"}})
        EXPECT_EQ(run(words).exit, ExitCode::usage) << words.back();
}

}  // namespace
}  // namespace kaizen::ctl
