#pragma once

// A whole small text file that a person wrote or chose: configuration, prices. Any thread; blocks.

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/error.h"

namespace kaizen {

struct SmallFile {
    std::string text;
    mode_t mode = 0;
    UnixMs modified = 0;  // to the second
};

// Nothing when there is no such file. Fails, naming it, on anything but a readable regular file of at most so
// many MiB. Links are followed: people keep their configuration elsewhere and link to it.
[[nodiscard]] Result<std::optional<SmallFile>> read_small_file(const std::string& path,
                                                               std::size_t most_mib = 1);

}  // namespace kaizen
