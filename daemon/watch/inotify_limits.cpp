#include "daemon/watch/inotify_limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

namespace kaizen::watch {

std::optional<std::int64_t> inotify_limit(const std::string& name) {
    std::ifstream in("/proc/sys/fs/inotify/" + name);
    std::int64_t number = 0;
    if (in >> number) return number;
    return std::nullopt;
}

std::string limit_text(const std::string& name) { return fmt::format("fs.inotify.{} is too low", name); }

std::string how_to_raise(const std::string& name) {
    const std::int64_t usual = name == kWatchLimit ? 524'288 : 512;
    const std::int64_t now = inotify_limit(name).value_or(0);
    const std::string setting = fmt::format("fs.inotify.{}={}", name, std::max(usual, 4 * now));
    return fmt::format(
        "it is {1} now; raise it, for good with the second line, and start kaizend again:\n"
        "sudo sysctl {0}\n"
        "echo {0} | sudo tee /etc/sysctl.d/kaizen.conf\n"
        "kaizenctl service restart",
        setting, now);
}

}  // namespace kaizen::watch
