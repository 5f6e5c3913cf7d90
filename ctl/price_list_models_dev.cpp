// The list of models.dev: an object of providers, each with its models, whose cost is in dollars per million
// tokens. Prices of long contexts stand in `tiers`, which say from where on; older lists have them in
// `context_over_200k` alone.

#include <algorithm>
#include <string>

#include "common/clock.h"
#include "ctl/price_offers.h"

namespace kaizen::ctl {
namespace {

constexpr int kPerMillion = 6;  // dollars are as many micro-dollars

constexpr std::string_view kMakers[] = {"anthropic", "openai",   "google",     "xai",
                                        "mistral",   "deepseek", "moonshotai", "zai"};
constexpr std::string_view kResellers[] = {"amazon-bedrock", "google-vertex", "google-vertex-anthropic",
                                           "azure"};

std::optional<Seller> seller_of(std::string_view provider) {
    const auto is_one_of = [&](const auto& names) {
        return std::find(std::begin(names), std::end(names), provider) != std::end(names);
    };
    if (is_one_of(kMakers)) return Seller::maker;
    return is_one_of(kResellers) ? std::optional(Seller::reseller) : std::nullopt;
}

bool answers_with_text(const JsonValue& model) {
    const JsonValue* modalities = find_object(model, "modalities");
    const JsonValue* output = modalities != nullptr ? find_array(*modalities, "output") : nullptr;
    if (output == nullptr) return true;
    return std::any_of(output->Begin(), output->End(),
                       [](const JsonValue& kind) { return kind.IsString() && as_view(kind) == "text"; });
}

Columns columns(Numbers& numbers) {
    const auto price = [&](std::string_view name) {
        return numbers.amount(name, kPerMillion, kHighestPrice);
    };
    return {price("input"), price("output"), price("cache_read"), price("cache_write")};
}

// The one tier of the cost. False when there are several, or it is not of the length of contexts.
bool add_tier(const JsonValue& tiers, const Columns& base, proto::PriceEntry& price) {
    if (tiers.Empty()) return true;
    const JsonValue* tier = tiers.Size() == 1 ? find_object(tiers[0], "tier") : nullptr;
    if (tier == nullptr || find_string(*tier, "type") != "context") return false;
    constexpr std::int64_t kMostTokens = 1'000'000'000;
    const Amount tokens = Numbers(*tier).amount("size", 0, kMostTokens);
    Numbers numbers(tiers[0]);
    const Columns above = columns(numbers);
    return tokens && !numbers.any_absurd() && add_long_context(price, base, above, *tokens);
}

bool add_long_context(const JsonValue& cost, const Columns& base, proto::PriceEntry& price) {
    if (const JsonValue* tiers = find_array(cost, "tiers")) return add_tier(*tiers, base, price);
    const JsonValue* over = find_object(cost, "context_over_200k");
    if (over == nullptr) return true;
    Numbers numbers(*over);
    const Columns above = columns(numbers);
    return !numbers.any_absurd() && add_long_context(price, base, above, 200'000);
}

Offer offer_of(std::string_view name, const JsonValue& model) {
    const JsonValue* cost = find_object(model, "cost");
    if (cost == nullptr) return tl::unexpected(WhyNot::no_price);
    Numbers numbers(*cost);
    const Columns base = columns(numbers);
    const Amount reasoning = numbers.amount("reasoning", kPerMillion, kHighestPrice);
    Offer offer = entry_of(name, base, std::nullopt);
    if (numbers.any_absurd()) return tl::unexpected(WhyNot::absurd_number);
    if (!offer) return offer;
    const bool fits = (!reasoning || reasoning == base.output) && add_long_context(*cost, base, *offer);
    return fits ? offer : tl::unexpected(WhyNot::no_column);
}

bool is_date(std::string_view text) {
    return text.size() == 10 && parse_iso8601(std::string(text) + "T00:00:00Z").has_value();
}

}  // namespace

std::string read_models_dev(const JsonValue& root, PriceOffers& offers) {
    std::string last;
    for (const auto& provider : root.GetObject()) {
        const auto seller = seller_of(as_view(provider.name));
        const JsonValue* models = find_object(provider.value, "models");
        if (models == nullptr) continue;
        if (!seller) {
            offers.leave_out(WhyNot::other_provider, as_view(provider.name), models->MemberCount());
            continue;
        }
        for (const auto& model : models->GetObject()) {
            const std::string_view name = as_view(model.name);
            if (name.find('/') != std::string_view::npos) {
                offers.leave_out(WhyNot::variant, name);
                continue;
            }
            if (!answers_with_text(model.value)) {
                offers.leave_out(WhyNot::no_text_model, name);
                continue;
            }
            offers.add(*seller, name, offer_of(name, model.value));
            const std::string_view updated = find_string(model.value, "last_updated").value_or("");
            if (is_date(updated)) last = std::max(last, std::string(updated));
        }
    }
    return last;
}

}  // namespace kaizen::ctl
