#include "daemon/insight/price_list.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/text.h"
#include "daemon/insight/usage_history.h"

namespace kaizen::insight {
namespace {

using session::PriceLayer;
using session::PriceTable;
using session::UsageSum;

// What the history holds of one entry.
struct Use {
    std::vector<std::string> models;
    UsageSum sum;
};
using Uses = std::map<std::string_view, Use>;  // by the entry's name

std::string_view to_text(PriceLayer layer) {
    switch (layer) {
        case PriceLayer::built_in:
            return "built_in";
        case PriceLayer::imported:
            return "imported";
        case PriceLayer::own:
            return "own";
    }
    return {};
}

std::unordered_map<std::int64_t, UsageSum> sums_by_model(store::UsageTable& usage) {
    std::unordered_map<std::int64_t, UsageSum> sums;
    usage.each(0, std::numeric_limits<std::int64_t>::max(),
               [&](const store::UsageKey& key, const UsageSum& sum) { sums[key.model].add(sum); });
    return sums;
}

proto::PriceEntry entry_of(const PriceTable::Rows::value_type& row, const Use* use) {
    const session::Price& price = row.second.price;
    proto::PriceEntry entry;
    entry.model = row.first;
    entry.layer = to_text(row.second.layer);
    entry.input_usd_e6 = price.input;
    entry.output_usd_e6 = price.output;
    entry.cache_read_usd_e6 = price.cache_read;
    entry.cache_write_5m_usd_e6 = price.cache_write_5m;
    entry.cache_write_1h_usd_e6 = price.cache_write_1h;
    entry.fast_e3 = price.fast;
    entry.priority_e3 = price.priority;
    entry.flex_e3 = price.flex;
    entry.batch_e3 = price.batch;
    entry.us_e3 = price.us;
    entry.regional_e3 = price.regional;
    entry.long_above = price.long_above;
    entry.long_input_e3 = price.long_input;
    entry.long_output_e3 = price.long_output;
    if (price.web_search) entry.web_search_usd_e6 = session::to_micro(*price.web_search);
    if (use == nullptr) return entry;
    entry.models = use->models;
    entry.usage = to_proto(use->sum);
    return entry;
}

bool contains(std::string_view name, const std::string& lower_part) {
    return to_lower(name).find(lower_part) != std::string::npos;
}

// Whether an entry, or what the history uses of it, is what was asked for.
class Filter {
  public:
    Filter(const PriceTable& table, const std::string& model)
        : part_(to_lower(model)), meant_(model.empty() ? nullptr : table.row_of(model)) {}

    [[nodiscard]] bool fits(const PriceTable::Rows::value_type& row, const Use* use) const {
        if (&row == meant_ || contains(row.first, part_)) return true;
        return use != nullptr && std::any_of(use->models.begin(), use->models.end(),
                                             [this](const auto& model) { return contains(model, part_); });
    }
    [[nodiscard]] bool fits(std::string_view model) const { return contains(model, part_); }

  private:
    std::string part_;
    const PriceTable::Rows::value_type* meant_;
};

template <class Item>
void sort_by_cost(std::vector<Item>& items) {
    const auto place = [](const Item& item) {
        using Place = std::tuple<std::int64_t, std::int64_t, std::string_view>;
        return Place(-item.usage.cost_usd_e6.value_or(-1), -item.usage.responses, item.model);
    };
    std::sort(items.begin(), items.end(),
              [place](const Item& a, const Item& b) { return place(a) < place(b); });
}

}  // namespace

proto::Prices list_prices(store::Store& store, const PriceTable& table, const PriceQuestion& question) {
    const Filter filter(table, question.model);
    proto::Prices answer;
    Uses uses;
    for (const auto& [id, sum] : sums_by_model(store.usage)) {
        const std::string& model = store.usage.model_name(id);
        if (const auto* row = table.row_of(model)) {
            Use& use = uses[row->first];
            use.models.push_back(model);
            use.sum.add(sum);
        } else if (filter.fits(model)) {
            answer.unpriced.push_back({model, to_proto(sum)});
        }
    }
    for (const auto& row : table.rows()) {
        const auto found = uses.find(row.first);
        Use* const use = found != uses.end() ? &found->second : nullptr;
        if (use != nullptr) std::sort(use->models.begin(), use->models.end());
        if (!filter.fits(row, use)) continue;
        if (use != nullptr || question.all || !question.model.empty())
            answer.entries.push_back(entry_of(row, use));
        else
            ++answer.entries_left_out;
    }
    sort_by_cost(answer.entries);
    sort_by_cost(answer.unpriced);
    for (const session::PriceSource& source : table.sources())
        answer.tables.push_back(
            {std::string(to_text(source.layer)), source.date, source.origin, source.source});
    return answer;
}

}  // namespace kaizen::insight
