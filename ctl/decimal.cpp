#include "ctl/decimal.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace kaizen::ctl {
namespace {

constexpr std::int64_t kMostDigits = 18;

// "12.50e-3": digits 1250 of which 2 stand before the point, and the exponent -3.
struct Parts {
    std::string digits;
    std::int64_t before_point = 0;
    std::int64_t exponent = 0;
    bool negative = false;
};

std::string_view take_digits(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view digits = text.substr(0, end);
    text.remove_prefix(end);
    return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Parts> parts_of(std::string_view text) {
    Parts parts;
    parts.negative = take(text, "-");
    const std::string_view whole = take_digits(text);
    if (whole.empty()) return std::nullopt;
    parts.digits = whole;
    parts.before_point = static_cast<std::int64_t>(whole.size());
    if (take(text, ".")) {
        const std::string_view fraction = take_digits(text);
        if (fraction.empty()) return std::nullopt;
        parts.digits += fraction;
    }
    if (take(text, "eE")) {
        const bool down = !take(text, "+") && take(text, "-");
        const std::string_view digits = take_digits(text);
        if (digits.empty() || digits.size() > 9) return std::nullopt;
        std::from_chars(digits.data(), digits.data() + digits.size(), parts.exponent);
        if (down) parts.exponent = -parts.exponent;
    }
    return text.empty() ? std::optional(std::move(parts)) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> scaled(std::string_view number, int exponent) {
    const auto parts = parts_of(number);
    if (!parts) return std::nullopt;
    const std::size_t zeros = parts->digits.find_first_not_of('0');
    if (zeros == std::string::npos) return 0;
    if (parts->negative) return std::nullopt;
    const std::string digits = parts->digits.substr(zeros);
    const std::int64_t length =
        parts->before_point - static_cast<std::int64_t>(zeros) + parts->exponent + exponent;
    if (length > kMostDigits) return std::nullopt;
    if (length < 0) return 0;
    const auto kept = static_cast<std::size_t>(length);
    std::string integer = digits.substr(0, kept);
    integer.resize(kept, '0');
    std::int64_t value = 0;
    std::from_chars(integer.data(), integer.data() + integer.size(), value);
    return value + (digits.size() > kept && digits[kept] >= '5' ? 1 : 0);
}

}  // namespace kaizen::ctl
