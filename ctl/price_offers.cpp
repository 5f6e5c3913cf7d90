#include "ctl/price_offers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/model_name.h"
#include "ctl/decimal.h"

namespace kaizen::ctl {
namespace {

constexpr std::int64_t kHighestFactor = 100'000;  // in thousandths
constexpr std::size_t kLongestName = 100;

std::string_view text_of(WhyNot why) {
    switch (why) {
        case WhyNot::other_provider:
            return "of other providers";
        case WhyNot::no_text_model:
            return "for images, audio, embeddings and the like";
        case WhyNot::no_price:
            return "without a price for input or output";
        case WhyNot::priced_zero:
            return "priced 0, which may mean free or not said";
        case WhyNot::absurd_number:
            return "with a number that no price can be";
        case WhyNot::no_column:
            return "priced by something that the table has no column for";
        case WhyNot::variant:
            return "under a path, which are variants by place, speed or size";
        case WhyNot::resold:
            return "of resellers, where the maker's own price is taken";
        case WhyNot::contradiction:
            return "listed at several prices";
        case WhyNot::no_id:
            return "with a name that no model has";
        case WhyNot::uneven_tier:
            return "in a tier that is no one multiple of the ordinary prices";
    }
    return {};
}

// What can stand between quotes of TOML, and is no trap for a reader's eye.
bool is_id(std::string_view name) {
    constexpr std::string_view kSigns = "._:@/+-";
    return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kSigns.find(c) != std::string_view::npos;
    });
}

auto prices_of(const proto::PriceEntry& e) {
    return std::tie(e.input_usd_e6, e.output_usd_e6, e.cache_read_usd_e6, e.cache_write_5m_usd_e6,
                    e.cache_write_1h_usd_e6, e.long_above, e.long_input_e3, e.long_output_e3);
}

}  // namespace

Amount Numbers::amount(std::string_view key, int exponent, std::int64_t most) {
    const JsonValue* value = find(object_, key);
    if (value == nullptr || value->IsNull()) return std::nullopt;
    const Amount number = value->IsString() ? scaled(as_view(*value), exponent) : std::nullopt;
    if (number && *number <= most) return number;
    any_absurd_ = true;
    return std::nullopt;
}

Amount Numbers::factor(std::string_view key) {
    constexpr int kFiner = 6;  // so that one with more than three decimals is noticed
    const Amount millionths = amount(key, kFiner, kHighestFactor * 1000);
    if (millionths && *millionths % 1000 == 0) return *millionths / 1000;
    return std::nullopt;
}

Amount factor_of(const std::vector<std::pair<Amount, Amount>>& base_and_times) {
    Amount factor;
    for (const auto& [base, times] : base_and_times) {
        if (!base || !times || (*base == 0 && *times == 0)) continue;
        if (*base == 0 || *times * 1000 % *base != 0) return std::nullopt;
        const std::int64_t here = *times * 1000 / *base;
        if (here > kHighestFactor || (factor && *factor != here)) return std::nullopt;
        factor = here;
    }
    return factor;
}

Offer entry_of(std::string_view name, const Columns& columns, Amount cache_write_1h) {
    if (!columns.input || !columns.output) return tl::unexpected(WhyNot::no_price);
    if (*columns.input == 0 || *columns.output == 0) return tl::unexpected(WhyNot::priced_zero);
    proto::PriceEntry entry;
    entry.input_usd_e6 = *columns.input;
    entry.output_usd_e6 = *columns.output;
    entry.cache_read_usd_e6 = columns.cache_read;
    entry.cache_write_5m_usd_e6 = columns.cache_write.value_or(*columns.input);
    const bool anthropic = model_family(name).starts_with("claude-");
    const std::int64_t unsaid =
        anthropic && columns.cache_write ? 2 * *columns.input : entry.cache_write_5m_usd_e6;
    entry.cache_write_1h_usd_e6 = cache_write_1h.value_or(unsaid);
    return entry;
}

bool add_long_context(proto::PriceEntry& entry, const Columns& base, const Columns& above,
                      std::int64_t tokens) {
    const Amount input = factor_of({{base.input, above.input.has_value() ? above.input : base.input},
                                    {base.cache_read, above.cache_read},
                                    {base.cache_write, above.cache_write}});
    const Amount output = factor_of({{base.output, above.output.has_value() ? above.output : base.output}});
    if (!input || !output) return false;
    if (*input == 1000 && *output == 1000) return true;
    entry.long_above = tokens;
    entry.long_input_e3 = *input;
    entry.long_output_e3 = *output;
    return true;
}

void PriceOffers::add(Seller seller, std::string_view name, Offer offer) {
    if (!is_id(name)) return leave_out(WhyNot::no_id, name);
    if (!offer) return leave_out(offer.error(), name);
    offer->model = name;
    if (seller == Seller::maker)
        put(makers_, std::move(*offer));
    else
        resellers_.push_back(std::move(*offer));
}

void PriceOffers::put(Named& offers, proto::PriceEntry entry) {
    const auto [known, is_new] = offers.try_emplace(entry.model, entry);
    if (is_new) return;
    if (known->second && prices_of(*known->second) != prices_of(entry)) known->second.reset();
}

void PriceOffers::leave_out(WhyNot why, std::string_view name, std::int64_t count) {
    PricesLeftOut& left_out = left_out_[why];
    left_out.why = text_of(why);
    if (left_out.count == 0) left_out.example = std::string(name.substr(0, kLongestName));
    left_out.count += count;
}

PriceList PriceOffers::list() && {
    std::set<std::string> made;
    for (const auto& [name, entry] : makers_) made.insert(model_family(name));
    for (proto::PriceEntry& entry : resellers_) {
        if (made.contains(model_family(entry.model))) {
            leave_out(WhyNot::resold, entry.model);
            continue;
        }
        entry.model = plain_model_name(entry.model);  // one row for what a cloud spells in several ways
        put(makers_, std::move(entry));
    }
    PriceList list;
    for (auto& [name, entry] : makers_) {
        if (entry)
            list.entries.push_back(std::move(*entry));
        else
            leave_out(WhyNot::contradiction, name);
    }
    for (auto& [why, left_out] : left_out_) list.left_out.push_back(std::move(left_out));
    return list;
}

}  // namespace kaizen::ctl
