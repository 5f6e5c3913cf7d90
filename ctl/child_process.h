#pragma once

// Another program, run to its end or for its whole life: words as they are, no shell, nothing on its stdin.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/paths.h"

namespace kaizen::ctl {

using Words = std::vector<std::string>;  // the program, then its arguments

struct Finished {
    int exit = 0;     // 128 and the signal's number when one ended it
    std::string out;  // the first 64 KiB
    std::string err;
};

// The absolute path of an executable file of this name on the PATH of `env`.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name, const Env& env);

// Runs it in the C locale, so that what it says can be read. not_found when no such program is on PATH,
// timeout when it did not end within `patience` (then it is killed).
[[nodiscard]] Result<Finished> run_program(const Words& words, const Env& env,
                                           std::chrono::milliseconds patience);

// Becomes that program; returns only when it cannot.
[[nodiscard]] Error become_program(const Words& words, const Env& env);

}  // namespace kaizen::ctl
