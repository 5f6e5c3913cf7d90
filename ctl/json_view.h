#pragma once

// JSON for people to read: indented, keys in a colour, what redaction took out in another. Control characters
// stay escaped. Pure.

#include <string>
#include <string_view>

#include "ctl/look.h"

namespace kaizen::ctl {

// Lines, each with its end; text that is no JSON as one plain line.
[[nodiscard]] std::string json_lines(const Look& look, std::string_view json);

// Visible text as it is, with what redaction took out in a colour.
[[nodiscard]] std::string mark_redactions(const Look& look, std::string_view text);

}  // namespace kaizen::ctl
