#include "ctl/price_import.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "common/json.h"
#include "common/plain_text.h"
#include "ctl/price_cells.h"

namespace kaizen::ctl {
namespace {

using proto::PriceEntry;

auto prices_of(const PriceEntry& e) {
    return std::tie(e.input_usd_e6, e.output_usd_e6, e.cache_read_usd_e6, e.cache_write_5m_usd_e6,
                    e.cache_write_1h_usd_e6, e.long_above, e.long_input_e3, e.long_output_e3);
}

// What a list does not say of tiers, places and searches stays as it is.
PriceEntry with_unsaid_of(const PriceEntry& before, PriceEntry after) {
    for (auto member : {&PriceEntry::fast_e3, &PriceEntry::priority_e3, &PriceEntry::flex_e3,
                        &PriceEntry::batch_e3, &PriceEntry::us_e3, &PriceEntry::web_search_usd_e6}) {
        if (!(after.*member)) after.*member = before.*member;
    }
    if (after.regional_e3 == 1000) after.regional_e3 = before.regional_e3;
    return after;
}

bool same(const PriceEntry& before, const PriceEntry& after) {
    return prices_of(before) == prices_of(after) && factors_text(before) == factors_text(after);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : plain(text)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

// Padded as in a table: people read it.
std::string toml_row(const PriceEntry& entry) {
    std::string out = fmt::format("    {{match = {}", quoted(entry.model));
    const auto add = [&out](std::string_view key, const std::string& value) {
        out += fmt::format(", {} = {}", key, value);
    };
    const auto add_price = [&](std::string_view key, std::optional<std::int64_t> price) {
        if (price) add(key, decimal_text(*price, 6, 1));
    };
    const auto add_factor = [&](std::string_view key, std::optional<std::int64_t> factor) {
        if (factor) add(key, decimal_text(*factor, 3, 1));
    };
    add_price("input", entry.input_usd_e6);
    add_price("output", entry.output_usd_e6);
    add_price("cache_read", entry.cache_read_usd_e6);
    add_price("cache_write_5m", entry.cache_write_5m_usd_e6);
    add_price("cache_write_1h", entry.cache_write_1h_usd_e6);
    add_factor("fast", entry.fast_e3);
    add_factor("priority", entry.priority_e3);
    add_factor("flex", entry.flex_e3);
    add_factor("batch", entry.batch_e3);
    add_factor("us", entry.us_e3);
    if (entry.regional_e3 != 1000) add_factor("regional", entry.regional_e3);
    if (entry.long_above) {
        add("long_above", fmt::format("{}", *entry.long_above));
        add_factor("long_input", entry.long_input_e3);
        add_factor("long_output", entry.long_output_e3);
    }
    add_price("web_search", entry.web_search_usd_e6);
    return out + "},\n";
}

void write_names(JsonText& out, const char* key, const std::vector<std::string>& names) {
    out.key(key);
    out.StartArray();
    for (const std::string& name : names) out.string(name);
    out.EndArray();
}

void write_entry(JsonText& out, const PriceEntry& entry) {
    const std::string text = proto::to_json(entry);
    out.RawValue(text.data(), text.size(), rapidjson::kObjectType);
}

}  // namespace

PriceChanges changes_by(const PriceList& list, const proto::Prices& in_force) {
    std::map<std::string_view, const PriceEntry*> before;
    for (const PriceEntry& entry : in_force.entries) before.emplace(entry.model, &entry);
    PriceChanges changes;
    for (const PriceEntry& entry : list.entries) {
        const auto found = before.find(entry.model);
        if (found == before.end()) {
            changes.added.push_back(entry);
            continue;
        }
        const PriceEntry& known = *found->second;
        before.erase(found);
        PriceEntry after = with_unsaid_of(known, entry);
        if (known.layer == "own")
            changes.own.push_back(entry.model);
        else if (same(known, after))
            ++changes.unchanged;
        else
            changes.changed.push_back({known, std::move(after)});
    }
    for (const auto& [model, entry] : before) {
        if (entry->layer == "imported") changes.gone.emplace_back(model);
    }
    const auto place = [](const PriceChange& change) {
        using Place = std::pair<std::int64_t, std::string_view>;
        return Place(-change.before.usage.responses, change.after.model);
    };
    std::sort(changes.changed.begin(), changes.changed.end(),
              [place](const auto& a, const auto& b) { return place(a) < place(b); });
    return changes;
}

std::string price_table_toml(const PriceImport& import) {
    const std::string source = fmt::format("{}, {}, imported on {}", import.list.format,
                                           plain(import.file_name), import.imported_on);
    std::string out = fmt::format(
        "# Prices from {}.\n"
        "# The next import writes this file anew, and kaizenctl prices import --remove takes it away: prices "
        "of\n"
        "# your own belong into the file that [prices] of config.toml names, which goes over this one.\n"
        "date = {}\nsource = {}\n\nmodel = [\n",
        source, import.list.date, quoted(source));
    for (const PriceEntry& entry : import.list.entries) out += toml_row(entry);
    return out + "]\n";
}

std::string to_json(const PriceImport& import, bool written) {
    JsonText out;
    out.StartObject();
    out.key("file"), out.string(import.file_name);
    out.key("format"), out.string(import.list.format);
    out.key("date"), out.string(import.list.date);
    out.key("new"), out.StartArray();
    for (const PriceEntry& entry : import.changes.added) write_entry(out, entry);
    out.EndArray();
    out.key("changed"), out.StartArray();
    for (const PriceChange& change : import.changes.changed) {
        out.StartObject();
        out.key("before"), write_entry(out, change.before);
        out.key("after"), write_entry(out, change.after);
        out.EndObject();
    }
    out.EndArray();
    out.key("unchanged"), out.Int64(import.changes.unchanged);
    write_names(out, "own", import.changes.own);
    write_names(out, "gone", import.changes.gone);
    out.key("left_out"), out.StartArray();
    for (const PricesLeftOut& left_out : import.list.left_out) {
        out.StartObject();
        out.key("why"), out.string(left_out.why);
        out.key("count"), out.Int64(left_out.count);
        out.key("example"), out.string(left_out.example);
        out.EndObject();
    }
    out.EndArray();
    out.key("written"), out.Bool(written);
    out.EndObject();
    return out.str();
}

}  // namespace kaizen::ctl
