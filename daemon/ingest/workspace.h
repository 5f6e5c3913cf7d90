#pragma once

// Which directory a session worked in. Looks at the file system (names only, never into a file); worker
// thread.

#include <string>
#include <string_view>
#include <unordered_map>

namespace kaizen::ingest {

class Workspaces {
  public:
    // The git root that holds `cwd`, else `cwd` itself. Remembered: a session file says the same directory on
    // every line.
    [[nodiscard]] const std::string& of(const std::string& cwd);

  private:
    std::unordered_map<std::string, std::string> known_;
};

// Cursor names directories by their path with every separator as '-' ("home-ana-my-app"), which can be read
// in more than one way: the first existing directory in a walk from "/" that prefers longer names, else
// empty.
[[nodiscard]] std::string directory_of_slug(std::string_view slug);

}  // namespace kaizen::ingest
