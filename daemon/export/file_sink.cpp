#include "daemon/export/file_sink.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "common/paths.h"
#include "common/unique_fd.h"

namespace kaizen::exporting {
namespace {

using flush::Failure;
using flush::Reply;
using flush::Trouble;

constexpr const char* kUnwritable = "it is tried again; see the space and the limits of that disk";

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

Failure refused(const std::string& path, std::string_view why, std::string fix) {
    return Failure(Trouble::file_refused, fmt::format("{}: {}", path, why), std::move(fix));
}

Failure unwritable(const std::string& path, const char* doing, int error) {
    return Failure(Trouble::file_unwritable, fmt::format("{}: {}: {}", path, doing, std::strerror(error)),
                   kUnwritable);
}

Failure not_opened(const std::string& path, int error) {
    const std::string directory = shell_quoted(directory_of(path));
    switch (error) {
        case ENOENT:
            return refused(path, "its directory is missing", "mkdir -p " + directory);
        case ELOOP:
            return refused(path, "it is a symbolic link, and none is followed",
                           "name the file itself as the exporter's path");
        case ENXIO:  // a socket
            return refused(path, "it is not a regular file", "name a file as the exporter's path");
        case EISDIR:
            return refused(path, "it is a directory", "name a file as the exporter's path");
        case EACCES:
        case EPERM:
        case EROFS:
        case ENOTDIR:
        case ENAMETOOLONG:
            return refused(path, std::strerror(error), "see who may write there: ls -ld " + directory);
    }
    return unwritable(path, "open", error);
}

// A file that others write to, or that belongs to them, says what they want.
std::optional<Failure> fault_of(const std::string& path, const struct stat& status) {
    const std::string quoted = shell_quoted(path);
    if (!S_ISREG(status.st_mode))
        return refused(path, "it is not a regular file", "name a file as the exporter's path");
    if (status.st_uid != ::geteuid())
        return refused(path, "it belongs to another user",
                       "move it away: mv " + quoted + " " + quoted + ".old");
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refused(path, "others may write to it", "chmod go-w " + quoted);
    return std::nullopt;
}

struct OpenFile {
    UniqueFd fd;
    std::int64_t size = 0;
};

// O_NONBLOCK: a FIFO must not hold up the worker until somebody reads from it.
tl::expected<OpenFile, Failure> open_file(const std::string& path) {
    constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    OpenFile file{UniqueFd(::open(path.c_str(), kFlags, 0600))};
    if (!file.fd) return tl::unexpected(not_opened(path, errno));
    struct stat status {};
    if (::fstat(file.fd.get(), &status) != 0) return tl::unexpected(unwritable(path, "fstat", errno));
    if (auto fault = fault_of(path, status)) return tl::unexpected(std::move(*fault));
    file.size = status.st_size;
    return file;
}

// Where the last whole line of the file ends; nothing when it cannot be read.
std::optional<std::int64_t> end_of_lines(const OpenFile& file) {
    std::array<char, 65536> block;
    std::int64_t end = file.size;
    while (end > 0) {
        const std::int64_t begin = std::max<std::int64_t>(end - std::int64_t{block.size()}, 0);
        const ssize_t n = ::pread(file.fd.get(), block.data(), static_cast<std::size_t>(end - begin), begin);
        if (n != end - begin) return std::nullopt;
        const auto newline = std::string_view(block.data(), static_cast<std::size_t>(n)).rfind('\n');
        if (newline != std::string_view::npos) return begin + static_cast<std::int64_t>(newline) + 1;
        end = begin;
    }
    return 0;
}

std::optional<Failure> cut(const std::string& path, OpenFile& file, std::int64_t size) {
    if (file.size != size && ::ftruncate(file.fd.get(), size) != 0)
        return unwritable(path, "ftruncate", errno);
    file.size = size;
    return std::nullopt;
}

// 0, or the error that ended it.
int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return ::fdatasync(fd) == 0 ? 0 : errno;
}

// The file, with nothing but whole lines in it, and room for `more` bytes.
tl::expected<OpenFile, Failure> open_with_room(const std::string& path, std::int64_t max_bytes,
                                               std::int64_t more) {
    auto file = open_file(path);
    if (!file) return file;
    const auto end = end_of_lines(*file);
    if (!end) return tl::unexpected(unwritable(path, "read", EIO));
    if (auto failure = cut(path, *file, *end)) return tl::unexpected(std::move(*failure));
    if (file->size == 0 || file->size + more <= max_bytes) return file;
    if (std::rename(path.c_str(), (path + ".1").c_str()) != 0)
        return tl::unexpected(refused(path,
                                      fmt::format("it cannot become {}.1: {}", path, std::strerror(errno)),
                                      "see what stands in its way: ls -ld " + shell_quoted(path + ".1")));
    return open_file(path);
}

Reply append(const std::string& path, std::int64_t max_bytes, const std::string& body) {
    auto file = open_with_room(path, max_bytes, static_cast<std::int64_t>(body.size()));
    if (!file) return Reply(std::move(file.error()));
    if (const int error = write_all(file->fd.get(), body); error != 0) {
        // What cannot be cut off now is cut off by the next one, up to its last whole line.
        static_cast<void>(::ftruncate(file->fd.get(), file->size));
        return Reply(unwritable(path, "write", error));
    }
    Reply reply;
    reply.status = 200;
    return reply;
}

class FileSink : public flush::Sink {
  public:
    FileSink(runtime::Worker& worker, std::string path, std::int64_t max_bytes)
        : worker_(worker), path_(std::move(path)), max_bytes_(max_bytes) {}

    boost::asio::awaitable<Reply> send(flush::Request request) override;
    void stop() override { stopping_ = true; }

  private:
    runtime::Worker& worker_;
    const std::string path_;
    const std::int64_t max_bytes_;
    bool stopping_ = false;
};

boost::asio::awaitable<Reply> FileSink::send(flush::Request request) {
    if (stopping_) co_return Reply(Failure(Trouble::cancelled, "stopped before anything was written", ""));
    auto job = [path = path_, most = max_bytes_, body = std::move(request.body)] {
        return append(path, most, body);
    };
    Reply reply = co_await worker_.run(std::move(job));
    co_return reply;
}

}  // namespace

std::unique_ptr<flush::Sink> make_file_sink(runtime::Worker& worker, std::string path,
                                            std::int64_t max_bytes) {
    return std::make_unique<FileSink>(worker, std::move(path), max_bytes);
}

}  // namespace kaizen::exporting
