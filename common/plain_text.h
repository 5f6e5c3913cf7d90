#pragma once

// Text from outside (titles, prompts, tool output, answers of servers, names of files) made fit for a
// terminal and for the log: an escape sequence in it must not move the cursor, and no character may hide or
// reorder what stands beside it. The one place that knows which characters those are. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace kaizen {

// One line of visible characters: escape sequences, control and invisible formatting characters (bidi,
// zero-width) are dropped, runs of white space, line separators among them, become one space. `max_bytes`
// bounds the work; tool output may be megabytes.
[[nodiscard]] std::string plain(std::string_view text, std::size_t max_bytes = 4096);

// JSON of the same value, with what would not be visible in its strings escaped (\u202e).
[[nodiscard]] std::string visible_json(std::string_view json);

struct Character {
    char32_t code = 0;
    std::string_view bytes;
};

// The first one of valid, non-empty UTF-8.
[[nodiscard]] Character first_character(std::string_view text);

}  // namespace kaizen
