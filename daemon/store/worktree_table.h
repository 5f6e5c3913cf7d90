#pragma once

// Linked worktrees of repositories that were seen while they were there: they are removed when their work is
// merged, and their sessions are read again, or for the first time, years later. Worker thread.

#include <optional>
#include <string>

#include "daemon/store/statement.h"

namespace kaizen::store {

class WorktreeTable {
  public:
    explicit WorktreeTable(Database& database);

    void save(const std::string& worktree, const std::string& repository);  // directories, absolute
    [[nodiscard]] std::optional<std::string> repository_of(const std::string& worktree);

  private:
    Statement save_;
    Statement find_;
};

}  // namespace kaizen::store
