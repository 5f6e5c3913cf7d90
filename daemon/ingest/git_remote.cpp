#include "daemon/ingest/git_remote.h"

#include <filesystem>

#include "common/small_file.h"
#include "common/text.h"

namespace kaizen::ingest {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    const auto read = read_small_file(file.string());
    return read && *read ? (*read)->text : std::string();
}

// The directory with the repository's configuration. ".git" of a worktree or a submodule is a file that says
// where it is; a worktree shares the one of the main repository.
fs::path git_directory(const fs::path& root) {
    const fs::path dot_git = root / ".git";
    std::error_code error;
    if (fs::is_directory(dot_git, error)) return dot_git;
    constexpr std::string_view kPointer = "gitdir:";
    const std::string text = text_of(dot_git);
    if (!text.starts_with(kPointer)) return {};
    const fs::path own = root / std::string(trim(std::string_view(text).substr(kPointer.size())));
    const std::string common = text_of(own / "commondir");
    return common.empty() ? own : own / std::string(trim(common));
}

std::string_view unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

}  // namespace

std::optional<std::string> git_remote(const std::string& root) {
    const fs::path directory = git_directory(root);
    if (directory.empty()) return std::nullopt;
    const std::string config = text_of(directory / "config");
    bool in_origin = false;
    for (const std::string_view raw : split(config, '\n')) {
        const std::string_view line = trim(raw);
        if (line.starts_with('[')) in_origin = line == R"([remote "origin"])";
        const std::size_t equals = line.find('=');
        if (!in_origin || equals == std::string_view::npos || trim(line.substr(0, equals)) != "url") continue;
        return std::string(unquoted(trim(line.substr(equals + 1))));
    }
    return std::nullopt;
}

}  // namespace kaizen::ingest
