#include "ctl/bar.h"

#include <algorithm>
#include <string_view>

namespace kaizen::ctl {

// Eighths of a block, so that small differences show.
std::string bar(std::int64_t value, std::int64_t largest, int columns) {
    constexpr std::string_view kPart[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (value <= 0 || largest <= 0) return {};
    const double part = static_cast<double>(std::min(value, largest)) / static_cast<double>(largest);
    const int eighths = std::max(1, static_cast<int>(part * columns * 8));
    std::string out;
    for (int i = 0; i < eighths / 8; ++i) out += "█";
    return out.append(kPart[eighths % 8]);
}

}  // namespace kaizen::ctl
