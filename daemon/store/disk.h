#pragma once

// What the store needs of the file system beyond SQLite. Any thread.

#include <cstdint>
#include <optional>
#include <string>

namespace kaizen::store {

// For files of this user on the disk that has the directory of `file`; nothing: the system does not say.
[[nodiscard]] std::optional<std::int64_t> free_bytes(const std::string& file);

[[nodiscard]] std::int64_t file_bytes(const std::string& path);  // 0: there is no such file

// Makes it, 0600, when it is missing. SQLite gives its own files the umask's mode, and -wal and -shm the
// database's: so this comes first. Throws std::system_error, Unusable when it is not allowed.
const std::string& create_private(const std::string& path);

}  // namespace kaizen::store
