// LiteLLM's list: an object of models, each with its provider, its mode, and dollars per token under names
// like input_cost_per_token. A tier is told by the end of such a name, a long context by
// "_above_200k_tokens".

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>

#include "ctl/price_offers.h"

namespace kaizen::ctl {
namespace {

constexpr int kPerToken = 12;  // dollars per token are as many pico-dollars, or micro-dollars per million

struct Provider {
    std::string_view name;
    Seller seller;
    std::string_view prefix;  // that its models may have before their names
};
constexpr Provider kProviders[] = {
    {"anthropic", Seller::maker, "anthropic/"},    {"openai", Seller::maker, "openai/"},
    {"gemini", Seller::maker, "gemini/"},          {"xai", Seller::maker, "xai/"},
    {"mistral", Seller::maker, "mistral/"},        {"deepseek", Seller::maker, "deepseek/"},
    {"moonshot", Seller::maker, "moonshot/"},      {"zai", Seller::maker, "zai/"},
    {"bedrock", Seller::reseller, "bedrock/"},     {"bedrock_converse", Seller::reseller, "bedrock/"},
    {"vertex_ai", Seller::reseller, "vertex_ai/"}, {"azure", Seller::reseller, "azure/"},
    {"azure_ai", Seller::reseller, "azure_ai/"},
};

const Provider* provider_of(std::string_view name) {
    if (name.starts_with("vertex_ai-")) name = "vertex_ai";  // "vertex_ai-anthropic_models"
    const auto* found = std::find_if(std::begin(kProviders), std::end(kProviders),
                                     [&](const Provider& provider) { return provider.name == name; });
    return found == std::end(kProviders) ? nullptr : found;
}

bool answers_with_text(const JsonValue& entry) {
    const auto mode = find_string(entry, "mode");
    return !mode || *mode == "chat" || *mode == "responses";
}

Columns columns(Numbers& numbers, const std::string& end) {
    const auto price = [&](std::string_view name) {
        return numbers.amount(fmt::format("{}{}", name, end), kPerToken, kHighestPrice);
    };
    return {price("input_cost_per_token"), price("output_cost_per_token"),
            price("cache_read_input_token_cost"), price("cache_creation_input_token_cost")};
}

// The thresholds, in thousands of tokens, above which something costs more.
std::set<std::int64_t> thresholds_of(const JsonValue& entry) {
    std::set<std::int64_t> found;
    for (const auto& member : entry.GetObject()) {
        std::string_view name = as_view(member.name);
        for (const std::string_view front : {"input_cost_per_token_above_", "output_cost_per_token_above_"}) {
            if (!name.starts_with(front)) continue;
            name.remove_prefix(front.size());
            std::int64_t thousands = 0;
            const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), thousands);
            const bool whole = std::string_view(end, name.data() + name.size()) == "k_tokens";
            if (error == std::errc() && whole && thousands > 0 && thousands <= 1'000'000)
                found.insert(thousands);
        }
    }
    return found;
}

bool add_long_context(const JsonValue& entry, Numbers& numbers, const Columns& base,
                      proto::PriceEntry& price) {
    const std::set<std::int64_t> thresholds = thresholds_of(entry);
    if (thresholds.empty()) return true;
    if (thresholds.size() > 1) return false;
    const std::int64_t thousands = *thresholds.begin();
    const Columns above = columns(numbers, fmt::format("_above_{}k_tokens", thousands));
    return ctl::add_long_context(price, base, above, thousands * 1000);
}

// What one is billed by that our table cannot say.
bool needs_other_columns(const JsonValue& entry, Numbers& numbers, const Columns& base) {
    const Amount reasoning = numbers.amount("output_cost_per_reasoning_token", kPerToken, kHighestPrice);
    return (reasoning && reasoning != base.output) || find(entry, "tiered_pricing") != nullptr ||
           find(entry, "off_peak_pricing") != nullptr;
}

// Each search costs the same, however much context it is to bring.
Amount web_search(const JsonValue& entry) {
    const JsonValue* sizes = find_object(entry, "search_context_cost_per_query");
    if (sizes == nullptr) return std::nullopt;
    constexpr std::int64_t kHighest = 100'000'000;  // micro-dollars
    Numbers numbers(*sizes);
    const Amount low = numbers.amount("search_context_size_low", 6, kHighest);
    const Amount medium = numbers.amount("search_context_size_medium", 6, kHighest);
    const Amount high = numbers.amount("search_context_size_high", 6, kHighest);
    return low == medium && medium == high ? low : std::nullopt;
}

void add_places(const JsonValue& entry, Numbers& numbers, proto::PriceEntry& price) {
    price.us_e3 = numbers.factor("regional_processing_uplift_multiplier_us");
    price.regional_e3 = numbers.factor("regional_endpoint_uplift_multiplier").value_or(price.regional_e3);
    const JsonValue* own = find_object(entry, "provider_specific_entry");
    if (own == nullptr) return;
    Numbers of_provider(*own);
    price.fast_e3 = of_provider.factor("fast");
    if (!price.us_e3) price.us_e3 = of_provider.factor("us");
}

// Nothing when there is no such tier; false when it has prices that are no one multiple.
bool add_tier(Numbers& numbers, const Columns& base, const std::string& end, Amount& factor) {
    const Columns tier = columns(numbers, end);
    if (!tier.input && !tier.output) return true;
    if (!tier.input || !tier.output) return false;
    factor = factor_of({{base.input, tier.input},
                        {base.output, tier.output},
                        {base.cache_read, tier.cache_read},
                        {base.cache_write, tier.cache_write}});
    return factor.has_value();
}

void read_entry(const Provider& provider, std::string_view name, const JsonValue& entry,
                PriceOffers& offers) {
    Numbers numbers(entry);
    const Columns base = columns(numbers, "");
    const Amount hour = numbers.amount("cache_creation_input_token_cost_above_1hr", kPerToken, kHighestPrice);
    Offer offer = entry_of(name, base, hour);
    if (offer &&
        (needs_other_columns(entry, numbers, base) || !add_long_context(entry, numbers, base, *offer)))
        offer = tl::unexpected(WhyNot::no_column);
    if (offer) {
        for (const auto& [end, factor] :
             {std::pair("_priority", &offer->priority_e3), std::pair("_flex", &offer->flex_e3),
              std::pair("_batches", &offer->batch_e3)}) {
            if (provider.seller == Seller::maker && !add_tier(numbers, base, end, *factor))
                offers.leave_out(WhyNot::uneven_tier, fmt::format("{}: {}", name, end + 1));
        }
        add_places(entry, numbers, *offer);
        offer->web_search_usd_e6 = web_search(entry);
    }
    if (numbers.any_absurd()) offer = tl::unexpected(WhyNot::absurd_number);
    offers.add(provider.seller, name, std::move(offer));
}

}  // namespace

void read_litellm(const JsonValue& root, PriceOffers& offers) {
    for (const auto& member : root.GetObject()) {
        std::string_view name = as_view(member.name);
        const JsonValue& entry = member.value;
        if (name == "sample_spec" || name == "fallback_generalizations") continue;
        const Provider* provider = provider_of(find_string(entry, "litellm_provider").value_or(""));
        if (provider == nullptr) {
            offers.leave_out(WhyNot::other_provider, name);
            continue;
        }
        if (name.starts_with(provider->prefix)) name.remove_prefix(provider->prefix.size());
        if (!answers_with_text(entry))
            offers.leave_out(WhyNot::no_text_model, name);
        else if (name.find('/') != std::string_view::npos)
            offers.leave_out(WhyNot::variant, name);
        else
            read_entry(*provider, name, entry, offers);
    }
}

}  // namespace kaizen::ctl
