#pragma once

// Prices as text. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/control.h"

namespace kaizen::ctl {

// `number` in units of 10^-digits, with at least `least` digits behind the point.
[[nodiscard]] std::string decimal_text(std::int64_t number, int digits, std::size_t least);
[[nodiscard]] std::string price_text(std::int64_t usd_e6);  // 5.00, 0.0028: dollars, as exact as they are

[[nodiscard]] std::string factor_text(std::int64_t e3);  // ×1.1

// What the prices are multiplied by, and fees: "fast ×6 · us ×1.1 · above 200k: in ×2, out ×1.5".
[[nodiscard]] std::string factors_text(const proto::PriceEntry& entry);

// The last of them.
[[nodiscard]] std::string long_context_text(const proto::PriceEntry& entry);

[[nodiscard]] std::string_view layer_text(std::string_view layer);  // built in, imported, yours

}  // namespace kaizen::ctl
