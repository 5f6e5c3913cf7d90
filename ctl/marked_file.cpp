#include "ctl/marked_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "common/paths.h"
#include "common/unique_fd.h"

namespace kaizen::ctl {
namespace {

constexpr std::size_t kMostBytes = 65536;

tl::unexpected<Error> failed(const std::string& path, int error) {
    const bool denied = error == EACCES || error == EPERM || error == EROFS;
    return fail(denied ? ErrorCode::denied : ErrorCode::internal,
                fmt::format("{}: {}", path, std::strerror(error)));
}

// What stands in the file without our mark in it, line by line the same.
std::string without_mark(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (line.find(kMark) == std::string_view::npos) out.append(line) += '\n';
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return out;
}

}  // namespace

Result<std::optional<std::string>> read_plain_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>();
    if (!fd && errno == ELOOP)
        return fail(ErrorCode::conflict, fmt::format("{} is a link, which kaizenctl does not follow", path),
                    fmt::format("see where it leads: ls -l {}", shell_quoted(path)));
    if (!fd) return failed(path, errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return failed(path, errno);
    if (!S_ISREG(info.st_mode)) return fail(ErrorCode::conflict, fmt::format("{} is no plain file", path));
    std::string text(kMostBytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t n = ::read(fd.get(), text.data() + size, text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(path, errno);
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    if (size > kMostBytes) return fail(ErrorCode::conflict, fmt::format("{} is larger than 64 KiB", path));
    text.resize(size);
    return std::optional(std::move(text));
}

bool is_ours(std::string_view found, std::string_view text) {
    return found.find(kMark) != std::string_view::npos || without_mark(found) == without_mark(text);
}

Result<> create_file(const std::string& path, std::string_view text) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd && errno == EEXIST) return fail(ErrorCode::conflict, fmt::format("{} is there already", path));
    if (!fd) return failed(path, errno);
    while (!text.empty()) {
        const ssize_t n = ::write(fd.get(), text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 || (n == 0 && (errno = EIO) != 0)) {
            const int error = errno;
            ::unlink(path.c_str());
            return failed(path, error);
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(fd.get()) == 0) return {};
    const int error = errno;
    ::unlink(path.c_str());
    return failed(path, error);
}

Result<> replace_file(const std::string& path, std::string_view text) {
    std::error_code error;
    const std::string directory = std::filesystem::path(path).parent_path().string();
    std::filesystem::create_directories(directory, error);
    if (error) return fail(ErrorCode::denied, fmt::format("{}: {}", directory, error.message()));
    const std::string part = fmt::format("{}.{}.part", path, ::getpid());
    if (auto written = create_file(part, text); !written) return written;
    if (::rename(part.c_str(), path.c_str()) == 0) return {};
    const int reason = errno;
    ::unlink(part.c_str());
    return failed(path, reason);
}

}  // namespace kaizen::ctl
