#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/plain_text.h"
#include "ctl/price_cells.h"
#include "ctl/price_import.h"

namespace kaizen::ctl {
namespace {

using proto::PriceEntry;

constexpr std::size_t kShown = 12;  // of what is new, or changes, or goes
constexpr int kWidestName = 40;

std::string text_of(const std::optional<std::int64_t>& price) {
    return price ? price_text(*price) : std::string(kUnknown);
}

std::string factor_of(const std::optional<std::int64_t>& factor) {
    return factor ? factor_text(*factor) : std::string(kUnknown);
}

// "input 5.00 → 4.00 · output 25.00 → 20.00"
std::string change_text(const PriceEntry& before, const PriceEntry& after) {
    std::string out;
    const auto add = [&out](std::string_view what, const std::string& old_text, const std::string& new_text) {
        if (old_text == new_text) return;
        out += fmt::format("{}{}{}{} → {}", out.empty() ? "" : " · ", what, what.empty() ? "" : " ", old_text,
                           new_text);
    };
    add("input", price_text(before.input_usd_e6), price_text(after.input_usd_e6));
    add("cached", text_of(before.cache_read_usd_e6), text_of(after.cache_read_usd_e6));
    add("written", price_text(before.cache_write_5m_usd_e6), price_text(after.cache_write_5m_usd_e6));
    add("1 hour", price_text(before.cache_write_1h_usd_e6), price_text(after.cache_write_1h_usd_e6));
    add("output", price_text(before.output_usd_e6), price_text(after.output_usd_e6));
    add("fast", factor_of(before.fast_e3), factor_of(after.fast_e3));
    add("priority", factor_of(before.priority_e3), factor_of(after.priority_e3));
    add("flex", factor_of(before.flex_e3), factor_of(after.flex_e3));
    add("batch", factor_of(before.batch_e3), factor_of(after.batch_e3));
    add("us", factor_of(before.us_e3), factor_of(after.us_e3));
    add("regional", factor_text(before.regional_e3), factor_text(after.regional_e3));
    add("search", text_of(before.web_search_usd_e6), text_of(after.web_search_usd_e6));
    add(before.long_above || !after.long_above ? "" : "long", long_context_text(before),
        long_context_text(after));
    return out;
}

struct Line {
    std::string name;
    std::string text;
};

// The text beside the name where both fit, else below it.
std::string lines_text(const Look& look, std::string_view title, const std::vector<Line>& lines, bool all) {
    if (lines.empty()) return {};
    const std::size_t shown = all ? lines.size() : std::min(lines.size(), kShown);
    int widest = 0;
    for (std::size_t i = 0; i < shown; ++i) widest = std::max(widest, columns_of(lines[i].name));
    widest = std::min(widest, kWidestName);
    std::string out = paint(look, Style::bold, title) +
                      paint(look, Style::dim, " · " + count_text(static_cast<std::int64_t>(lines.size()))) +
                      "\n";
    for (std::size_t i = 0; i < shown; ++i) {
        const bool beside = widest + 4 + columns_of(lines[i].text) <= look.width;
        out += "  " + left(look, {lines[i].name}, beside ? widest + 2 : 0);
        out += beside ? lines[i].text + "\n" : "\n" + paragraph(look, 6, {lines[i].text});
    }
    if (shown < lines.size())
        out += paint(look, Style::dim, fmt::format("  and {} more: --all", lines.size() - shown)) + "\n";
    return out + "\n";
}

std::string added_text(const Look& look, const std::vector<PriceEntry>& added, bool all) {
    std::vector<Line> lines;
    for (const PriceEntry& entry : added) {
        lines.push_back(
            {entry.model, fmt::format("input {} · cached {} · output {}", price_text(entry.input_usd_e6),
                                      text_of(entry.cache_read_usd_e6), price_text(entry.output_usd_e6))});
    }
    return lines_text(look, "New", lines, all);
}

std::string changed_text(const Look& look, const std::vector<PriceChange>& changed, bool all) {
    std::vector<Line> lines;
    for (const PriceChange& change : changed)
        lines.push_back({plain(change.after.model), change_text(change.before, change.after)});
    return lines_text(look, "Changed", lines, all);
}

std::string names_text(const std::vector<std::string>& names, bool all) {
    const std::size_t shown = all ? names.size() : std::min(names.size(), kShown);
    std::string out;
    for (std::size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : ", ") + plain(names[i]);
    return shown == names.size() ? out : out + fmt::format(" and {} more", names.size() - shown);
}

std::string left_out_text(const Look& look, const std::vector<PricesLeftOut>& left_out) {
    std::string out;
    for (const PricesLeftOut& one : left_out) {
        out += sentence_fact(
            look, out.empty() ? "Left out" : "",
            {fmt::format("{} {}, such as {}", count_text(one.count), one.why, plain(one.example)),
             Style::dim});
    }
    return out;
}

std::string ending(const Look& look, const PriceImport& import, const std::string& file) {
    if (file.empty()) {
        return "\n" +
               paint(look, Style::dim,
                     cut_to("nothing is written yet: the same with --yes does it", look.width)) +
               "\n";
    }
    const auto entries = static_cast<std::int64_t>(import.list.entries.size());
    return "\n" + paint(look, Style::green, "✔ imported") + "  " +
           fmt::format("{}, in force for new responses\n", plural(entries, "entry", "entries")) +
           sentence_fact(look, "File", {with_tilde(look, file)}) +
           sentence_fact(look, "", {"→ kaizenctl usage reprice prices the past anew", Style::dim});
}

}  // namespace

std::string render_price_import(const Look& look, const PriceImport& import, bool all,
                                const std::string& file) {
    const PriceChanges& changes = import.changes;
    const std::string rest = fmt::format(" · {}, of {} · dollars per million tokens", import.list.format,
                                         calendar_text(look, import.list.date, date_text));
    const std::string name = "Prices from " + plain(import.file_name);
    std::string out = paint(look, Style::bold, name) +
                      paint(look, Style::dim, cut_to(rest, look.width - columns_of(name))) + "\n\n";
    out += changed_text(look, changes.changed, all) + added_text(look, changes.added, all);
    out += fact(look, "Unchanged", {{plural(changes.unchanged, "entry", "entries")}});
    if (!changes.own.empty())
        out += sentence_fact(look, "Yours", {names_text(changes.own, all) + ": stay as your own file says"});
    if (!changes.gone.empty()) {
        out += sentence_fact(look, "Gone",
                             {names_text(changes.gone, all) +
                              ": imported before, not in this list; what is built in holds again"});
    }
    return out + left_out_text(look, import.list.left_out) + ending(look, import, file);
}

}  // namespace kaizen::ctl
