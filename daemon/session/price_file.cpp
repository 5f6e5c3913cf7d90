// Price tables as TOML: `date = 2026-08-22`, `source = "where from"` and rows `[[model]]`. In USD per million
// tokens: input, output and, where there are such, cache_read, cache_write_5m, cache_write_1h. Factors of
// these: fast, priority, flex, batch, us, regional, and long_input and long_output above long_above tokens.
// In USD each: web_search.

#include <fmt/core.h>
#include <toml++/toml.h>

#include <array>
#include <cmath>
#include <sstream>

#include "daemon/session/built_in_prices.h"
#include "daemon/session/pricing.h"

namespace kaizen::session {
namespace {

// How a number of the file becomes one of Price, and the highest that is believed: above is a slip of the
// pen.
struct Unit {
    double scale;
    double highest;
    std::string_view what;
};
constexpr Unit kPerMillion{1e6, 100'000, "a number of dollars per million tokens"};
constexpr Unit kEach{1e12, 100, "a number of dollars"};
constexpr Unit kFactor{1e3, 100, "a factor of the prices"};
constexpr Unit kTokens{1, 1e9, "a number of tokens"};

constexpr std::array<std::string_view, 16> kKeys = {
    "match",       "input",     "output", "cache_read", "cache_write_5m", "cache_write_1h", "fast",
    "priority",    "flex",      "batch",  "us",         "regional",       "long_above",     "long_input",
    "long_output", "web_search"};

// Thrown inside, caught at the edge: every reader below may meet a wrong node.
struct Complaint {
    toml::source_position place;
    std::string text;
};

std::optional<std::int64_t> number_in(const toml::table& row, std::string_view key, const Unit& unit) {
    const toml::node* node = row.get(key);
    if (node == nullptr) return std::nullopt;
    const auto number = node->is_number() ? node->value<double>() : std::nullopt;
    if (!number || !(*number >= 0) || *number > unit.highest)
        throw Complaint{node->source().begin, fmt::format("{} must be {}", key, unit.what)};
    return std::llround(*number * unit.scale);
}

std::int64_t needed_price(const toml::table& row, std::string_view key) {
    const auto price = number_in(row, key, kPerMillion);
    if (!price) throw Complaint{row.source().begin, fmt::format("{} is missing", key)};
    return *price;
}

const toml::table& row_in(const toml::node& node) {
    const toml::table* row = node.as_table();
    if (row == nullptr) throw Complaint{node.source().begin, "model must be a list of tables"};
    for (const auto& [key, value] : *row) {
        if (std::find(kKeys.begin(), kKeys.end(), key.str()) == kKeys.end())
            throw Complaint{key.source().begin, fmt::format("unknown key {}", key.str())};
    }
    return *row;
}

std::string match_in(const toml::table& row) {
    const auto match = row["match"].value_exact<std::string>();
    if (!match || match->empty()) throw Complaint{row.source().begin, "match must be the id of a model"};
    return *match;
}

// `unsaid` has the factors and fees that hold where the row says none.
Price price_in(const toml::table& row, const Price& unsaid) {
    const auto said = [&row](std::string_view key, const Unit& unit, std::optional<std::int64_t> otherwise) {
        const auto number = number_in(row, key, unit);
        return number ? number : otherwise;
    };
    Price price;
    price.input = needed_price(row, "input");
    price.output = needed_price(row, "output");
    price.cache_read = number_in(row, "cache_read", kPerMillion);
    price.cache_write_5m = number_in(row, "cache_write_5m", kPerMillion).value_or(price.input);
    price.cache_write_1h = number_in(row, "cache_write_1h", kPerMillion).value_or(price.cache_write_5m);
    price.fast = said("fast", kFactor, unsaid.fast);
    price.priority = said("priority", kFactor, unsaid.priority);
    price.flex = said("flex", kFactor, unsaid.flex);
    price.batch = said("batch", kFactor, unsaid.batch);
    price.us = said("us", kFactor, unsaid.us);
    price.regional = number_in(row, "regional", kFactor).value_or(unsaid.regional);
    price.long_above = number_in(row, "long_above", kTokens);
    price.long_input = number_in(row, "long_input", kFactor).value_or(price.long_input);
    price.long_output = number_in(row, "long_output", kFactor).value_or(price.long_output);
    price.web_search = said("web_search", kEach, unsaid.web_search);
    return price;
}

std::string date_in(const toml::table& table) {
    if (const auto date = table["date"].value<toml::date>()) {
        std::ostringstream text;
        text << *date;
        return text.str();
    }
    throw Complaint{table.source().begin, "date is missing: say of when the prices are, date = 2026-11-01"};
}

}  // namespace

Result<> PriceTable::put_over(std::string_view toml, const std::string& file_name, PriceLayer layer) {
    const auto failed = [&](const toml::source_position& at, std::string_view why) {
        return fail(ErrorCode::bad_input, fmt::format("{}:{}:{}: {}", file_name, at.line, at.column, why));
    };
    try {
        const toml::table table = toml::parse(toml, file_name);
        Rows rows = rows_;
        PriceSource source{layer, date_in(table), file_name, table["source"].value_or(std::string())};
        if (const toml::node* models = table.get("model")) {
            if (!models->is_array())
                throw Complaint{models->source().begin, "model must be a list of tables"};
            for (const toml::node& node : *models->as_array()) {
                const toml::table& row = row_in(node);
                std::string match = match_in(row);
                const Price* known = layer == PriceLayer::imported ? find(match) : nullptr;
                const Price price = price_in(row, known != nullptr ? *known : Price());
                rows.insert_or_assign(std::move(match), Row{price, layer});
            }
        }
        rows_ = std::move(rows);
        sources_.push_back(std::move(source));
        return {};
    } catch (const toml::parse_error& error) {
        return failed(error.source().begin, error.description());
    } catch (const Complaint& complaint) {
        return failed(complaint.place, complaint.text);
    }
}

PriceTable PriceTable::built_in() {
    PriceTable table;
    // A broken table of our own is caught by the first test that runs.
    if (auto read = table.put_over(kBuiltInPrices, "built in", PriceLayer::built_in); !read)
        throw std::logic_error(read.error().message);
    return table;
}

}  // namespace kaizen::session
