#pragma once

// The words on the command line: the one table of commands, their options and help, and how each ending
// becomes an exit code.

#include "ctl/commands.h"
#include "ctl/word_tree.h"

namespace kaizen::ctl {

// Runs `kaizenctl` with these words; the exit code is the spec's.
[[nodiscard]] ExitCode run_command_line(int argc, const char* const* argv, const World& world);

// The table as data.
[[nodiscard]] WordTree word_tree();

}  // namespace kaizen::ctl
