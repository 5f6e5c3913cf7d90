#pragma once

// A file in a directory that other programs share, of which we overwrite and remove only what we wrote: a
// mark in it tells. A link at its name is never followed. Blocks.

#include <optional>
#include <string>
#include <string_view>

#include "common/error.h"

namespace kaizen::ctl {

inline constexpr std::string_view kMark = "Written by kaizenctl service install";

// Nothing when there is none. Fails, naming it, on a link and on anything but a readable plain file of at
// most 64 KiB.
[[nodiscard]] Result<std::optional<std::string>> read_plain_file(const std::string& path);

// Whether `found` may be replaced by `text`: it bears the mark, or says the same.
[[nodiscard]] bool is_ours(std::string_view found, std::string_view text);

// Makes the directories; the file (0600) is there whole or not at all.
[[nodiscard]] Result<> replace_file(const std::string& path, std::string_view text);

// Makes the file (0600), whole. conflict when anything is there already.
[[nodiscard]] Result<> create_file(const std::string& path, std::string_view text);

}  // namespace kaizen::ctl
