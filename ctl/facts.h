#pragma once

// "  Label     one thing · another thing": facts about something, broken between things where the line is
// full. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "ctl/look.h"

namespace kaizen::ctl {

// Cells without text are left out; no line at all when none is left.
[[nodiscard]] std::string fact(const Look& look, std::string_view label, const std::vector<Cell>& things,
                               const Cell& between = {" · ", Style::dim});

// One thing that is a sentence: broken between words.
[[nodiscard]] std::string sentence_fact(const Look& look, std::string_view label, const Cell& sentence);

// The same without a label, `indent` columns from the left.
[[nodiscard]] std::string paragraph(const Look& look, int indent, const Cell& sentence);

}  // namespace kaizen::ctl
