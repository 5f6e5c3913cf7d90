#pragma once

// The accepted files of one tree, by a hash of their path and a stamp that changes when the file does. No
// paths are kept: two that share a hash would be reported more often than needed, never less. Small sorted
// tables instead of one map: 24 bytes a file, and no insertion rehashes all, no removal frees a hundred
// thousand nodes (which glibc then sorts out in one go, 12 ms).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/watch/step_budget.h"

namespace kaizen::watch {

class KnownFiles {
  public:
    // A new look at the whole tree: what update() does not confirm from here on, forget_unseen() removes.
    void begin_look();

    // Whether the file is new or its stamp another one.
    bool update(std::string_view path, std::uint64_t stamp);

    bool forget(std::string_view path);  // whether it was known

    // True when complete, false when the budget ended first.
    [[nodiscard]] bool forget_unseen(StepBudget& budget);
    [[nodiscard]] bool any_unseen() const { return any_unseen_; }  // what it removed since begin_look()

    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Known {
        std::uint64_t path;
        std::uint64_t stamp;
        std::uint32_t look;  // the latest one that saw it
    };

    // Where it stands, or would.
    [[nodiscard]] static std::vector<Known>::iterator place_in(std::vector<Known>& table, std::uint64_t path);

    std::array<std::vector<Known>, 256> tables_;  // by the lowest byte of the path's hash
    std::size_t size_ = 0;
    std::uint32_t look_ = 0;
    std::size_t forget_from_ = 0;  // table
    bool any_unseen_ = false;
};

}  // namespace kaizen::watch
