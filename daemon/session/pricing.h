#pragma once

// What a model response costs: a table of prices by model, and the arithmetic. Pure; any thread.
// Rules: spec "sources", section Cost. Costs are exact here, in pico-dollars (10^-12 USD): rounded once,
// where they are shown, a sum is right to the micro-dollar however many responses it has.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "daemon/parse/event.h"

namespace kaizen::session {

// In pico-dollars per token, which is 10^6 times "USD per million tokens"; factors in thousandths. Nothing:
// not known, so a response that is billed by it has no price.
struct Price {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::optional<std::int64_t> cache_read;
    std::int64_t cache_write_5m = 0;  // where the table does not say: as input
    std::int64_t cache_write_1h = 0;  // where it does not say: as cache_write_5m

    // What the prices above are multiplied by for a response of this tier.
    std::optional<std::int64_t> fast;
    std::optional<std::int64_t> priority;
    std::optional<std::int64_t> flex;
    std::optional<std::int64_t> batch;
    // Likewise where the model runs in one region only: by the request, or by an endpoint of a cloud.
    std::optional<std::int64_t> us;
    std::int64_t regional = 1000;  // where the table does not say: no more than elsewhere
    // Likewise for input with cache, and for output, of a response that takes in more tokens than this.
    std::optional<std::int64_t> long_above;
    std::int64_t long_input = 1000;
    std::int64_t long_output = 1000;

    std::optional<std::int64_t> web_search;  // pico-dollars for each

    [[nodiscard]] bool operator==(const Price&) const = default;
};

inline constexpr std::int64_t kPicoPerMicro = 1'000'000;

// Of an endpoint of a cloud that keeps to some region: Billing::region says which only where the record does.
inline constexpr std::string_view kRegionalEndpoint = "regional";

// Nothing when something that it is billed by has no price, and for sums that nobody is billed (over 1,000
// USD a response): those are broken files.
[[nodiscard]] std::optional<std::int64_t> cost_pico(const Price& price, const parse::TokenCounts& tokens,
                                                    const parse::Billing& billing = {});

// Rounded half up.
[[nodiscard]] std::int64_t to_micro(std::int64_t pico);

// Whose prices they are. A table goes over those of the layers before it.
enum class PriceLayer { built_in, imported, own };

// A table that was put into the one in force.
struct PriceSource {
    PriceLayer layer = PriceLayer::built_in;
    std::string date;    // of the prices, 2026-08-22
    std::string origin;  // "built in", or its file
    std::string source;  // where they are from, as it says itself; empty: it does not
};

class PriceTable {
  public:
    struct Row {
        Price price;
        PriceLayer layer = PriceLayer::built_in;
    };
    using Rows = std::map<std::string, Row, std::less<>>;

    // The table that is compiled in (prices.toml).
    [[nodiscard]] static PriceTable built_in();

    // Puts the rows of a table in TOML over those that are here. Public lists know prices, and little of what
    // they are multiplied by: what an imported row does not say of tiers, places and searches stays as it is
    // of that model. The error names file, line and column, and nothing is changed then.
    [[nodiscard]] Result<> put_over(std::string_view toml, const std::string& file_name,
                                    PriceLayer layer = PriceLayer::own);

    // The row for a model: its id as it is; in the spelling of its maker, without provider, version, date and
    // tag; with a date, where all such rows say the same; then the longest row that it begins with, if what
    // follows names no other model. Null: unpriced, never a guess.
    [[nodiscard]] const Rows::value_type* row_of(std::string_view model) const;
    [[nodiscard]] const Price* find(std::string_view model) const;  // its price
    // What a response costs; by its model's name, too, where that names an endpoint.
    [[nodiscard]] std::optional<std::int64_t> cost_pico(std::string_view model,
                                                        const parse::TokenCounts& tokens,
                                                        const parse::Billing& billing) const;

    [[nodiscard]] const Rows& rows() const { return rows_; }
    [[nodiscard]] const std::vector<PriceSource>& sources() const { return sources_; }  // the last is on top
    [[nodiscard]] const std::string& date() const { return sources_.back().date; }
    [[nodiscard]] const std::string& origin() const { return sources_.back().origin; }
    [[nodiscard]] std::uint64_t fingerprint() const;  // of date and prices

  private:
    PriceTable() = default;
    // A row that has a date where `family` has none; null also where several do not agree.
    [[nodiscard]] const Rows::value_type* find_dated(std::string_view family) const;

    std::vector<PriceSource> sources_;
    Rows rows_;
};

}  // namespace kaizen::session
