#include "ctl/look.h"

#include <algorithm>

#include "ctl/plain_text.h"

namespace kaizen::ctl {
namespace {

std::string_view escape(Style style) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::bold:
            return "\x1b[1m";
        case Style::dim:
            return "\x1b[2m";
        case Style::green:
            return "\x1b[32m";
        case Style::yellow:
            return "\x1b[33m";
        case Style::red:
            return "\x1b[31m";
        case Style::cyan:
            return "\x1b[36m";
        case Style::blue:
            return "\x1b[34m";
    }
    return "";
}

}  // namespace

std::string paint(const Look& look, Style style, std::string_view text) {
    if (!look.colour || style == Style::plain || text.empty()) return std::string(text);
    return std::string(escape(style)).append(text).append("\x1b[0m");
}

std::string left(const Look& look, const Cell& cell, int columns) {
    const int missing = std::max(0, columns - columns_of(cell.text));
    return paint(look, cell.style, cell.text) + std::string(static_cast<std::size_t>(missing), ' ');
}

}  // namespace kaizen::ctl
