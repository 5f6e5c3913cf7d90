#include "daemon/parse/session_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/hash.h"
#include "common/text.h"

namespace kaizen::parse {
namespace {

constexpr std::array<std::string_view, 5> kForeignDirectories = {"tool-results", "terminals", "agent-tools",
                                                                 "mcps", "todos"};
constexpr std::array<std::string_view, 6> kCopyMarks = {".bak-", ".reset.",    ".deleted.",
                                                        ".tmp",  "trajectory", "checkpoint"};
constexpr std::string_view kEnding = ".jsonl";

constexpr std::string_view kIndex = "journal.jsonl";

bool is_foreign(const std::vector<std::string_view>& directories) {
    return std::any_of(directories.begin(), directories.end(), [](std::string_view name) {
        return std::find(kForeignDirectories.begin(), kForeignDirectories.end(), name) !=
               kForeignDirectories.end();
    });
}

bool is_copy(std::string_view file_name) {
    return std::any_of(kCopyMarks.begin(), kCopyMarks.end(), [file_name](std::string_view mark) {
        return file_name.find(mark) != std::string_view::npos;
    });
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

std::vector<std::string_view> path_parts(std::string_view path) {
    return path.empty() ? std::vector<std::string_view>() : split(path, '/');
}

bool may_hold_sessions(const std::vector<std::string_view>& directories) {
    return directories.size() <= kMaxDepth && !is_foreign(directories);
}

std::string_view session_stem(std::string_view file_name) {
    if (!file_name.ends_with(kEnding) || is_copy(file_name) || file_name == kIndex) return {};
    file_name.remove_suffix(kEnding.size());
    return file_name;
}

std::string_view why_unread(std::string_view file_name) {
    if (file_name.ends_with(".jsonl.zst") || file_name.ends_with(".jsonl.gz")) return "compressed";
    if (file_name.find(kEnding) == std::string_view::npos) return {};
    if (is_copy(file_name)) return "copy";
    return file_name.ends_with(kEnding) && file_name != kIndex ? "name" : std::string_view();
}

std::string_view why_not_entered(const std::vector<std::string_view>& directories) {
    return directories.size() > kMaxDepth && !is_foreign(directories) ? "too_deep" : std::string_view();
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
    }
    return true;
}

std::optional<UnixMs> time_of_uuid7(std::string_view id) {
    constexpr std::size_t kVersion = 14;
    if (!is_uuid(id) || id[kVersion] != '7') return std::nullopt;
    UnixMs time = 0;
    for (const std::string_view digits : {id.substr(0, 8), id.substr(9, 4)}) {
        UnixMs part = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), part, 16);
        time = time * (UnixMs{1} << (4 * digits.size())) + part;
    }
    return time;
}

std::string id_with_path(std::string_view stem, std::string_view path) {
    return fmt::format("{}-{:08x}", stem, hash64(path) >> 32);
}

}  // namespace kaizen::parse
