#include "daemon/tail/line_reader.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/text.h"

namespace kaizen::tail {
namespace {

// A slice is large and most reads are of a line or two: a buffer for all of it would be cleared for nothing.
std::int64_t bytes_behind(int fd, std::int64_t offset, std::int64_t otherwise) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 ? std::max<std::int64_t>(0, info.st_size - offset) : otherwise;
}

// Reads up to `bytes` at `offset` into `buffer`, fewer at the end of the file.
Result<> read_at(int fd, std::int64_t offset, std::int64_t bytes, std::string& buffer) {
    buffer.resize(static_cast<std::size_t>(std::min(bytes, bytes_behind(fd, offset, bytes))));
    std::size_t have = 0;
    while (have < buffer.size()) {
        const ssize_t n =
            ::pread(fd, buffer.data() + have, buffer.size() - have, offset + static_cast<std::int64_t>(have));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return fail(ErrorCode::internal, fmt::format("read at {}: {}", offset, std::strerror(errno)));
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    buffer.resize(have);
    return {};
}

std::int64_t length(std::string_view text) { return static_cast<std::int64_t>(text.size()); }

}  // namespace

Result<ReadResult> LineReader::read(int fd, const ReadLimits& limits, const Take& take) {
    if (position_.skipping) return skip_long_line(fd, limits, take);
    if (searched_ >= limits.slice_bytes) return read_long_line(fd, limits, take);
    std::string chunk;
    if (auto done = read_at(fd, position_.offset, limits.slice_bytes, chunk); !done)
        return tl::unexpected(done.error());
    const std::size_t taken = take_lines(chunk, limits, take);
    const std::string_view rest = std::string_view(chunk).substr(taken);
    const bool at_end = length(chunk) < limits.slice_bytes;
    if (!at_end && taken > 0) return ReadResult{true, 0};
    if (!at_end) return read_long_line(fd, limits, take);
    if (limits.take_unterminated && take_remainder(rest, take)) return ReadResult{};
    searched_ = length(rest);
    return ReadResult{false, length(rest)};
}

// Takes the whole lines at the front of `chunk`; returns how many bytes they are.
std::size_t LineReader::take_lines(std::string_view chunk, const ReadLimits& limits, const Take& take) {
    std::size_t start = 0;
    while (start < chunk.size()) {
        const std::size_t end = chunk.find('\n', start);
        if (end == std::string_view::npos) break;
        take_line(chunk.substr(start, end - start), limits, take);
        start = end + 1;
    }
    return start;
}

void LineReader::take_line(std::string_view bytes, const ReadLimits& limits, const Take& take) {
    const bool closes_open_line = position_.open_line && trim(bytes).empty();
    const bool too_long = length(bytes) > limits.max_line_bytes;
    const Line line{too_long ? std::string_view() : bytes, position_.offset, position_.line + 1, too_long,
                    false};
    position_.offset += length(bytes) + 1;
    position_.open_line = false;
    searched_ = 0;
    if (closes_open_line) return;
    ++position_.line;
    take(line);
}

bool LineReader::take_remainder(std::string_view bytes, const Take& take) {
    if (trim(bytes).empty()) return false;
    const Line line{bytes, position_.offset, position_.line + 1, false, true};
    if (!take(line)) return false;
    position_.offset += length(bytes);
    position_.line += 1;
    position_.open_line = true;
    searched_ = 0;
    return true;
}

// The line at offset is longer than a slice: looks for its end, then reads it whole.
Result<ReadResult> LineReader::read_long_line(int fd, const ReadLimits& limits, const Take& take) {
    std::string chunk;
    while (true) {
        if (searched_ > limits.max_line_bytes) {
            position_.offset += searched_;
            position_.skipping = true;
            searched_ = 0;
            return ReadResult{true, 0};
        }
        if (auto done = read_at(fd, position_.offset + searched_, limits.slice_bytes, chunk); !done) {
            return tl::unexpected(done.error());
        }
        const std::size_t newline = chunk.find('\n');
        searched_ += newline == std::string::npos ? length(chunk) : static_cast<std::int64_t>(newline);
        if (newline != std::string::npos) break;
        if (length(chunk) < limits.slice_bytes && searched_ <= limits.max_line_bytes) {
            if (!limits.take_unterminated) return ReadResult{false, searched_};
            if (auto done = read_at(fd, position_.offset, searched_, chunk); !done)
                return tl::unexpected(done.error());
            return take_remainder(chunk, take) ? ReadResult{} : ReadResult{false, searched_};
        }
    }
    if (searched_ > limits.max_line_bytes) {
        position_.skipping = true;  // its newline is there: the next call takes the normal way out
        return ReadResult{true, 0};
    }
    // With take_lines, not as one line: the file may have been rewritten since its front was searched.
    if (auto done = read_at(fd, position_.offset, searched_ + 1, chunk); !done)
        return tl::unexpected(done.error());
    searched_ = 0;
    take_lines(chunk, limits, take);
    return ReadResult{true, 0};
}

Result<ReadResult> LineReader::skip_long_line(int fd, const ReadLimits& limits, const Take& take) {
    std::string chunk;
    if (auto done = read_at(fd, position_.offset, limits.slice_bytes, chunk); !done)
        return tl::unexpected(done.error());
    const std::size_t newline = chunk.find('\n');
    searched_ = 0;
    if (newline == std::string::npos) {
        position_.offset += length(chunk);
        return ReadResult{length(chunk) == limits.slice_bytes, 0};
    }
    const Line line{{}, position_.offset, position_.line + 1, true, false};
    position_.offset += static_cast<std::int64_t>(newline) + 1;
    position_.line += 1;
    position_.skipping = false;
    take(line);
    return ReadResult{true, 0};
}

}  // namespace kaizen::tail
