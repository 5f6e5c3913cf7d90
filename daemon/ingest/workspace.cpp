#include "daemon/ingest/workspace.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "daemon/ingest/git_directory.h"
#include "daemon/store/store.h"

namespace kaizen::ingest {
namespace {

constexpr int kSlugLooks = 256;  // directories listed for one slug, at the most

bool exists(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

std::string git_root(const std::string& cwd) {
    std::filesystem::path at(cwd);
    if (!at.is_absolute()) return {};
    while (true) {
        if (exists((at / ".git").string())) return at.string();
        if (at == at.root_path()) return {};
        at = at.parent_path();
    }
}

// What a directory's name looks like inside a slug.
std::string as_slug(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!kept) c = '-';
    }
    return out;
}

std::string walk(const std::string& base, std::string_view rest, int& looks) {
    if (--looks < 0) return {};
    struct Candidate {
        std::string path;
        std::string slug;
    };
    std::vector<Candidate> candidates;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(base, error)) {
        std::string slug = as_slug(entry.path().filename().string());
        while (slug.starts_with('-')) slug.erase(0, 1);  // ".config" stands as "config"
        const bool fits = !slug.empty() && rest.starts_with(slug) &&
                          (rest.size() == slug.size() || rest[slug.size()] == '-');
        if (fits && entry.is_directory(error)) candidates.push_back({entry.path().string(), std::move(slug)});
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
        return a.slug.size() != b.slug.size() ? a.slug.size() > b.slug.size() : a.path < b.path;
    });
    for (const Candidate& candidate : candidates) {
        if (candidate.slug.size() == rest.size()) return candidate.path;
        std::string_view below = rest.substr(candidate.slug.size());
        while (below.starts_with('-')) below.remove_prefix(1);
        std::string found = walk(candidate.path, below, looks);
        if (!found.empty()) return found;
    }
    return {};
}

}  // namespace

Workspace Workspaces::of(const std::string& cwd) {
    const std::string root = git_root(cwd);
    if (root.empty()) return of_removed(cwd);
    const auto git = git_directory(root);
    if (!git || !git->is_worktree()) return {root, {}};
    const std::filesystem::path common(git->common);
    const Workspace found{common.filename() == ".git" ? common.parent_path().string() : common.string(),
                          root};
    store_.worktrees.save(found.worktree, found.root);
    return found;
}

Workspace Workspaces::of_removed(const std::string& cwd) {
    std::filesystem::path at(cwd);
    for (; at.is_absolute() && at != at.root_path(); at = at.parent_path()) {
        if (auto repository = store_.worktrees.repository_of(at.string()))
            return {std::move(*repository), at.string()};
    }
    return {cwd, {}};
}

std::string directory_of_slug(std::string_view slug) {
    int looks = kSlugLooks;
    return slug.empty() ? std::string() : walk("/", slug, looks);
}

}  // namespace kaizen::ingest
