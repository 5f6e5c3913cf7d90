#pragma once

// A redactor of a known machine, and what tests ask of its output.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/redact/redactor.h"

namespace kaizen::test {

// ada on lovelace-laptop, home /home/ada; nothing allowed, no rules of the user's.
[[nodiscard]] const redact::Redactor& plain_redactor();

// In a session of its own.
[[nodiscard]] std::string redacted(std::string_view text);
[[nodiscard]] std::string redacted_json(std::string_view text);  // throws when it is no JSON

// "<REDACTED:x#1>" → "x", for each mark.
[[nodiscard]] std::vector<std::string> marks_in(std::string_view text);

// Whether any `bytes` of `secret` in a row stand in `text`.
[[nodiscard]] bool leaks(std::string_view text, std::string_view secret, std::size_t bytes = 8);

}  // namespace kaizen::test
