#include "ctl/price_cells.h"

#include <fmt/core.h>

#include <utility>

#include "ctl/human.h"

namespace kaizen::ctl {

std::string decimal_text(std::int64_t number, int digits, std::size_t least) {
    std::int64_t one = 1;
    for (int i = 0; i < digits; ++i) one *= 10;
    std::string fraction = fmt::format("{:0{}}", number % one, digits);
    while (fraction.size() > least && fraction.back() == '0') fraction.pop_back();
    return fmt::format("{}{}{}", number / one, fraction.empty() ? "" : ".", fraction);
}

std::string factor_text(std::int64_t e3) { return "×" + decimal_text(e3, 3, 0); }

std::string price_text(std::int64_t usd_e6) { return decimal_text(usd_e6, 6, 2); }

std::string factors_text(const proto::PriceEntry& entry) {
    std::string out;
    const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : " · ") + text; };
    for (const auto& [name, factor] :
         {std::pair("fast", entry.fast_e3), std::pair("priority", entry.priority_e3),
          std::pair("flex", entry.flex_e3), std::pair("batch", entry.batch_e3),
          std::pair("us", entry.us_e3)}) {
        if (factor) add(fmt::format("{} {}", name, factor_text(*factor)));
    }
    if (entry.regional_e3 != 1000) add("regional " + factor_text(entry.regional_e3));
    if (entry.web_search_usd_e6) add("search $" + price_text(*entry.web_search_usd_e6));
    if (entry.long_above) add(long_context_text(entry));
    return out;
}

std::string long_context_text(const proto::PriceEntry& entry) {
    if (!entry.long_above) return std::string(kUnknown);
    return fmt::format("above {}: in {}, out {}", short_count(*entry.long_above),
                       factor_text(entry.long_input_e3), factor_text(entry.long_output_e3));
}

std::string_view layer_text(std::string_view layer) {
    if (layer == "built_in") return "built in";
    return layer == "own" ? "yours" : layer;
}

}  // namespace kaizen::ctl
