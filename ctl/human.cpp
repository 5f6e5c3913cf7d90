#include "ctl/human.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::tm broken_down(const Look& look, UnixMs at) {
    const std::time_t seconds = static_cast<std::time_t>(at >= 0 ? at / 1000 : (at - 999) / 1000);
    std::tm out{};
    const bool known = (look.utc ? ::gmtime_r(&seconds, &out) : ::localtime_r(&seconds, &out)) != nullptr;
    return known ? out : std::tm{};  // a year beyond int: only a broken clock says so
}

std::string_view month_name(const std::tm& time) {
    constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return kNames[static_cast<std::size_t>(time.tm_mon) % kNames.size()];
}

std::string_view weekday_name(const std::tm& time) {
    constexpr std::array<std::string_view, 7> kNames = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    return kNames[static_cast<std::size_t>(time.tm_wday) % kNames.size()];
}

bool same_day(const std::tm& a, const std::tm& b) { return a.tm_year == b.tm_year && a.tm_yday == b.tm_yday; }

// 1.2, 12.4, 124
std::string few_digits(double number) {
    return number < 99.95 ? fmt::format("{:.1f}", number) : fmt::format("{:.0f}", number);
}

}  // namespace

std::string count_text(std::int64_t number) {
    std::string text = fmt::format("{}", number);
    const std::size_t digits_from = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > digits_from + 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string plural(std::int64_t number, std::string_view one, std::string_view many) {
    if (number == 1) return fmt::format("1 {}", one);
    return many.empty() ? fmt::format("{} {}s", count_text(number), one)
                        : fmt::format("{} {}", count_text(number), many);
}

std::string short_count(std::optional<std::int64_t> number) {
    if (!number) return std::string(kUnknown);
    const auto value = static_cast<double>(*number);
    if (value < 1000) return fmt::format("{}", *number);
    if (value < 999'500) return few_digits(value / 1e3) + "k";
    return value < 999.5e6 ? few_digits(value / 1e6) + "M" : few_digits(value / 1e9) + "G";
}

std::string bytes_text(std::int64_t bytes) {
    const auto value = static_cast<double>(bytes);
    if (value < 1000) return fmt::format("{} B", bytes);
    if (value < 999'500) return fmt::format("{:.0f} kB", value / 1e3);
    return value < 999.5e6 ? few_digits(value / 1e6) + " MB" : few_digits(value / 1e9) + " GB";
}

std::string duration_text(std::optional<std::int64_t> ms) {
    if (!ms || *ms < 0) return std::string(kUnknown);
    if (*ms < kSecond) return fmt::format("{} ms", *ms);
    if (*ms < 10 * kSecond) return fmt::format("{}.{} s", *ms / kSecond, *ms % kSecond / 100);
    if (*ms < kMinute) return fmt::format("{} s", *ms / kSecond);
    if (*ms < kHour) return fmt::format("{} min {} s", *ms / kMinute, *ms % kMinute / kSecond);
    if (*ms < kDay) return fmt::format("{} h {} min", *ms / kHour, *ms % kHour / kMinute);
    return fmt::format("{} d {} h", *ms / kDay, *ms % kDay / kHour);
}

std::string token_text(std::string_view what, std::optional<std::int64_t> count) {
    return count ? fmt::format("{} {}", short_count(count), what) : std::string();
}

std::string dollars_text(std::optional<std::int64_t> micro_usd) {
    if (!micro_usd) return std::string(kUnknown);
    if (*micro_usd > 0 && *micro_usd < 10'000) return "<$0.01";
    const std::int64_t cents = (*micro_usd + 5'000) / 10'000;
    return fmt::format("${}.{:02}", count_text(cents / 100), cents % 100);
}

std::string clock_text(const Look& look, UnixMs at) {
    const std::tm time = broken_down(look, at);
    return fmt::format("{:02}:{:02}:{:02}", time.tm_hour, time.tm_min, time.tm_sec);
}

std::string day_text(const Look& look, UnixMs at) {
    const std::tm time = broken_down(look, at);
    const std::string day = fmt::format("{} {} {}", weekday_name(time), time.tm_mday, month_name(time));
    return time.tm_year == broken_down(look, look.now).tm_year
               ? day
               : fmt::format("{} {}", day, time.tm_year + 1900);
}

std::string when_text(const Look& look, std::optional<UnixMs> at) {
    if (!at) return std::string(kUnknown);
    const std::tm time = broken_down(look, *at);
    const std::tm today = broken_down(look, look.now);
    const std::string clock = fmt::format("{:02}:{:02}", time.tm_hour, time.tm_min);
    if (same_day(time, today)) return "today " + clock;
    if (same_day(time, broken_down(look, look.now - kDay))) return "yesterday " + clock;
    if (time.tm_year == today.tm_year) return fmt::format("{} {} {}", time.tm_mday, month_name(time), clock);
    return date_text(look, *at);
}

std::string date_text(const Look& look, UnixMs at) {
    return fmt::format("{} {}", broken_down(look, at).tm_mday, month_text(look, at));
}

std::string month_text(const Look& look, UnixMs at) {
    const std::tm time = broken_down(look, at);
    return fmt::format("{} {}", month_name(time), time.tm_year + 1900);
}

std::string calendar_text(const Look& look, const std::string& date,
                          std::string (*text)(const Look&, UnixMs)) {
    Look calendar = look;
    calendar.utc = true;
    const auto at = parse_iso8601(date + "T00:00:00Z");
    return at ? text(calendar, *at) : plain(date);
}

std::string age_text(const Look& look, std::optional<UnixMs> at) {
    if (!at) return std::string(kUnknown);
    const std::int64_t age = look.now - *at;
    if (age < -kMinute || age >= 12 * kHour) return when_text(look, at);
    if (age < 2 * kSecond) return "now";
    if (age < kMinute) return fmt::format("{} s ago", age / kSecond);
    return age < kHour ? fmt::format("{} min ago", age / kMinute) : fmt::format("{} h ago", age / kHour);
}

std::string ahead_text(const Look& look, UnixMs at) {
    const std::int64_t ahead = at - look.now;
    if (ahead <= 0) return "now";
    return ahead < kMinute ? fmt::format("in {} s", (ahead + kSecond - 1) / kSecond)
                           : "in " + duration_text(ahead);
}

std::string short_age(const Look& look, std::optional<UnixMs> at) {
    if (!at) return std::string(kUnknown);
    const std::int64_t age = look.now - *at;
    if (age >= -kMinute && age < 2 * kSecond) return "now";
    if (age >= 0 && age < kMinute) return fmt::format("{} s", age / kSecond);
    if (age >= 0 && age < kHour) return fmt::format("{} min", age / kMinute);
    if (age >= 0 && age < 12 * kHour) return fmt::format("{} h", age / kHour);
    const std::tm time = broken_down(look, *at);
    if (same_day(time, broken_down(look, look.now))) return "today";
    if (same_day(time, broken_down(look, look.now - kDay))) return "yesterday";
    if (time.tm_year == broken_down(look, look.now).tm_year)
        return fmt::format("{} {}", time.tm_mday, month_name(time));
    return month_text(look, *at);
}

std::string short_id(std::string_view id, int columns) {
    constexpr std::string_view kSubAgent = "agent-";
    if (id.starts_with(kSubAgent)) id.remove_prefix(kSubAgent.size());
    const std::string text = plain(id);
    if (columns_of(text) <= columns) return text;
    const std::string cut = cut_to(text, columns + 1);
    return cut.substr(0, cut.size() - std::string_view("…").size());
}

DistinctIds::DistinctIds(std::vector<std::string_view> ids) {
    constexpr int kShortest = 8;
    constexpr int kLongest = 36;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (int columns = kShortest; !ids.empty(); ++columns) {
        std::map<std::string, int> shared;
        for (const std::string_view id : ids) ++shared[short_id(id, columns)];
        std::erase_if(ids, [&](std::string_view id) {
            std::string text = short_id(id, columns);
            if (shared[text] > 1 && columns < kLongest) return false;
            short_.emplace(id, std::move(text));
            return true;
        });
    }
}

std::string with_tilde(const Look& look, std::string_view path) {
    const bool below = !look.home.empty() && path.starts_with(look.home) &&
                       (path.size() == look.home.size() || path[look.home.size()] == '/');
    return below ? plain("~" + std::string(path.substr(look.home.size()))) : plain(path);
}

std::string short_model(std::string_view model) {
    constexpr std::size_t kDate = 9;  // "-20251101"
    if (model.size() > kDate) {
        const std::string_view end = model.substr(model.size() - kDate);
        const bool dated =
            end.starts_with("-20") && end.find_first_not_of("0123456789", 1) == std::string_view::npos;
        if (dated) model.remove_suffix(kDate);
    }
    return plain(model);
}

std::string base_name(std::string_view path) {
    if (path.empty()) return std::string(kUnknown);
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    return plain(slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1));
}

}  // namespace kaizen::ctl
