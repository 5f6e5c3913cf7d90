#pragma once

// A whole small text file that a person wrote: configuration, prices. Any thread; blocks.

#include <sys/types.h>

#include <optional>
#include <string>

#include "common/error.h"

namespace kaizen {

struct SmallFile {
    std::string text;
    mode_t mode = 0;
};

// Nothing when there is no such file. Fails, naming it, on anything but a readable regular file of at most
// 1 MiB. Links are followed: people keep their configuration elsewhere and link to it.
[[nodiscard]] Result<std::optional<SmallFile>> read_small_file(const std::string& path);

}  // namespace kaizen
