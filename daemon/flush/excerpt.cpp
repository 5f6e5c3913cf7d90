#include "daemon/flush/excerpt.h"

#include "common/text.h"

namespace kaizen::flush {
namespace {

// C0, DEL, and C1, which some terminals obey as well (U+0080 to U+009F are 0xC2 0x80 to 0xC2 0x9F).
std::string without_controls(std::string text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) text[i] = ' ';
        if (byte != 0xc2 || i + 1 == text.size()) continue;
        if (static_cast<unsigned char>(text[i + 1]) < 0xa0) text[i] = text[i + 1] = ' ';
    }
    return text;
}

}  // namespace

std::string excerpt(std::string_view foreign, std::size_t max_bytes) {
    const std::string_view front = foreign.substr(0, 4 * max_bytes);
    return one_line(without_controls(replace_invalid_utf8(front)), max_bytes);
}

}  // namespace kaizen::flush
