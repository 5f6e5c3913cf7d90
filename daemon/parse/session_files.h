#pragma once

// What the names of session files have in common over the agents. Paths are relative to a root,
// '/'-separated. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace kaizen::parse {

inline constexpr std::size_t kMaxDepth = 8;  // of directories below a root

[[nodiscard]] std::vector<std::string_view> path_parts(std::string_view path);

// Not too deep, and none of the directories that agents fill with spilled output.
[[nodiscard]] bool may_hold_sessions(const std::vector<std::string_view>& directories);

// The name without ".jsonl"; empty when it has another ending or is known as a copy, a backup or a journal.
[[nodiscard]] std::string_view session_stem(std::string_view file_name);

// Why something is not read that holds sessions or may, by its name: a word of proto/left_out.h. Empty: it
// holds none.
[[nodiscard]] std::string_view why_unread(std::string_view file_name);
[[nodiscard]] std::string_view why_not_entered(const std::vector<std::string_view>& directories);

[[nodiscard]] bool is_uuid(std::string_view text);  // 8-4-4-4-12 hex digits

// `stem`, made unique by the path: for names that are no UUID, of which several files may have the same.
[[nodiscard]] std::string id_with_path(std::string_view stem, std::string_view path);

// When an id of version 7 was made; nothing for another.
[[nodiscard]] std::optional<UnixMs> time_of_uuid7(std::string_view id);

}  // namespace kaizen::parse
