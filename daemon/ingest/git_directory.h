#pragma once

// Where git keeps what belongs to a directory. Looks at small files of the repository, which are untrusted;
// worker thread.

#include <optional>
#include <string>

namespace kaizen::ingest {

struct GitDirectory {
    std::string own;     // of this checkout
    std::string common;  // of the repository: the same, but for a linked worktree

    [[nodiscard]] bool is_worktree() const { return own != common; }
};

// Of the directory that holds ".git"; nothing when that leads nowhere. A worktree that its repository does
// not know is none: anybody can write a ".git" that names another one.
[[nodiscard]] std::optional<GitDirectory> git_directory(const std::string& root);

}  // namespace kaizen::ingest
