#pragma once

// Directories that were renamed or moved ([workspace.aliases] of the configuration): what was seen in or
// below the old one counts as in or below the new one when somebody asks, or when rows leave. What is stored
// stays as it was observed. Goes by names alone and looks at no file. Immutable; any thread.

#include <map>
#include <string>
#include <vector>

namespace kaizen {

class WorkspaceAliases {
  public:
    using Map = std::map<std::string, std::string>;  // old directory → new one

    WorkspaceAliases() = default;
    // Absolute paths without "/" at their ends, about none of which there is a complaint.
    explicit WorkspaceAliases(Map aliases) : aliases_(std::move(aliases)) {}

    // Why the alias of `from` cannot be meant, for people; empty: it can.
    [[nodiscard]] static std::string complaint(const Map& aliases, const std::string& from);

    // What a directory counts as: itself, where neither it nor one above it has an alias.
    [[nodiscard]] std::string resolve(std::string directory) const;

    // What counts as in or below `directory` was seen in or below one of these. Not all that was seen there
    // does: some of it may have an alias that leads elsewhere.
    [[nodiscard]] std::vector<std::string> seen_as(const std::string& directory) const;

  private:
    [[nodiscard]] Map::const_iterator nearest(std::string directory) const;

    Map aliases_;
};

// Workspaces that count as in or below a directory.
class WorkspaceFilter {
  public:
    WorkspaceFilter() = default;                                              // takes all, also unknown ones
    WorkspaceFilter(const std::string& directory, WorkspaceAliases aliases);  // empty: likewise

    [[nodiscard]] bool takes_all() const { return roots_.empty(); }
    [[nodiscard]] bool takes(const std::string& workspace) const;
    // Whatever it takes is in or below one of these, none of which is below another. Empty: takes all.
    [[nodiscard]] const std::vector<std::string>& roots() const { return roots_; }

  private:
    std::string directory_;
    WorkspaceAliases aliases_;
    std::vector<std::string> roots_;
};

}  // namespace kaizen
