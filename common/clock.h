#pragma once

// Time as this project speaks of it: integer milliseconds since the epoch, UTC. Any thread.
// Functions that depend on "now" take it as an argument; only the edges call now().

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kaizen {

using UnixMs = std::int64_t;

[[nodiscard]] UnixMs now();

// "2026-11-23T08:44:48.002Z", with or without fraction (any length, cut to ms), "Z" or "+02:00" or "+0200"; a
// missing zone is UTC. Nothing when the text is not such a time or the date does not exist.
[[nodiscard]] std::optional<UnixMs> parse_iso8601(std::string_view text);

[[nodiscard]] std::string format_iso8601(UnixMs ms);  // "2026-11-23T08:44:48.002Z"

}  // namespace kaizen
