#pragma once

// What price lists of either format are read into. Only for price_list*.cpp. Pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "common/json.h"
#include "ctl/price_list.h"

namespace kaizen::ctl {

enum class Seller { maker, reseller };

enum class WhyNot {
    other_provider,
    no_text_model,
    no_price,
    priced_zero,
    absurd_number,
    no_column,
    variant,
    resold,
    contradiction,
    no_id,
    uneven_tier,  // a tier of an entry that is taken
};

using Amount = std::optional<std::int64_t>;
using Offer = tl::expected<proto::PriceEntry, WhyNot>;

// Numbers of an object, which are texts here (JsonNumbers::text). One that cannot be is remembered.
class Numbers {
  public:
    explicit Numbers(const JsonValue& object) : object_(object) {}

    // In 10^-exponent of what the list counts in; nothing when it does not say.
    [[nodiscard]] Amount amount(std::string_view key, int exponent, std::int64_t most);
    [[nodiscard]] Amount factor(std::string_view key);  // in thousandths
    [[nodiscard]] bool any_absurd() const { return any_absurd_; }

  private:
    const JsonValue& object_;
    bool any_absurd_ = false;
};

// One set of prices of a model, in micro-dollars per million tokens.
struct Columns {
    Amount input;
    Amount output;
    Amount cache_read;
    Amount cache_write;
};

inline constexpr std::int64_t kHighestPrice =
    100'000'000'000;  // in micro-dollars; above is a slip of the pen

// What `times` is of `base`, in thousandths: one factor for all that both have, else nothing.
[[nodiscard]] Amount factor_of(const std::vector<std::pair<Amount, Amount>>& base_and_times);

// An entry of the ordinary prices. Where the cache is written for an hour at a price that is not said, it is
// Anthropic's rule for its models, twice the input, and for others that of a write.
[[nodiscard]] Offer entry_of(std::string_view name, const Columns& columns, Amount cache_write_1h);
// And of those for contexts above so many tokens. False when these are no multiples.
[[nodiscard]] bool add_long_context(proto::PriceEntry& entry, const Columns& base, const Columns& above,
                                    std::int64_t tokens);

class PriceOffers {
  public:
    void add(Seller seller, std::string_view name, Offer offer);
    void leave_out(WhyNot why, std::string_view name, std::int64_t count = 1);
    [[nodiscard]] PriceList list() &&;

  private:
    using Named =
        std::map<std::string, std::optional<proto::PriceEntry>>;  // nothing: said twice, differently
    static void put(Named& offers, proto::PriceEntry entry);

    Named makers_;
    std::vector<proto::PriceEntry> resellers_;
    std::map<WhyNot, PricesLeftOut> left_out_;
};

void read_litellm(const JsonValue& root, PriceOffers& offers);
// Gives the date of its last change.
[[nodiscard]] std::string read_models_dev(const JsonValue& root, PriceOffers& offers);

}  // namespace kaizen::ctl
