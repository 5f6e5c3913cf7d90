#include "daemon/store/worktree_table.h"

namespace kaizen::store {

WorktreeTable::WorktreeTable(Database& database)
    : save_(database, "INSERT OR REPLACE INTO worktrees (directory, repository) VALUES (?, ?)"),
      find_(database, "SELECT repository FROM worktrees WHERE directory = ?") {}

void WorktreeTable::save(const std::string& worktree, const std::string& repository) {
    Binder(save_).add(worktree).add(repository);
    save_->exec();
}

std::optional<std::string> WorktreeTable::repository_of(const std::string& worktree) {
    Binder(find_).add(worktree);
    std::optional<std::string> repository;
    if (find_->executeStep()) repository = Reader(find_).text();
    find_->tryReset();
    return repository;
}

}  // namespace kaizen::store
