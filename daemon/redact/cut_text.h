#pragma once

// Texts whose end is missing. What stands at the cut may be half a secret, which no rule can tell: it goes.
// Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace kaizen::redact {

// Without its last word: what follows the last white space or character beyond ASCII, and the groups before
// it, which may be one number with it.
[[nodiscard]] std::string_view without_last_word(std::string_view cut_text);

// A JSON object or list that was cut off anywhere, closed again: the string that was cut loses its last word,
// a key or number at the cut goes. Empty when it does not even begin as one.
[[nodiscard]] std::string closed_json(std::string_view cut_json);

// At most `max_bytes` of the front of a redacted text, between characters, and never in the middle of a mark.
[[nodiscard]] std::string_view front_of_redacted(std::string_view redacted, std::size_t max_bytes);

}  // namespace kaizen::redact
