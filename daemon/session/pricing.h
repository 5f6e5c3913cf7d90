#pragma once

// What a model response costs: a table of prices by model, and the arithmetic. Pure; worker thread.
// Rules: spec "sources", section Cost. Costs are exact here, in pico-dollars (10^-12 USD): rounded once,
// where they are shown, a sum is right to the micro-dollar however many responses it has.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "daemon/parse/event.h"

namespace kaizen::session {

// In pico-dollars per token, which is 10^6 times "USD per million tokens".
struct Price {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::optional<std::int64_t> cache_read;  // nothing: not known, so a response that uses it has no price
    std::int64_t cache_write_5m = 0;         // where the table does not say: as input
    std::int64_t cache_write_1h = 0;         // where it does not say: as cache_write_5m
};

inline constexpr std::int64_t kPicoPerMicro = 1'000'000;

// Nothing when a class of tokens that was used has no price, and for sums that nobody is billed (over 1,000
// USD a response): those are broken files.
[[nodiscard]] std::optional<std::int64_t> cost_pico(const Price& price, const parse::TokenCounts& tokens);

// Rounded half up.
[[nodiscard]] std::int64_t to_micro(std::int64_t pico);

class PriceTable {
  public:
    // The table that is compiled in (prices.toml).
    [[nodiscard]] static PriceTable built_in();

    // Puts the rows of a table in TOML over those that are here. The error names file, line and column, and
    // nothing is changed then.
    [[nodiscard]] Result<> put_over(std::string_view toml, const std::string& file_name);

    // The row for a model: its id as it is; without provider, version and date; then the longest row that it
    // begins with, if what follows names no other version or size. Null: unpriced, never a guess.
    [[nodiscard]] const Price* find(std::string_view model) const;

    [[nodiscard]] const std::string& date() const { return date_; }      // 2026-08-22
    [[nodiscard]] const std::string& origin() const { return origin_; }  // "built in" or the user's file
    [[nodiscard]] std::uint64_t fingerprint() const;                     // of date and prices

  private:
    PriceTable() = default;

    std::string date_;
    std::string origin_;
    std::map<std::string, Price, std::less<>> rows_;
};

}  // namespace kaizen::session
