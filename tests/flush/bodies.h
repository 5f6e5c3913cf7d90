#pragma once

// What stands in the bodies of requests.

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace kaizen::test {

[[nodiscard]] std::string unzipped(const std::string& bytes);
[[nodiscard]] std::string text_of(const JsonValue& value);
// Of a body of the ingest endpoint, unzipped: its rows, each as text.
[[nodiscard]] std::vector<std::string> rows_in(const std::string& body, std::string_view path);

}  // namespace kaizen::test
