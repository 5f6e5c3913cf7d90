#include "common/small_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "common/unique_fd.h"

namespace kaizen {

Result<std::optional<SmallFile>> read_small_file(const std::string& path, std::size_t most_mib) {
    const std::size_t most_bytes = most_mib << 20;
    const auto failed = [&](std::string_view why) {
        return fail(ErrorCode::bad_input, fmt::format("{}: {}", path, why));
    };
    // A FIFO must not block the start.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return failed(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return failed("not a regular file");
    SmallFile file{std::string(most_bytes + 1, '\0'), status.st_mode, UnixMs{status.st_mtime} * 1000};
    std::size_t size = 0;
    while (size < file.text.size()) {
        const ssize_t n = ::read(fd.get(), file.text.data() + size, file.text.size() - size);
        if (n < 0) return failed(std::strerror(errno));
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    if (size > most_bytes) return failed(fmt::format("larger than {} MiB", most_mib));
    file.text.resize(size);
    return file;
}

}  // namespace kaizen
