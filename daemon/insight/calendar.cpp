#include "daemon/insight/calendar.h"

#include <cctz/civil_time.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace kaizen::insight {
namespace {

// cctz opens files by this name: it must stay below the zone directory.
bool is_zone_name(const std::string& name) {
    constexpr std::string_view kOthers = "_+-/";
    const bool plain = std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kOthers.find(c) != std::string_view::npos;
    });
    return plain && name.size() < 64 && !name.starts_with('/');
}

cctz::civil_day first_day(cctz::civil_day day, Span span) {
    switch (span) {
        case Span::day:
            return day;
        case Span::week:
            return cctz::prev_weekday(day + 1, cctz::weekday::monday);
        case Span::month:
            return cctz::civil_day(cctz::civil_month(day));
    }
    return day;
}

cctz::civil_day first_day_of_next(cctz::civil_day first, Span span) {
    if (span == Span::month) return cctz::civil_day(cctz::civil_month(first) + 1);
    return first + (span == Span::week ? 7 : 1);
}

}  // namespace

std::optional<Calendar> Calendar::of(const std::string& zone) {
    if (zone.empty()) return Calendar(cctz::local_time_zone());
    cctz::time_zone found;
    if (!is_zone_name(zone) || !cctz::load_time_zone(zone, &found)) return std::nullopt;
    return Calendar(found);
}

std::string Calendar::zone() const {
    return zone_.name().starts_with('/') ? "local" : zone_.name();  // cctz names the machine's by its file
}

Period Calendar::period_of(UnixMs at, Span span) const {
    const std::chrono::system_clock::time_point time{std::chrono::milliseconds(at)};
    const cctz::civil_day first = first_day(cctz::civil_day(cctz::convert(time, zone_)), span);
    const auto begin_of = [&](cctz::civil_day day) {
        const auto moment = cctz::convert(cctz::civil_second(day), zone_).time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(moment).count();
    };
    return {begin_of(first), begin_of(first_day_of_next(first, span)),
            fmt::format("{:04}-{:02}-{:02}", first.year(), first.month(), first.day())};
}

}  // namespace kaizen::insight
