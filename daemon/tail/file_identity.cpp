#include "daemon/tail/file_identity.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/hash.h"
#include "common/open_below.h"

namespace kaizen::tail {
namespace {

Result<std::uint64_t> hash_range(int fd, std::int64_t from, std::int64_t bytes) {
    std::array<char, kHeadBytes> buffer{};
    std::int64_t have = 0;
    while (have < bytes) {
        const ssize_t n =
            ::pread(fd, buffer.data() + have, static_cast<std::size_t>(bytes - have), from + have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(ErrorCode::internal, fmt::format("cannot read: {}", std::strerror(errno)));
        if (n == 0) break;  // shrank while we read: the hash will differ
        have += n;
    }
    return hash64(std::string_view(buffer.data(), static_cast<std::size_t>(have)));
}

}  // namespace

Result<OpenedFile> open_session_file(const std::string& root, const std::string& path) {
    OpenedFile file;
    auto opened = open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!opened) {
        const int error = opened.error();
        if (error == ENOENT || error == ENOTDIR) return fail(ErrorCode::not_found, "gone");
        if (error == ELOOP) return fail(ErrorCode::bad_input, "a symbolic link");
        return fail(ErrorCode::denied, fmt::format("cannot open: {}", std::strerror(error)));
    }
    file.fd = std::move(*opened);
    struct stat info {};
    if (::fstat(file.fd.get(), &info) != 0)
        return fail(ErrorCode::internal, fmt::format("fstat: {}", std::strerror(errno)));
    if (!S_ISREG(info.st_mode)) return fail(ErrorCode::bad_input, "not a regular file");
    file.device = info.st_dev;
    file.inode = info.st_ino;
    file.size = info.st_size;
    file.mtime_ns = std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    return file;
}

Result<FileIdentity> identify(const OpenedFile& file, std::int64_t offset) {
    FileIdentity identity;
    identity.device = file.device;
    identity.inode = file.inode;
    identity.head_bytes = std::min(kHeadBytes, offset);
    const auto head = hash_range(file.fd.get(), 0, identity.head_bytes);
    if (!head) return tl::unexpected(head.error());
    const std::int64_t tail_bytes = std::min(kTailBytes, offset);
    const auto tail = hash_range(file.fd.get(), offset - tail_bytes, tail_bytes);
    if (!tail) return tl::unexpected(tail.error());
    identity.head_hash = *head;
    identity.tail_hash = *tail;
    return identity;
}

Result<bool> is_same(const OpenedFile& file, const FileIdentity& known, std::int64_t offset) {
    if (offset == 0) return true;
    if (file.size < offset) return false;
    const auto head = hash_range(file.fd.get(), 0, known.head_bytes);
    if (!head) return tl::unexpected(head.error());
    if (*head != known.head_hash) return false;
    const std::int64_t tail_bytes = std::min(kTailBytes, offset);
    const auto tail = hash_range(file.fd.get(), offset - tail_bytes, tail_bytes);
    if (!tail) return tl::unexpected(tail.error());
    return *tail == known.tail_hash;
}

}  // namespace kaizen::tail
