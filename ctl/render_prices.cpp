#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/price_cells.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "ctl/usage_cells.h"

namespace kaizen::ctl {
namespace {

constexpr int kRoomForFactors = 150;  // columns of the terminal from which on they stand in the table

using Price = std::optional<std::int64_t>;

std::size_t decimals_of(const Price& price) {
    const std::string text = price ? price_text(*price) : std::string();
    return text.empty() ? 0 : text.size() - text.find('.') - 1;
}

// The prices of one column, with their points below each other; a rare one that is longer stands out.
class PriceColumn {
  public:
    PriceColumn(const std::vector<proto::PriceEntry>& entries, Price (*price)(const proto::PriceEntry&))
        : price_(price) {
        for (const auto& entry : entries) decimals_ = std::max(decimals_, decimals_of(price(entry)));
        decimals_ = std::min(decimals_, kAligned);
    }

    [[nodiscard]] Cell cell(const proto::PriceEntry& entry) const {
        const Price price = price_(entry);
        if (!price) return {std::string(kUnknown), Style::dim};
        const std::size_t decimals = decimals_of(price);
        return {price_text(*price) + std::string(decimals < decimals_ ? decimals_ - decimals : 0, ' ')};
    }

  private:
    static constexpr std::size_t kAligned = 4;
    Price (*price_)(const proto::PriceEntry&);
    std::size_t decimals_ = 0;
};

bool of_one_layer(const std::vector<proto::PriceEntry>& entries) {
    return std::all_of(entries.begin(), entries.end(),
                       [&](const auto& entry) { return entry.layer == entries.front().layer; });
}

Counted counted_of(const proto::PriceEntry& entry) { return counted(entry.usage); }

std::string table(const Look& look, const std::vector<proto::PriceEntry>& entries) {
    const PriceColumn prices[] = {{entries, [](const auto& e) { return Price(e.input_usd_e6); }},
                                  {entries, [](const auto& e) { return e.cache_read_usd_e6; }},
                                  {entries, [](const auto& e) { return Price(e.cache_write_5m_usd_e6); }},
                                  {entries, [](const auto& e) { return Price(e.cache_write_1h_usd_e6); }},
                                  {entries, [](const auto& e) { return Price(e.output_usd_e6); }}};
    const bool marks = std::any_of(entries.begin(), entries.end(),
                                   [](const auto& entry) { return any_marked({counted_of(entry)}); });
    const bool factors = look.width >= kRoomForFactors;
    const int from = of_one_layer(entries) ? 5 : 0;
    Table table({{"MODEL", false, 0, 40, 34},
                 {"INPUT", true},
                 {"CACHED", true},
                 {"WRITTEN", true, 2},
                 {"1 HOUR", true, 4},
                 {"OUTPUT", true},
                 {"FROM", false, from},
                 {"RESPONSES", true, 6},
                 {cost_title(marks), true, 3},
                 {factors ? "TIMES" : "", false, 9}});
    for (const proto::PriceEntry& entry : entries) {
        std::vector<Cell> row = {{plain(entry.model)}};
        for (const PriceColumn& column : prices) row.push_back(column.cell(entry));
        row.push_back({plain(layer_text(entry.layer)), entry.layer == "built_in" ? Style::dim : Style::cyan});
        const bool used = !entry.models.empty();
        row.push_back({used ? count_text(entry.usage.responses) : ""});
        row.push_back(used ? cost_cell(counted_of(entry), marks) : Cell());
        row.push_back({factors ? factors_text(entry) : "", Style::dim});
        table.add(std::move(row));
    }
    return table.text(look);
}

std::string left_out(const Look& look, std::int64_t entries) {
    if (entries <= 0) return {};
    const std::string text = fmt::format("and {} that no response here used: --all",
                                         plural(entries, "more entry", "more entries"));
    return paint(look, Style::dim, cut_to(text, look.width)) + "\n";
}

// Where the table has no room for them, and few entries were asked for.
std::string factors_notes(const Look& look, const std::vector<proto::PriceEntry>& entries) {
    std::map<std::string, std::string> names;  // by what they have in common
    for (const proto::PriceEntry& entry : entries) {
        const std::string factors = factors_text(entry);
        if (factors.empty()) continue;
        std::string& list = names[factors];
        list += (list.empty() ? "" : ", ") + plain(entry.model);
    }
    std::string out;
    for (const auto& [factors, models] : names) {
        out += sentence_fact(look, out.empty() ? "Times" : "", {factors});
        out += sentence_fact(look, "", {models, Style::dim});
    }
    return out;
}

std::string unpriced_note(const Look& look, const std::vector<proto::ModelUsage>& models) {
    std::string names;
    for (const proto::ModelUsage& model : models) {
        names += fmt::format("{}{} ({}, {} tokens)", names.empty() ? "" : ", ",
                             model.model.empty() ? "unknown model" : plain(model.model),
                             plural(model.usage.responses, "response"),
                             short_count(all_tokens(model.usage.tokens)));
    }
    if (names.empty()) return {};
    return sentence_fact(look, "Unpriced", {"▲ " + names, Style::yellow}) +
           sentence_fact(look, "",
                         {"→ kaizenctl prices import FILE, a public list; or the file that [prices] of "
                          "config.toml names",
                          Style::dim});
}

std::string tables_notes(const Look& look, const std::vector<proto::PriceLayer>& tables) {
    std::string out;
    for (const proto::PriceLayer& table : tables) {
        const bool built_in = table.layer == "built_in";
        std::string text =
            fmt::format("{}, of {}", layer_text(table.layer), calendar_text(look, table.date, date_text));
        if (!table.source.empty()) text += " · " + plain(table.source);
        if (!built_in) text += " · " + with_tilde(look, table.origin);
        out += sentence_fact(look, out.empty() ? "Prices" : "", {text, Style::dim});
    }
    return out;
}

std::string nothing(const proto::Prices& prices, const std::string& model) {
    if (!model.empty())
        return fmt::format("no entry fits \"{}\"; kaizenctl prices --all shows all\n", plain(model));
    return fmt::format("no response here used any of the {}; kaizenctl prices --all shows them\n",
                       plural(prices.entries_left_out, "entry", "entries"));
}

}  // namespace

std::string render_prices(const Look& look, const proto::Prices& prices, const std::string& model) {
    std::string out = paint(look, Style::bold, "Prices") +
                      paint(look, Style::dim, " · dollars per million tokens") + "\n\n";
    out += prices.entries.empty() ? nothing(prices, model)
                                  : table(look, prices.entries) + left_out(look, prices.entries_left_out);
    const bool tell_factors = !model.empty() && look.width < kRoomForFactors;
    return out + "\n" + unpriced_note(look, prices.unpriced) +
           (tell_factors ? factors_notes(look, prices.entries) : "") + tables_notes(look, prices.tables);
}

}  // namespace kaizen::ctl
