#include "ctl/since.h"

#include <fmt/core.h>

#include <charconv>
#include <ctime>
#include <optional>

#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::optional<std::int64_t> unit_ms(std::string_view unit) {
    if (unit == "m" || unit == "min") return kMinuteMs;
    if (unit == "h") return 60 * kMinuteMs;
    if (unit == "d") return 24 * 60 * kMinuteMs;
    if (unit == "w") return 7 * 24 * 60 * kMinuteMs;
    return std::nullopt;
}

std::optional<std::int64_t> parse_span_ms(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::int64_t kLargest = 10'000'000;  // minutes to weeks, far below overflow
    if (error != std::errc() || number < 0 || number > kLargest) return std::nullopt;
    const auto unit = unit_ms(text.substr(static_cast<std::size_t>(end - text.data())));
    if (!unit) return std::nullopt;
    return number * *unit;
}

// Midnight of "2026-11-01" where the reader is.
std::optional<UnixMs> parse_day(const Look& look, std::string_view text) {
    const auto utc = parse_iso8601(std::string(text) + "T00:00:00Z");
    if (text.size() != 10 || !utc) return std::nullopt;
    if (look.utc) return utc;
    const std::time_t seconds = *utc / 1000;
    std::tm day{};
    ::gmtime_r(&seconds, &day);
    day.tm_isdst = -1;
    return static_cast<UnixMs>(::mktime(&day)) * 1000;
}

}  // namespace

Result<UnixMs> parse_since(const Look& look, std::string_view text) {
    if (const auto span = parse_span_ms(text)) return look.now - *span;
    if (const auto day = parse_day(look, text)) return *day;
    if (const auto time = parse_iso8601(text)) return *time;
    return fail(ErrorCode::usage, fmt::format("--since: \"{}\" is no time", plain(text)),
                "write 30m, 12h, 7d, 2w, 2026-11-01 or 2026-11-01T08:00:00Z");
}

}  // namespace kaizen::ctl
