#include "daemon/store/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/paths.h"
#include "common/unique_fd.h"
#include "daemon/store/fault.h"

namespace kaizen::store {

std::optional<std::int64_t> free_bytes(const std::string& file) {
    struct statvfs disk {};
    const std::string directory = std::filesystem::path(file).parent_path().string();
    if (::statvfs(directory.c_str(), &disk) != 0) return std::nullopt;
    return static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
}

std::int64_t file_bytes(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

const std::string& create_private(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd) return path;
    const std::system_error error(errno, std::generic_category(), path);
    if (errno == EACCES || errno == EPERM || errno == EROFS)
        throw Unusable(error.what(), "kaizend must be able to write it: ls -l " + shell_quoted(path));
    throw error;
}

}  // namespace kaizen::store
