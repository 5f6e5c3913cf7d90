#include "daemon/flush/http_date.h"

#include <array>
#include <chrono>

#include "common/text.h"

namespace kaizen::flush {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads from the front; once something was not as expected, it stays failed.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    void skip(std::string_view expected) {
        const bool there = text_.substr(0, expected.size()) == expected;
        if (there) text_.remove_prefix(expected.size());
        failed_ |= !there;
    }
    int number(std::size_t digits) {
        int value = 0;
        failed_ |= text_.size() < digits;
        for (std::size_t i = 0; i < digits && !failed_; ++i) {
            failed_ |= text_[i] < '0' || text_[i] > '9';
            value = value * 10 + (text_[i] - '0');
        }
        if (!failed_) text_.remove_prefix(digits);
        return failed_ ? 0 : value;
    }
    unsigned month() {
        for (unsigned i = 0; i < kMonths.size(); ++i) {
            if (text_.substr(0, 3) != kMonths[i]) continue;
            text_.remove_prefix(3);
            return i + 1;
        }
        failed_ = true;
        return 0;
    }
    // A name of a day, in full or its first three letters. Which one it is does not matter.
    void day_name(bool in_full) {
        for (const std::string_view day : kDays) {
            const std::string_view name = in_full ? day : day.substr(0, 3);
            if (text_.substr(0, name.size()) == name) return skip(name);
        }
        failed_ = true;
    }
    seconds clock() {
        const int h = number(2);
        skip(":");
        const int m = number(2);
        skip(":");
        const int s = number(2);
        failed_ |= h > 23 || m > 59 || s > 60;
        return hours(h) + minutes(m) + seconds(s);
    }
    [[nodiscard]] bool next_is(char c) const { return !text_.empty() && text_.front() == c; }
    [[nodiscard]] bool is_done() const { return !failed_ && text_.empty(); }

  private:
    std::string_view text_;
    bool failed_ = false;
};

std::optional<UnixMs> moment(const Reader& reader, int y, unsigned m, int d, seconds clock) {
    const year_month_day date{year(y), month(m), day(static_cast<unsigned>(d))};
    if (!reader.is_done() || !date.ok()) return std::nullopt;
    return milliseconds(sys_days(date).time_since_epoch() + clock).count();
}

std::optional<UnixMs> imf_fixdate(std::string_view text) {
    Reader reader(text);
    reader.day_name(false);
    reader.skip(", ");
    const int d = reader.number(2);
    reader.skip(" ");
    const unsigned m = reader.month();
    reader.skip(" ");
    const int y = reader.number(4);
    reader.skip(" ");
    const seconds clock = reader.clock();
    reader.skip(" GMT");
    return moment(reader, y, m, d, clock);
}

int with_century(int two_digits, UnixMs now) {
    const year_month_day today{floor<days>(sys_time<milliseconds>(milliseconds(now)))};
    const int this_year = static_cast<int>(today.year());
    const int candidate = this_year - this_year % 100 + two_digits;
    return candidate > this_year + 50 ? candidate - 100 : candidate;
}

std::optional<UnixMs> rfc850_date(std::string_view text, UnixMs now) {
    Reader reader(text);
    reader.day_name(true);
    reader.skip(", ");
    const int d = reader.number(2);
    reader.skip("-");
    const unsigned m = reader.month();
    reader.skip("-");
    const int y = with_century(reader.number(2), now);
    reader.skip(" ");
    const seconds clock = reader.clock();
    reader.skip(" GMT");
    return moment(reader, y, m, d, clock);
}

std::optional<UnixMs> asctime_date(std::string_view text) {
    Reader reader(text);
    reader.day_name(false);
    reader.skip(" ");
    const unsigned m = reader.month();
    reader.skip(" ");
    const bool padded = reader.next_is(' ');
    if (padded) reader.skip(" ");
    const int d = reader.number(padded ? 1 : 2);
    reader.skip(" ");
    const seconds clock = reader.clock();
    reader.skip(" ");
    const int y = reader.number(4);
    return moment(reader, y, m, d, clock);
}

}  // namespace

std::optional<UnixMs> parse_http_date(std::string_view text, UnixMs now) {
    text = trim(text);
    if (const auto fixdate = imf_fixdate(text)) return fixdate;
    if (const auto old = rfc850_date(text, now)) return old;
    return asctime_date(text);
}

}  // namespace kaizen::flush
