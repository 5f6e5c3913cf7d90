#pragma once

// Plain text (common/plain_text.h) measured in columns of a terminal, and cut to them: a wide character must
// not break a table. Pure.

#include <string>
#include <string_view>

#include "common/plain_text.h"

namespace kaizen::ctl {

// The first line of `text` that has something visible, as plain().
[[nodiscard]] std::string first_line(std::string_view text);

// Columns that plain text takes.
[[nodiscard]] int columns_of(std::string_view plain_text);

// The front of plain text in at most `columns`, with "…" where something was cut off.
[[nodiscard]] std::string cut_to(std::string_view plain_text, int columns);

// The end of plain text in at most `columns`, with "…" in front: paths say most at their end.
[[nodiscard]] std::string cut_front_to(std::string_view plain_text, int columns);

}  // namespace kaizen::ctl
