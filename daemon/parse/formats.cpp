#include "daemon/parse/formats.h"

#include <array>

namespace kaizen::parse {

std::span<const Format> formats() {
    static const std::array<Format, 3> kFormats = {kClaudeCode, kCodex, kCursor};
    return kFormats;
}

const Format* find_format(std::string_view agent) {
    for (const Format& format : formats()) {
        if (format.agent == agent) return &format;
    }
    return nullptr;
}

}  // namespace kaizen::parse
