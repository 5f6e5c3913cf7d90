#pragma once

// Days, weeks and months where somebody lives. Pure, but for the system's zone files; any thread.

#include <cctz/time_zone.h>

#include <optional>
#include <string>

#include "common/clock.h"

namespace kaizen::insight {

enum class Span { day, week, month };  // weeks begin on Monday

struct Period {
    UnixMs begin = 0;
    UnixMs end = 0;    // of the next one
    std::string name;  // its first day, "2026-11-23"
};

class Calendar {
  public:
    // By IANA name; empty: this machine's. Nothing when there is no such zone.
    [[nodiscard]] static std::optional<Calendar> of(const std::string& zone);

    [[nodiscard]] Period period_of(UnixMs at, Span span) const;
    [[nodiscard]] std::string zone() const;  // its name; "local" where the machine's has none

  private:
    explicit Calendar(cctz::time_zone zone) : zone_(zone) {}

    cctz::time_zone zone_;
};

}  // namespace kaizen::insight
