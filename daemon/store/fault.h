#pragma once

// What an exception of the store means for whoever has to decide what comes next. Any thread.

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

namespace kaizen::store {

enum class Fault : std::uint8_t {
    none,       // the database has no part in it
    no_memory,  // nor has it in this: passes when there is memory again
    statement,  // it refused one statement or row: the fault of that job alone, unless damage can be proven
    full,       // no room on the disk: passes when there is
    locked,     // another process holds the database: passes when it lets go
    read_only,  // may not be written
    damaged,    // proven: the file is not what SQLite or we wrote; it has to be moved aside
    other,      // it cannot be read or written for another reason
};

// Its rows contradict each other, though SQLite has nothing against them.
class Contradiction : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The database file is not what we wrote: its header, or a check of all of it, says so.
class Damaged : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The database cannot be used, and starting again would not help. what() names the place.
class Unusable : public std::runtime_error {
  public:
    Unusable(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    [[nodiscard]] const std::string& hint() const { return hint_; }  // what to do about it

  private:
    std::string hint_;
};

// `database`: its path. Where SQLite only knows of a failed system call, the disk is asked whether it is
// full.
[[nodiscard]] Fault fault_of(const std::exception& error, const std::string& database);

}  // namespace kaizen::store
