#pragma once

// What a shell command does without what it says: programs, options, names. Commit messages, here-documents,
// scripts in quotes, comments and whatever else reads like prose or code becomes "<TEXT:bytes>". Spec
// "redaction", table, column metadata. Pure; any thread.

#include <string>
#include <string_view>

namespace kaizen::redact {

// The outline is not redacted yet. What an unclosed quote or here-document holds is text to the end.
[[nodiscard]] std::string shell_outline(std::string_view command);

}  // namespace kaizen::redact
