#pragma once

// Text of sessions made fit for a terminal, and measured in its columns. Titles, prompts and tool output are
// untrusted: an escape sequence in them must not move the cursor, and a wide character must not break a
// table. Pure.

#include <string>
#include <string_view>

namespace kaizen::ctl {

// One line of visible characters: escape sequences, control and invisible formatting characters (bidi,
// zero-width) are dropped, runs of white space become one space. `max_bytes` bounds the work; tool output may
// be megabytes.
[[nodiscard]] std::string plain(std::string_view text, std::size_t max_bytes = 4096);

// The first line of `text` that has something visible, as plain().
[[nodiscard]] std::string first_line(std::string_view text);

// JSON as it is, with what would not be visible in its strings escaped (\u202e).
[[nodiscard]] std::string visible_json(std::string_view json);

// Columns that plain text takes.
[[nodiscard]] int columns_of(std::string_view plain_text);

// The front of plain text in at most `columns`, with "…" where something was cut off.
[[nodiscard]] std::string cut_to(std::string_view plain_text, int columns);

// The end of plain text in at most `columns`, with "…" in front: paths say most at their end.
[[nodiscard]] std::string cut_front_to(std::string_view plain_text, int columns);

}  // namespace kaizen::ctl
