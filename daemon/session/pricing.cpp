#include "daemon/session/pricing.h"

#include <algorithm>
#include <array>

#include "common/hash.h"
#include "common/model_name.h"

namespace kaizen::session {
namespace {

__extension__ using Wide = __int128;
using Known = std::optional<std::int64_t>;

constexpr std::int64_t kMostPico = 1'000'000'000'000'000;  // 1,000 USD

// Words behind a listed name that leave it the same model. Any other may be one of its own: a "-fast", a
// "-codex", a "-mini" and a "-5" have prices of their own.
constexpr std::array<std::string_view, 10> kSameModel = {"latest",  "thinking", "preview", "beta", "exp",
                                                         "minimal", "low",      "medium",  "high", "xhigh"};

constexpr std::int64_t kOnce = 1000;  // of factors, in thousandths

// Whether what follows a listed name names no other model.
bool is_same_model(std::string_view rest) {
    while (!rest.empty()) {
        if (rest[0] != '-') return false;
        rest.remove_prefix(1);
        const std::string_view word = rest.substr(0, rest.find('-'));
        if (std::find(kSameModel.begin(), kSameModel.end(), word) == kSameModel.end()) return false;
        rest.remove_prefix(word.size());
    }
    return true;
}

// "us.anthropic.x", "arn:…/eu.anthropic.x"; a "global." one goes anywhere.
bool names_regional_endpoint(std::string_view model) {
    constexpr std::array<std::string_view, 6> kRegions = {"us", "eu", "apac", "jp", "au", "us-gov"};
    if (const std::size_t slash = model.rfind('/'); slash != std::string_view::npos)
        model.remove_prefix(slash + 1);
    const std::size_t vendor = model.find(".anthropic.");
    return vendor != std::string_view::npos &&
           std::find(kRegions.begin(), kRegions.end(), model.substr(0, vendor)) != kRegions.end();
}

Known factor_of_tier(const Price& price, std::string_view tier) {
    if (tier.empty()) return kOnce;
    if (tier == "fast") return price.fast;
    if (tier == "priority") return price.priority;
    if (tier == "flex") return price.flex;
    if (tier == "batch") return price.batch;
    return std::nullopt;
}

Known factor_of_region(const Price& price, std::string_view region) {
    if (region.empty()) return kOnce;
    if (region == kRegionalEndpoint) return price.regional;
    if (region == "us") return price.us;
    return std::nullopt;
}

// In pico-dollars times a thousand, thrice over: of the lengths, the tier and the region.
Wide tokens_cost(const Price& price, const parse::TokenCounts& tokens) {
    const std::int64_t read = tokens.cache_read.value_or(0);
    const std::int64_t written = tokens.cache_write.value_or(0);
    const std::int64_t written_1h = std::min(tokens.cache_write_1h.value_or(0), written);
    const Wide input =
        Wide{tokens.input.value_or(0)} * price.input + Wide{read} * price.cache_read.value_or(0) +
        Wide{written - written_1h} * price.cache_write_5m + Wide{written_1h} * price.cache_write_1h;
    const Wide output = Wide{tokens.output.value_or(0)} * price.output;
    const bool is_long = price.long_above && tokens.input.value_or(0) + read + written > *price.long_above;
    return is_long ? input * price.long_input + output * price.long_output : (input + output) * kOnce;
}

}  // namespace

Known cost_pico(const Price& price, const parse::TokenCounts& tokens, const parse::Billing& billing) {
    const std::int64_t searches = billing.web_searches.value_or(0);
    if (!tokens.input && !tokens.output && searches == 0) return std::nullopt;
    const Known tier = factor_of_tier(price, billing.tier);
    const Known region = factor_of_region(price, billing.region);
    const bool unknown_read = tokens.cache_read.value_or(0) > 0 && !price.cache_read;
    if (!tier || !region || unknown_read || (searches > 0 && !price.web_search)) return std::nullopt;
    constexpr Wide kThrice = Wide{kOnce} * kOnce * kOnce;
    const Wide of_tokens = (tokens_cost(price, tokens) * *tier * *region + kThrice / 2) / kThrice;
    const Wide sum = of_tokens + Wide{searches} * price.web_search.value_or(0);
    if (sum > kMostPico) return std::nullopt;
    return static_cast<std::int64_t>(sum);
}

std::int64_t to_micro(std::int64_t pico) {
    return pico / kPicoPerMicro + (pico % kPicoPerMicro >= kPicoPerMicro / 2 ? 1 : 0);
}

const Price* PriceTable::find(std::string_view model) const {
    const Rows::value_type* row = row_of(model);
    return row != nullptr ? &row->second.price : nullptr;
}

const PriceTable::Rows::value_type* PriceTable::row_of(std::string_view model) const {
    if (const auto row = rows_.find(model); row != rows_.end()) return &*row;
    const std::string plain = plain_model_name(model);
    const std::string_view unversioned = without_version(plain);
    const std::string_view family = without_date(unversioned);
    const std::string turned = with_version_last(family);
    for (const std::string_view name :
         {std::string_view(plain), unversioned, family, std::string_view(turned)}) {
        if (const auto row = rows_.find(name); row != rows_.end()) return &*row;
    }
    if (const auto* dated = find_dated(family)) return dated;
    for (std::size_t dash = family.rfind('-'); dash != std::string_view::npos && dash > 0;
         dash = family.rfind('-', dash - 1)) {
        const auto row = rows_.find(family.substr(0, dash));
        if (row == rows_.end()) continue;
        return is_same_model(family.substr(dash)) ? &*row : nullptr;
    }
    return nullptr;
}

const PriceTable::Rows::value_type* PriceTable::find_dated(std::string_view family) const {
    const Rows::value_type* found = nullptr;
    for (auto row = rows_.lower_bound(family); row != rows_.end() && row->first.starts_with(family); ++row) {
        if (row->first == family || without_date(row->first) != family) continue;
        if (found != nullptr && found->second.price != row->second.price) return nullptr;
        found = &*row;
    }
    return found;
}

Known PriceTable::cost_pico(std::string_view model, const parse::TokenCounts& tokens,
                            const parse::Billing& billing) const {
    const Price* row = find(model);
    if (row == nullptr) return std::nullopt;
    parse::Billing all = billing;
    if (all.region.empty() && names_regional_endpoint(model)) all.region = kRegionalEndpoint;
    return session::cost_pico(*row, tokens, all);
}

std::uint64_t PriceTable::fingerprint() const {
    std::uint64_t hash = hash64(date());
    for (const auto& [model, row] : rows_) {
        const Price& price = row.price;
        hash = hash64(model, hash);
        const auto add = [&](Known number) {
            hash = hash64(static_cast<std::uint64_t>(number.value_or(-1)), hash);
        };
        for (const std::int64_t each : {price.input, price.output, price.cache_write_5m, price.cache_write_1h,
                                        price.regional, price.long_input, price.long_output})
            add(each);
        for (const Known each : {price.cache_read, price.fast, price.priority, price.flex, price.batch,
                                 price.us, price.long_above, price.web_search})
            add(each);
    }
    return hash;
}

}  // namespace kaizen::session
