#include "daemon/flush/excerpt.h"

#include "common/plain_text.h"
#include "common/text.h"

namespace kaizen::flush {

std::string excerpt(std::string_view foreign, std::size_t max_bytes) {
    return std::string(truncate_utf8(plain(foreign, 4 * max_bytes), max_bytes));
}

}  // namespace kaizen::flush
