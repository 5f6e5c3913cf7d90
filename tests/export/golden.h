#pragma once

// Bodies of requests, and the files in golden/ that say what they are to be. With KAIZEN_UPDATE_GOLDEN in the
// environment the files are written anew, for a person to review; ctest never sets it.

#include <string>
#include <string_view>

#include "common/json.h"
#include "daemon/flush/sink.h"

namespace kaizen::test {

[[nodiscard]] std::string gunzip(std::string_view bytes);
[[nodiscard]] std::string plain_body(const flush::Request& request);  // also when it is compressed
[[nodiscard]] std::string indented(const JsonValue& value);

void expect_golden(const std::string& name, const std::string& text);

}  // namespace kaizen::test
