#pragma once

// One body as gzip (RFC 1952), without time or name: the same bytes always give the same bytes. Pure; but a
// full batch (1 MB) takes about 7 ms: on the worker thread. Throws std::bad_alloc when memory is short.

#include <string>
#include <string_view>

namespace kaizen::flush {

[[nodiscard]] std::string gzip(std::string_view bytes);

}  // namespace kaizen::flush
