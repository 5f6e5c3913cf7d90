#include "daemon/runtime/instance_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "common/text.h"
#include "common/version.h"

namespace kaizen::runtime {
namespace {

std::string holder(int fd) {
    std::array<char, 128> text{};
    const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
    return n > 0 ? one_line(std::string_view(text.data(), static_cast<std::size_t>(n)), text.size())
                 : "unknown";
}

}  // namespace

Result<InstanceLock> InstanceLock::acquire(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail(ErrorCode::denied, fmt::format("{}: {}", path, std::strerror(errno)));
    const bool directory_held =
        directory && ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (directory_held || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (!directory_held && errno != EWOULDBLOCK)
            return fail(ErrorCode::internal, fmt::format("{}: {}", path, std::strerror(errno)));
        return fail(ErrorCode::busy, fmt::format("another kaizend runs here ({})", holder(fd.get())),
                    "use it with kaizenctl, or stop it with: kaizenctl stop");
    }
    const std::string text = fmt::format("pid {} version {}\n", ::getpid(), kVersion);
    // On a full disk it is held without saying by whom.
    const bool written =
        ::ftruncate(fd.get(), 0) == 0 && ::pwrite(fd.get(), text.data(), text.size(), 0) >= 0;
    if (!written && errno != ENOSPC) {
        return fail(ErrorCode::internal, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    return InstanceLock(std::move(directory), std::move(fd));
}

}  // namespace kaizen::runtime
