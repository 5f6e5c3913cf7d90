#include "daemon/tail/unpack.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace kaizen::tail {
namespace {

constexpr std::int64_t kMaxBytes = std::int64_t{1} << 30;

struct FreeStream {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

Error system_error(std::string_view what) {
    return {ErrorCode::internal, fmt::format("{}: {}", what, std::strerror(errno))};
}

// Without a name from the first moment, where the file system can; else for a moment with one.
UniqueFd open_nameless(const std::string& directory) {
#ifdef O_TMPFILE
    UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file.get() >= 0) return file;
#endif
    std::string name = directory + "/.unpacked-XXXXXX";
    UniqueFd named(::mkostemp(name.data(), O_CLOEXEC));
    if (named.get() >= 0) ::unlink(name.c_str());
    return named;
}

Result<> write_all(int fd, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return tl::unexpected(system_error("a compressed file cannot be unpacked"));
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
    return {};
}

}  // namespace

bool is_packed(std::string_view path) { return path.ends_with(".zst"); }

Result<OpenedFile> unpack(const OpenedFile& packed, const std::string& directory) {
    OpenedFile text{open_nameless(directory), packed.device, packed.inode, 0, packed.mtime_ns};
    if (text.fd.get() < 0) return tl::unexpected(system_error("a compressed file cannot be unpacked"));
    const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
    std::vector<char> in(ZSTD_DStreamInSize());
    std::vector<char> out(ZSTD_DStreamOutSize());
    std::int64_t at = 0;
    while (true) {
        const ssize_t n = ::pread(packed.fd.get(), in.data(), in.size(), at);
        if (n < 0) return tl::unexpected(system_error("a compressed file cannot be read"));
        if (n == 0) return text;
        at += n;
        ZSTD_inBuffer from{in.data(), static_cast<std::size_t>(n), 0};
        while (from.pos < from.size) {
            ZSTD_outBuffer to{out.data(), out.size(), 0};
            const std::size_t result = ZSTD_decompressStream(stream.get(), &to, &from);
            if (ZSTD_isError(result) != 0)
                return fail(ErrorCode::bad_input,
                            fmt::format("it is no zstd data: {}", ZSTD_getErrorName(result)));
            text.size += static_cast<std::int64_t>(to.pos);
            if (text.size > kMaxBytes)
                return fail(ErrorCode::bad_input, fmt::format("it unpacks to more than {} bytes", kMaxBytes));
            if (auto written = write_all(text.fd.get(), out.data(), to.pos); !written)
                return tl::unexpected(written.error());
        }
    }
}

}  // namespace kaizen::tail
