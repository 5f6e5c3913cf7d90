#include "common/open_below.h"

#include <fcntl.h>
#include <limits.h>

#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <cerrno>
#include <string_view>

#include "common/text.h"

namespace kaizen {
namespace {

using Opened = tl::expected<UniqueFd, int>;

// A directory to pass through: that takes the right to search it, not to read it.
#if defined(O_PATH)
constexpr int kPass = O_PATH | O_DIRECTORY;
#elif defined(O_SEARCH)
constexpr int kPass = O_SEARCH | O_DIRECTORY;
#else
constexpr int kPass = O_RDONLY | O_DIRECTORY;
#endif

bool is_link(int directory, const std::string& name) {
    struct stat info {};
    return ::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
}

Opened open_name(int directory, std::string_view name_view, int flags) {
    const std::string name(name_view);
    UniqueFd fd(::openat(directory, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
    if (fd) return fd;
    const int error = errno;
    // Of a link where a directory is asked for, Linux says no more than that it is none.
    return tl::unexpected(error == ENOTDIR && is_link(directory, name) ? ELOOP : error);
}

Opened open_name_by_name(int directory, std::string_view path, int flags) {
    UniqueFd held;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        Opened next = open_name(directory, path.substr(0, slash), kPass);
        if (!next) return next;
        held = std::move(*next);
        directory = held.get();
        path.remove_prefix(slash + 1);
    }
    return open_name(directory, path, flags);
}

#ifdef __linux__
Opened open_in_one_call(int directory, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<decltype(how.flags)>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_NO_SYMLINKS;  // without links and "..", no path leads out
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
    if (fd) return fd;
    return tl::unexpected(errno);
}
#else
Opened open_in_one_call(int /*directory*/, const std::string& /*path*/, int /*flags*/) {
    return tl::unexpected(ENOSYS);
}
#endif

// ENOSYS: an older kernel. EPERM: a filter of system calls that does not know openat2.
bool is_refused(const Opened& opened) {
    return !opened && (opened.error() == ENOSYS || opened.error() == EPERM);
}

// Whether the directory itself may be what made it fail: behind links, or so deep that both paths are too
// long.
bool may_be_the_directory(const Opened& opened) {
    return !opened && (opened.error() == ELOOP || opened.error() == ENAMETOOLONG);
}

int fault_of(const std::string& path) {
    if (path.size() >= PATH_MAX) return ENAMETOOLONG;
    for (const std::string_view name : split(path, '/')) {
        if (name.empty() || name == "." || name == "..") return EINVAL;
    }
    return 0;
}

}  // namespace

Opened open_below(const std::string& directory, const std::string& path, int flags, WayDown way) {
    if (const int fault = path.empty() ? 0 : fault_of(path); fault != 0) return tl::unexpected(fault);
    const std::string below = path.empty() ? "." : path;
    if (way == WayDown::in_one_call) {
        // As a rule no link stands on the way to the directory either: then it need not be opened itself.
        Opened opened = open_in_one_call(AT_FDCWD, directory + "/" + below, flags);
        if (!is_refused(opened) && !may_be_the_directory(opened)) return opened;
    }
    const UniqueFd top(::open(directory.c_str(), kPass | O_CLOEXEC));
    if (!top) return tl::unexpected(errno);
    if (way == WayDown::in_one_call) {
        Opened opened = open_in_one_call(top.get(), below, flags);
        if (!is_refused(opened)) return opened;
    }
    return open_name_by_name(top.get(), below, flags);
}

tl::expected<struct stat, int> stat_below(const std::string& directory, const std::string& path,
                                          WayDown way) {
    if (const int fault = fault_of(path); fault != 0) return tl::unexpected(fault);
    const std::size_t slash = path.rfind('/');
    const bool at_top = slash == std::string::npos;
    const Opened parent = open_below(directory, at_top ? "" : path.substr(0, slash), kPass, way);
    if (!parent) return tl::unexpected(parent.error());
    struct stat info {};
    const std::string name = at_top ? path : path.substr(slash + 1);
    if (::fstatat(parent->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return tl::unexpected(errno);
    return info;
}

}  // namespace kaizen
