#pragma once

// Small things about text. Pure; any thread.

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kaizen {

// Whether all of it is UTF-8 by RFC 3629 (no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view bytes);

// The same text with every byte that is not part of valid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view bytes);

// At most `max_bytes` of the front, cut between code points.
[[nodiscard]] std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes);

[[nodiscard]] std::string to_lower(std::string_view text);  // A-Z alone
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
template <std::same_as<std::string> Temporary>
std::vector<std::string_view> split(Temporary&& text, char separator) = delete;  // its parts would dangle

// The nearest of `known` to a mistyped `word`, or empty when none is near (more than a third of its letters
// differ).
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// White space runs (line breaks too) become one space; for titles and one-line previews.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t max_bytes);

}  // namespace kaizen
