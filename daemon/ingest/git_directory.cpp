#include "daemon/ingest/git_directory.h"

#include <filesystem>

#include "common/small_file.h"
#include "common/text.h"

namespace kaizen::ingest {
namespace {

namespace fs = std::filesystem;

std::string line_of(const fs::path& file) {
    const auto read = read_small_file(file.string());
    return read && *read ? std::string(trim((*read)->text)) : std::string();
}

bool is_known_worktree(const fs::path& own, const fs::path& common, const fs::path& dot_git) {
    if (own.parent_path() != common / "worktrees") return false;
    const std::string back = line_of(own / "gitdir");
    return back.empty() || fs::path(back).lexically_normal() == dot_git.lexically_normal();
}

}  // namespace

// ".git" of a worktree or a submodule is a file that says where it is; a worktree shares most with its
// repository.
std::optional<GitDirectory> git_directory(const std::string& root) {
    const fs::path dot_git = fs::path(root) / ".git";
    std::error_code error;
    if (fs::is_directory(dot_git, error)) return GitDirectory{dot_git.string(), dot_git.string()};
    constexpr std::string_view kPointer = "gitdir:";
    const std::string text = line_of(dot_git);
    if (!text.starts_with(kPointer)) return std::nullopt;
    const fs::path own = (fs::path(root) / std::string(trim(std::string_view(text).substr(kPointer.size()))))
                             .lexically_normal();
    const std::string shared = line_of(own / "commondir");
    if (shared.empty()) return GitDirectory{own.string(), own.string()};
    const fs::path common = (own / shared).lexically_normal();
    const fs::path directory = common.has_filename() ? common : common.parent_path();
    if (!is_known_worktree(own, directory, dot_git)) return std::nullopt;
    return GitDirectory{own.string(), directory.string()};
}

}  // namespace kaizen::ingest
