#pragma once

// How bad something is: ok, info, warning, error; a word of a newer daemon counts as a warning. Pure.

#include <string_view>

#include "ctl/look.h"

namespace kaizen::ctl {

[[nodiscard]] Cell severity_mark(std::string_view severity);  // ✔ · ▲ ✖
[[nodiscard]] bool is_trouble(std::string_view severity);     // a warning or an error

}  // namespace kaizen::ctl
