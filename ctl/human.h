#pragma once

// Numbers and times as people say them. Unknown is "–". Pure, but for the time zone of the process.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/look.h"

namespace kaizen::ctl {

inline constexpr std::string_view kUnknown = "–";

[[nodiscard]] std::string count_text(std::int64_t number);                  // 128,344
[[nodiscard]] std::string short_count(std::optional<std::int64_t> number);  // 981, 12.4k, 1.2M
[[nodiscard]] std::string bytes_text(std::int64_t bytes);                   // 12.4 MB
[[nodiscard]] std::string duration_text(std::optional<std::int64_t> ms);    // 340 ms, 4 min 3 s, 3 h 12 min
// "12.3k in"; nothing when the count is unknown.
[[nodiscard]] std::string token_text(std::string_view what, std::optional<std::int64_t> count);
[[nodiscard]] std::string dollars_text(std::optional<std::int64_t> micro_usd);  // $4.12

// "1 file", "3 files"; `many` where an s does not make it.
[[nodiscard]] std::string plural(std::int64_t number, std::string_view one, std::string_view many = {});

// In the look's time zone: "14:02:11" · "Tue 24 Nov", with another year's year · "today 14:02", "12 Nov
// 14:02"
[[nodiscard]] std::string clock_text(const Look& look, UnixMs at);
[[nodiscard]] std::string day_text(const Look& look, UnixMs at);
[[nodiscard]] std::string when_text(const Look& look, std::optional<UnixMs> at);
[[nodiscard]] std::string date_text(const Look& look, UnixMs at);   // 22 Aug 2026
[[nodiscard]] std::string month_text(const Look& look, UnixMs at);  // Aug 2026
// Of a day of the calendar, "2026-11-20", whatever the zone that it is counted in.
[[nodiscard]] std::string calendar_text(const Look& look, const std::string& date,
                                        std::string (*text)(const Look&, UnixMs));

// Before the look's now: "12 s ago", "3 min ago", then as when_text · for tables "12 s", "3 min",
// "yesterday", "12 Nov"
[[nodiscard]] std::string age_text(const Look& look, std::optional<UnixMs> at);
[[nodiscard]] std::string short_age(const Look& look, std::optional<UnixMs> at);

[[nodiscard]] std::string ahead_text(const Look& look, UnixMs at);  // in 23 s, now

// 8 characters; of "agent-a0c2…" those after the dash.
[[nodiscard]] std::string short_id(std::string_view id, int columns = 8);
// The beginnings of ids, of each as many characters as tell it from the others: Codex' ids begin with the
// time, so that sessions of the same minute share their first 8.
class DistinctIds {
  public:
    explicit DistinctIds(std::vector<std::string_view> ids);  // which outlive it
    [[nodiscard]] const std::string& of(std::string_view id) const { return short_.at(id); }

  private:
    std::map<std::string_view, std::string> short_;
};
[[nodiscard]] std::string with_tilde(const Look& look, std::string_view path);  // plain, home as ~
[[nodiscard]] std::string short_model(std::string_view model);                  // without the date at its end
[[nodiscard]] std::string base_name(std::string_view path);

}  // namespace kaizen::ctl
