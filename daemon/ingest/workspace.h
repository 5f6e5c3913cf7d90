#pragma once

// Which directory a session worked in. Looks at the file system; worker thread.

#include <string>
#include <string_view>

namespace kaizen::store {
struct Store;
}

namespace kaizen::ingest {

struct Workspace {
    std::string root;      // of the repository that holds the directory, else the directory itself
    std::string worktree;  // the linked worktree of it that does; empty: none
};

class Workspaces {
  public:
    explicit Workspaces(store::Store& store) : store_(store) {}

    // As it is now, once for each session: a repository that was renamed since the one before is found under
    // its new name.
    [[nodiscard]] Workspace of(const std::string& cwd);

  private:
    [[nodiscard]] Workspace of_removed(const std::string& cwd);

    store::Store& store_;
};

// Cursor names directories by their path with every separator as '-' ("home-ana-my-app"), which can be read
// in more than one way: the first existing directory in a walk from "/" that prefers longer names, else
// empty.
[[nodiscard]] std::string directory_of_slug(std::string_view slug);

}  // namespace kaizen::ingest
