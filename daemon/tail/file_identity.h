#pragma once

// Is this still the file that was read up to here? Device and inode change on re-mounts and restores, and
// stay when a file is rewritten in place; so the content decides: a hash of the first bytes and one of the
// last bytes that were consumed. Worker thread.

#include <cstdint>
#include <string>

#include "common/error.h"
#include "common/unique_fd.h"

namespace kaizen::tail {

inline constexpr std::int64_t kHeadBytes = 4096;
inline constexpr std::int64_t kTailBytes = 256;

struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t head_bytes =
        0;  // how many of the first bytes head_hash covers: kHeadBytes, or all that were consumed
    std::uint64_t head_hash = 0;
    std::uint64_t tail_hash = 0;  // over the last kTailBytes before the offset, or all that were consumed
};

struct OpenedFile {
    UniqueFd fd;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t mtime_ns = 0;
};

// Opens a regular file for reading; `path` is relative to `root`. Follows no link below the root, never waits
// on a FIFO. not_found when it is gone, denied when it may not be read, bad_input when it is no regular file.
[[nodiscard]] Result<OpenedFile> open_session_file(const std::string& root, const std::string& path);

// What identifies the file once its first `offset` bytes are consumed. internal when it cannot be read.
[[nodiscard]] Result<FileIdentity> identify(const OpenedFile& file, std::int64_t offset);

// False when it shrank, was replaced or rewritten: the `offset` bytes that were consumed are no longer the
// ones in it.
[[nodiscard]] Result<bool> is_same(const OpenedFile& file, const FileIdentity& known, std::int64_t offset);

}  // namespace kaizen::tail
