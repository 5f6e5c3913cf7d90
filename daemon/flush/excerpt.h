#pragma once

// Text that a server chose, made fit for a log line, a status page and a terminal: plain
// (common/plain_text.h), at most `max_bytes`. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace kaizen::flush {

[[nodiscard]] std::string excerpt(std::string_view foreign, std::size_t max_bytes);

}  // namespace kaizen::flush
