#pragma once

// Dates in HTTP headers (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT" and the two obsolete forms
// "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". No locale, no time zone of the machine.
// Pure; any thread.

#include <optional>
#include <string_view>

#include "common/clock.h"

namespace kaizen::flush {

// Nothing when the text is none of the three or the date does not exist. `now` decides the century of a year
// with two digits: one that would be more than 50 years ahead is in the past.
[[nodiscard]] std::optional<UnixMs> parse_http_date(std::string_view text, UnixMs now);

}  // namespace kaizen::flush
