#include "daemon/runtime/own_binary.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <utility>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

namespace kaizen::runtime {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::string own_path() {
    std::array<char, PATH_MAX> path{};
#ifdef __APPLE__
    auto size = static_cast<std::uint32_t>(path.size());
    return ::_NSGetExecutablePath(path.data(), &size) == 0 ? path.data() : "";
#else
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
#endif
}

OwnBinary::OwnBinary(std::string path) : path_(std::move(path)), at_start_(look()) {}

bool OwnBinary::replaced() const {
    const auto now = look();
    return now && at_start_ && *now != *at_start_;
}

std::optional<OwnBinary::Identity> OwnBinary::look() const {
    struct stat found {};
    if (::stat(path_.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
#ifdef __APPLE__
    const std::int64_t modified = nanoseconds(found.st_mtimespec);
#else
    const std::int64_t modified = nanoseconds(found.st_mtim);
#endif
    return Identity{found.st_dev, found.st_ino, std::int64_t{found.st_size}, modified};
}

}  // namespace kaizen::runtime
