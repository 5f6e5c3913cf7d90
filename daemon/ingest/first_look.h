#pragma once

// What a file that was not read yet says at first glance, to import history in the order it happened: a copy
// that a fork or a resume made comes after the session that it was copied from. Paths are relative to a root.
// Worker thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"

namespace kaizen::ingest {

struct FirstLook {
    std::int64_t size = 0;
    std::int64_t mtime_ns = 0;
};

// Nothing when the file is gone or no regular file (links are not followed).
[[nodiscard]] std::optional<FirstLook> look_at(const std::string& root, const std::string& path);

// The first timestamp that stands in a text of JSON lines.
[[nodiscard]] std::optional<UnixMs> timestamp_in(std::string_view text);

// The first timestamp in the first mebibyte, else the time of the last change.
[[nodiscard]] UnixMs first_timestamp(const std::string& root, const std::string& path, std::int64_t mtime_ns);

}  // namespace kaizen::ingest
