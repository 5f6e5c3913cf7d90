#pragma once

// Whether the database file is whole, on a read-only connection of its own: any thread but the worker, which
// has better things to do. Blocks.

#include <atomic>
#include <exception>
#include <functional>
#include <string>

namespace kaizen::store {

struct FileCheck {
    enum class Outcome { sound, damaged, unfinished };
    Outcome outcome;
    std::string fault;  // damaged: what was found first; unfinished: why
};

// By SQLite's quick_check. Unfinished when `cancelled` says so; some SQLites ask it between tables only.
[[nodiscard]] FileCheck quick_check(const std::string& path, const std::function<bool()>& cancelled);

// By everything that can be checked: pages, indexes, constraints, foreign keys, and that its schema is ours.
// Minutes for gigabytes. Needs SQLite to be able to read the file at all.
[[nodiscard]] FileCheck full_check(const std::string& path, const std::atomic<bool>& cancelled);

// Throws Damaged when what failed, or seems to be damage, can be proven to be by a full check.
void throw_if_damaged(const std::exception& error, const std::string& path,
                      const std::atomic<bool>& cancelled);

}  // namespace kaizen::store
