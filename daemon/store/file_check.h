#pragma once

// Whether the database file is whole, by SQLite's own quick_check, on a read-only connection of its own: any
// thread but the worker, which has better things to do. Blocks.

#include <atomic>
#include <chrono>
#include <string>

namespace kaizen::store {

struct QuickCheck {
    enum class Outcome { sound, damaged, unfinished };
    Outcome outcome;
    std::string fault;  // damaged: what was found first
};

// Unfinished when `budget` ends first, or `cancelled` becomes true.
[[nodiscard]] QuickCheck quick_check(const std::string& path, std::chrono::milliseconds budget,
                                     const std::atomic<bool>& cancelled);

}  // namespace kaizen::store
