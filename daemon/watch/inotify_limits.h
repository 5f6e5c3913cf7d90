#pragma once

// The kernel's limits of what one user may watch, and how they are raised. Any thread.

#include <cstdint>
#include <optional>
#include <string>

namespace kaizen::watch {

// Names below /proc/sys/fs/inotify.
inline constexpr char kWatchLimit[] = "max_user_watches";
inline constexpr char kInstanceLimit[] = "max_user_instances";

[[nodiscard]] std::optional<std::int64_t> inotify_limit(const std::string& name);  // nothing: it is not known

// "fs.inotify.max_user_watches is too low"
[[nodiscard]] std::string limit_text(const std::string& name);

// What to do about it, one step a line.
[[nodiscard]] std::string how_to_raise(const std::string& name);

}  // namespace kaizen::watch
