#pragma once

// The processes of this user, as far as the system lets us look. Any thread; blocks for some milliseconds.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kaizen {

struct OwnProcess {
    std::int64_t pid = 0;
    std::vector<std::string> names;  // as the kernel calls it, and its first two words, without directories
    // "HOME=/home/ada", each with a NUL behind it, of the first 128 KiB. Nothing: it may not be read.
    std::optional<std::string> environment;
};

// All but this process; the first 4,096, and what a fifth of a second is enough for. None where there is no
// /proc.
void visit_own_processes(const std::function<void(const OwnProcess&)>& visit);

}  // namespace kaizen
