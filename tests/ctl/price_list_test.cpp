// Price lists of both formats, in small invented ones.

#include "ctl/price_list.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kaizen::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PriceList read(const std::string& json) {
    auto list = read_price_list(json, "list.json");
    EXPECT_TRUE(list) << list.error().message;
    return list ? *list : PriceList();
}

std::string error_of(const std::string& json) {
    const auto list = read_price_list(json, "list.json");
    return list ? "" : list.error().message;
}

std::vector<std::string> names(const PriceList& list) {
    std::vector<std::string> all;
    for (const auto& entry : list.entries) all.push_back(entry.model);
    return all;
}

// "2 of other providers (a)"
std::vector<std::string> left_out(const PriceList& list) {
    std::vector<std::string> all;
    for (const auto& one : list.left_out)
        all.push_back(fmt::format("{} {} ({})", one.count, one.why, one.example));
    return all;
}

// A row of LiteLLM's, "provider" and further members.
std::string row(const std::string& name, const std::string& provider, const std::string& more) {
    return fmt::format(R"("{}": {{"litellm_provider": "{}", {}}})", name, provider, more);
}

const std::string kPrices =
    R"("mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05)";

std::string litellm(const std::vector<std::string>& rows) {
    std::string out = R"({"sample_spec": {"litellm_provider": "one of many", "input_cost_per_token": 0.0})";
    for (const std::string& each : rows) out += ",\n" + each;
    return out + "}";
}

std::string models_dev(const std::string& provider, const std::string& models) {
    return fmt::format(R"({{"{0}": {{"id": "{0}", "models": {{{1}}}}}}})", provider, models);
}

TEST(LiteLlm, gives_all_columns_exactly) {
    const auto list = read(litellm({row("rose-1", "anthropic", R"(
        "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
        "cache_read_input_token_cost": 3e-07, "cache_creation_input_token_cost": 3.75e-06,
        "cache_creation_input_token_cost_above_1hr": 6e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05,
        "cache_read_input_token_cost_above_200k_tokens": 6e-07,
        "input_cost_per_token_priority": 5.4e-06, "output_cost_per_token_priority": 2.7e-05,
        "input_cost_per_token_flex": 1.5e-06, "output_cost_per_token_flex": 7.5e-06,
        "input_cost_per_token_batches": 1.5e-06, "output_cost_per_token_batches": 7.5e-06,
        "provider_specific_entry": {"fast": 6.0, "us": 1.1}, "regional_endpoint_uplift_multiplier": 1.1,
        "search_context_cost_per_query": {"search_context_size_low": 0.01, "search_context_size_medium": 0.01,
                                          "search_context_size_high": 0.01})")}));
    EXPECT_EQ(list.format, "LiteLLM");
    EXPECT_EQ(list.date, "");
    EXPECT_THAT(left_out(list), IsEmpty());
    ASSERT_EQ(list.entries.size(), 1U);
    const proto::PriceEntry& rose = list.entries[0];
    EXPECT_EQ(rose.model, "rose-1");
    EXPECT_EQ(rose.input_usd_e6, 3'000'000);
    EXPECT_EQ(rose.output_usd_e6, 15'000'000);
    EXPECT_EQ(rose.cache_read_usd_e6, 300'000);
    EXPECT_EQ(rose.cache_write_5m_usd_e6, 3'750'000);
    EXPECT_EQ(rose.cache_write_1h_usd_e6, 6'000'000);
    EXPECT_EQ(rose.long_above, 200'000);
    EXPECT_EQ(rose.long_input_e3, 2000);
    EXPECT_EQ(rose.long_output_e3, 1500);
    EXPECT_EQ(rose.priority_e3, 1800);
    EXPECT_EQ(rose.flex_e3, 500);
    EXPECT_EQ(rose.batch_e3, 500);
    EXPECT_EQ(rose.fast_e3, 6000);
    EXPECT_EQ(rose.us_e3, 1100);
    EXPECT_EQ(rose.regional_e3, 1100);
    EXPECT_EQ(rose.web_search_usd_e6, 10'000);
}

TEST(LiteLlm, says_nothing_of_what_it_does_not_know) {
    const auto list = read(litellm({row("tulip-1", "openai", kPrices)}));
    ASSERT_EQ(list.entries.size(), 1U);
    const proto::PriceEntry& tulip = list.entries[0];
    EXPECT_EQ(tulip.cache_read_usd_e6, std::nullopt);
    EXPECT_EQ(tulip.cache_write_5m_usd_e6, 3'000'000) << "as input";
    EXPECT_EQ(tulip.cache_write_1h_usd_e6, 3'000'000);
    EXPECT_EQ(tulip.priority_e3, std::nullopt);
    EXPECT_EQ(tulip.long_above, std::nullopt);
    EXPECT_EQ(tulip.web_search_usd_e6, std::nullopt);
}

TEST(LiteLlm, takes_models_of_makers_without_the_prefix_of_their_provider) {
    const auto list = read(litellm({row("gemini/lily-1", "gemini", kPrices),
                                    row("xai/lily-2", "xai", kPrices), row("ruscus", "together_ai", kPrices),
                                    row("fern", "ollama", kPrices), row("us/lily-1", "gemini", kPrices)}));
    EXPECT_THAT(names(list), ElementsAre("lily-1", "lily-2"));
    EXPECT_THAT(left_out(list),
                ElementsAre("2 of other providers (ruscus)",
                            "1 under a path, which are variants by place, speed or size (us/lily-1)"));
}

TEST(LiteLlm, prefers_the_maker_to_whoever_sells_its_models) {
    const std::string dearer =
        R"("mode": "chat", "input_cost_per_token": 9e-06, "output_cost_per_token": 9e-05)";
    const auto list = read(
        litellm({row("us.anthropic.claude-rose-4-6-v1:0", "bedrock_converse", dearer),
                 row("claude-rose-4-6", "anthropic", kPrices),
                 row("vertex_ai/claude-rose-4-6@20260101", "vertex_ai-anthropic_models", dearer),
                 row("azure/tulip", "azure", kPrices), row("anthropic.claude-moss-v1", "bedrock", kPrices),
                 row("us.anthropic.claude-moss-v1", "bedrock", dearer)}));
    EXPECT_THAT(names(list), ElementsAre("claude-rose-4-6", "tulip"));
    EXPECT_EQ(list.entries[0].input_usd_e6, 3'000'000);
    EXPECT_THAT(left_out(list), ElementsAre("2 of resellers, where the maker's own price is taken "
                                            "(us.anthropic.claude-rose-4-6-v1:0)",
                                            "1 listed at several prices (claude-moss-v1)"));
}

TEST(LiteLlm, leaves_out_what_is_no_price_of_text) {
    const auto list = read(litellm({
        row("painter", "openai", R"("mode": "image_generation")"),
        row("half", "openai", R"("mode": "chat", "input_cost_per_token": 1e-06)"),
        row("free", "openai", R"("mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 0)"),
        row("debt", "openai", R"("input_cost_per_token": -1e-06, "output_cost_per_token": 1e-06)"),
        row("gold", "openai", R"("input_cost_per_token": 1, "output_cost_per_token": 1)"),
        row("huge", "openai", R"("input_cost_per_token": 1e300, "output_cost_per_token": 1)"),
        row("word", "openai", R"("input_cost_per_token": "free", "output_cost_per_token": 1)"),
        row("tiered", "openai", kPrices + R"(, "tiered_pricing": [])"),
        row("thinks", "openai", kPrices + R"(, "output_cost_per_reasoning_token": 1e-05)"),
        row("steps", "openai", kPrices + R"(, "input_cost_per_token_above_128k_tokens": 6e-06,
                                              "input_cost_per_token_above_200k_tokens": 9e-06)"),
        row("odd", "openai", kPrices + R"(, "input_cost_per_token_above_200k_tokens": 4e-06)"),
        row("twice", "openai", kPrices),
        row("twice", "openai", kPrices),
        row("torn", "openai", kPrices),
        row("openai/torn", "openai", kPrices + R"(, "cache_read_input_token_cost": 1e-07)"),
        row("bad\\\"name", "openai", kPrices),
        row(std::string(101, 'x'), "openai", kPrices),
    }));
    EXPECT_THAT(names(list), ElementsAre("twice"));
    EXPECT_THAT(left_out(list), ElementsAre("1 for images, audio, embeddings and the like (painter)",
                                            "1 without a price for input or output (half)",
                                            "1 priced 0, which may mean free or not said (free)",
                                            "4 with a number that no price can be (debt)",
                                            "4 priced by something that the table has no column for (tiered)",
                                            "1 listed at several prices (torn)",
                                            "2 with a name that no model has (bad\"name)"));
}

TEST(LiteLlm, leaves_out_a_tier_that_is_no_multiple_and_keeps_the_model) {
    const auto list =
        read(litellm({row("o", "openai", R"("mode": "responses", "input_cost_per_token": 1.1e-06,
        "output_cost_per_token": 4.4e-06, "input_cost_per_token_priority": 2e-06,
        "output_cost_per_token_priority": 8e-06)")}));
    ASSERT_THAT(names(list), ElementsAre("o"));
    EXPECT_EQ(list.entries[0].priority_e3, std::nullopt);
    EXPECT_THAT(left_out(list),
                ElementsAre("1 in a tier that is no one multiple of the ordinary prices (o: priority)"));
}

TEST(ModelsDev, gives_prices_and_the_date_of_its_last_change) {
    const auto list = read(models_dev("anthropic", R"(
        "claude-rose-5": {"last_updated": "2026-11-02", "modalities": {"input": ["text"], "output": ["text"]},
            "cost": {"input": 2, "output": 10, "cache_read": 0.2, "cache_write": 2.5}},
        "claude-moss-5": {"last_updated": "2026-10-01", "cost": {"input": 0.435, "output": 0.87, "cache_read": 0.003625}},
        "claude-fern-5": {"last_updated": "soon", "cost": {"input": 1, "output": 2}})"));
    EXPECT_EQ(list.format, "models.dev");
    EXPECT_EQ(list.date, "2026-11-02");
    ASSERT_THAT(names(list), ElementsAre("claude-fern-5", "claude-moss-5", "claude-rose-5"));
    EXPECT_EQ(list.entries[1].cache_read_usd_e6, 3'625);
    const proto::PriceEntry& rose = list.entries[2];
    EXPECT_EQ(rose.input_usd_e6, 2'000'000);
    EXPECT_EQ(rose.cache_read_usd_e6, 200'000);
    EXPECT_EQ(rose.cache_write_5m_usd_e6, 2'500'000);
    EXPECT_EQ(rose.cache_write_1h_usd_e6, 4'000'000) << "twice the input, which the list does not say";
}

TEST(ModelsDev, knows_from_where_on_a_context_is_long) {
    const auto list = read(models_dev("openai", R"(
        "a": {"cost": {"input": 5, "output": 30, "cache_read": 0.5, "context_over_200k": {"input": 10, "output": 45},
            "tiers": [{"input": 10, "output": 45, "cache_read": 1, "tier": {"type": "context", "size": 272000}}]}},
        "b": {"cost": {"input": 2, "output": 6, "context_over_200k": {"input": 4, "output": 12}}},
        "c": {"cost": {"input": 2, "output": 6, "context_over_200k": {"input": 2, "output": 6}}},
        "d": {"cost": {"input": 2, "output": 6, "tiers": [{"input": 4, "tier": {"type": "context", "size": 1}},
                                                          {"input": 6, "tier": {"type": "context", "size": 2}}]}},
        "e": {"cost": {"input": 2, "output": 6, "tiers": [{"input": 4, "tier": {"type": "moon", "size": 1}}]}},
        "f": {"cost": {"input": 2, "output": 6, "reasoning": 8}})"));
    ASSERT_THAT(names(list), ElementsAre("a", "b", "c"));
    EXPECT_EQ(list.entries[0].long_above, 272'000);
    EXPECT_EQ(list.entries[0].long_input_e3, 2000);
    EXPECT_EQ(list.entries[0].long_output_e3, 1500);
    EXPECT_EQ(list.entries[1].long_above, 200'000);
    EXPECT_EQ(list.entries[2].long_above, std::nullopt) << "it costs no more there";
    EXPECT_THAT(left_out(list), ElementsAre("3 priced by something that the table has no column for (d)"));
}

TEST(ModelsDev, counts_the_models_of_other_providers) {
    const auto list = read(R"({"openrouter": {"models": {"x": {}, "y": {}}},
        "google": {"models": {"lily": {"cost": {"input": 1, "output": 2}}, "sound": {"modalities": {"output": ["audio"]}}}},
        "google-vertex": {"models": {"lily": {"cost": {"input": 3, "output": 4}}, "only": {"cost": {"input": 3, "output": 4}}}},
        "odd": 7})");
    EXPECT_THAT(names(list), ElementsAre("lily", "only"));
    EXPECT_EQ(list.entries[0].input_usd_e6, 1'000'000);
    EXPECT_THAT(left_out(list), ElementsAre("2 of other providers (openrouter)",
                                            "1 for images, audio, embeddings and the like (sound)",
                                            "1 of resellers, where the maker's own price is taken (lily)"));
}

TEST(PriceListFile, is_refused_with_its_place_where_it_is_none) {
    EXPECT_THAT(error_of("{\"a\":\n  {\"b\" 1}}"), HasSubstr("list.json:2:8: Missing a colon"));
    EXPECT_THAT(error_of(""), HasSubstr("list.json:1:1: the text is empty"));
    for (const char* other : {"[]", "7", "{}", R"({"a": {"b": 1}})", R"({"a": []})", R"({"model": "x"})"})
        EXPECT_EQ(error_of(other), "list.json:1:1: no price list that is known") << other;
    EXPECT_THAT(error_of(std::string(1'000'000, '[')), HasSubstr("nested too deeply"));
    std::string many = "[";
    for (int i = 0; i < 2'000'001; ++i) many += "0,";
    EXPECT_THAT(error_of(many + "0]"), HasSubstr("more than 2000000 values"));
}

TEST(PriceListFile, survives_odd_types) {
    EXPECT_THAT(names(read(R"({"a": 1, "b": {"litellm_provider": 5}, "c": {"litellm_provider": "openai"},
        "d": {"litellm_provider": "openai", "input_cost_per_token": {}, "output_cost_per_token": []},
        "e": {"litellm_provider": "openai", "mode": [], "search_context_cost_per_query": 7,
              "provider_specific_entry": [], "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}})")),
                ElementsAre("e"));
    EXPECT_THAT(
        names(read(R"({"openai": {"models": {"a": 1, "b": {"cost": 2}, "c": {"cost": {"input": 1, "output": 1,
        "tiers": [7]}}, "d": {"modalities": {"output": [1]}}, "e": {"last_updated": 5, "cost": {"input": 1, "output": 1,
        "tiers": []}}}}})")),
        ElementsAre("e"));
}

}  // namespace
}  // namespace kaizen::ctl
