#pragma once

// How things are shown: the terminal's width, colour or none, the clock and the home directory, all given, so
// that rendering is a pure function of its data. Colours are the basic 16, which every theme, light or dark,
// has made readable.

#include <string>
#include <string_view>

#include "common/clock.h"

namespace kaizen::ctl {

struct Look {
    int width = 80;
    bool colour = false;
    bool utc = false;  // otherwise local time
    UnixMs now = 0;
    std::string home;  // shown as ~
};

enum class Style { plain, bold, dim, green, yellow, red, cyan, blue };

[[nodiscard]] std::string paint(const Look& look, Style style, std::string_view text);

// Text with its style; the unit of tables. The text is plain (plain_text.h).
struct Cell {
    std::string text;
    Style style = Style::plain;
};

// The text and spaces up to `columns`; text that is longer stays as it is.
[[nodiscard]] std::string left(const Look& look, const Cell& cell, int columns);

}  // namespace kaizen::ctl
