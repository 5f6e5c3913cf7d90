#include "ctl/since.h"

#include <fmt/core.h>

#include <charconv>
#include <ctime>
#include <optional>

#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * kMinuteMs;

std::optional<std::int64_t> unit_ms(std::string_view unit) {
    if (unit == "m" || unit == "min") return kMinuteMs;
    if (unit == "h") return 60 * kMinuteMs;
    if (unit == "d") return kDayMs;
    if (unit == "w") return 7 * kDayMs;
    return std::nullopt;
}

struct Span {
    std::int64_t number = 0;
    std::int64_t unit_ms = 0;
};

std::optional<Span> parse_span(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::int64_t kLargest = 10'000'000;  // minutes to weeks, far below overflow
    if (error != std::errc() || number < 0 || number > kLargest) return std::nullopt;
    const auto unit = unit_ms(text.substr(static_cast<std::size_t>(end - text.data())));
    if (!unit) return std::nullopt;
    return Span{number, *unit};
}

// The beginning of that day where the reader is.
UnixMs midnight_of(const Look& look, std::tm day) {
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    return static_cast<UnixMs>(look.utc ? ::timegm(&day) : ::mktime(&day)) * 1000;
}

// Midnight of "2026-11-01".
std::optional<UnixMs> parse_day(const Look& look, std::string_view text) {
    const auto utc = parse_iso8601(std::string(text) + "T00:00:00Z");
    if (text.size() != 10 || !utc) return std::nullopt;
    const std::time_t seconds = *utc / 1000;
    std::tm day{};
    ::gmtime_r(&seconds, &day);
    return midnight_of(look, day);
}

UnixMs begin_of(const Look& look, const Span& span, Spans spans) {
    const std::int64_t length = span.number * span.unit_ms;
    if (spans == Spans::exact || span.unit_ms < kDayMs || length == 0) return look.now - length;
    const std::time_t seconds = look.now / 1000;
    std::tm day{};
    look.utc ? ::gmtime_r(&seconds, &day) : ::localtime_r(&seconds, &day);
    day.tm_mday -= static_cast<int>(length / kDayMs) - 1;
    const std::time_t first = midnight_of(look, day) / 1000;
    look.utc ? ::gmtime_r(&first, &day) : ::localtime_r(&first, &day);
    if (spans == Spans::whole_weeks) day.tm_mday -= (day.tm_wday + 6) % 7;
    if (spans == Spans::whole_months) day.tm_mday = 1;
    return midnight_of(look, day);
}

}  // namespace

Result<UnixMs> parse_time(const Look& look, std::string_view option, std::string_view text, Spans spans) {
    if (const auto span = parse_span(text)) return begin_of(look, *span, spans);
    if (const auto day = parse_day(look, text)) return *day;
    if (const auto time = parse_iso8601(text)) return *time;
    return fail(ErrorCode::usage, fmt::format("{}: \"{}\" is no time", option, plain(text)),
                "write 30m, 12h, 7d, 2w, 2026-11-01 or 2026-11-01T08:00:00Z");
}

}  // namespace kaizen::ctl
