#pragma once

// Pages of the manual that are written from tables, as roff. Pure.

#include <string>

#include "ctl/word_tree.h"

namespace kaizen::ctl {

[[nodiscard]] std::string kaizenctl_page(const WordTree& tree);  // kaizenctl(1)
[[nodiscard]] std::string config_page();                         // kaizen-config(5)

}  // namespace kaizen::ctl
