#pragma once

// Bodies of requests, for people and tests to read.

#include <string>
#include <string_view>

#include "daemon/flush/sink.h"

namespace kaizen::test {

[[nodiscard]] std::string gunzip(std::string_view bytes);
[[nodiscard]] std::string plain_body(const flush::Request& request);  // also when it is compressed
[[nodiscard]] std::string readable(const std::string& json);          // indented

}  // namespace kaizen::test
