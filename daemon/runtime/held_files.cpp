#include "daemon/runtime/held_files.h"

#include <sys/stat.h>

#include <cerrno>

namespace kaizen::runtime {

void HeldFiles::hold(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) held_.push_back({path, info.st_dev, info.st_ino});
}

std::optional<std::string> HeldFiles::lost() const {
    for (const Held& held : held_) {
        struct stat info {};
        if (::lstat(held.path.c_str(), &info) == 0) {
            if (info.st_dev != held.device || info.st_ino != held.inode) return held.path;
        } else if (errno == ENOENT || errno == ENOTDIR) {
            return held.path;
        }
    }
    return std::nullopt;
}

}  // namespace kaizen::runtime
