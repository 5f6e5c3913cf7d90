#pragma once

// Opens what stands below a directory, and nothing that a symbolic link leads to: none is followed, at no
// component, whoever swaps it in while we look. Links on the way to the directory itself are followed:
// whoever named it made them. It is opened by its path in every call and not held, so one that was replaced
// or whose link leads elsewhere is the new one at once. Any thread; blocks.

#include <sys/stat.h>

#include <string>
#include <tl/expected.hpp>

#include "common/unique_fd.h"

namespace kaizen {

enum class WayDown {
    in_one_call,   // openat2 of Linux 5.6; name by name where the kernel has none or a filter forbids it
    name_by_name,  // everywhere
};

// `path` is relative, '/'-separated, without "." and ".."; empty: the directory itself. `flags` are those of
// open(2). Else errno: ELOOP for a link, wherever it stands; EINVAL for another kind of path.
[[nodiscard]] tl::expected<UniqueFd, int> open_below(const std::string& directory, const std::string& path,
                                                     int flags, WayDown way = WayDown::in_one_call);

// What stands there, without opening it. A link at the end is said to be one.
[[nodiscard]] tl::expected<struct stat, int> stat_below(const std::string& directory, const std::string& path,
                                                        WayDown way = WayDown::in_one_call);

}  // namespace kaizen
