#pragma once

// Completion of kaizenctl's words, as a script for each shell. Pure.

#include <string>

#include "ctl/word_tree.h"

namespace kaizen::ctl {

[[nodiscard]] std::string bash_completion(const WordTree& tree);
[[nodiscard]] std::string zsh_completion(const WordTree& tree);
[[nodiscard]] std::string fish_completion(const WordTree& tree);

}  // namespace kaizen::ctl
