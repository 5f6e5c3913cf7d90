#pragma once

// Which directory each inotify watch stands for. One directory may serve several trees: as part of one, and
// as an anchor, a directory on the way to a root, watched so that the root's coming and going is seen. Linux
// only.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "daemon/watch/step_budget.h"

namespace kaizen::watch {

struct Place {
    enum class Role { directory, anchor };
    std::size_t tree;
    Role role;
    std::string name;  // directory: its path relative to the root; anchor: the one name in it that matters
};

// Places to give up: one directory and all below it, or all that a tree has.
struct Drop {
    std::size_t tree;
    bool whole_tree;
    std::string directory;
    int next_watch = 0;  // where it goes on
};

class InotifyWatches {
  public:
    explicit InotifyWatches(int inotify) : inotify_(inotify) {}  // the descriptor stays the caller's

    // Both return 0 or errno.
    [[nodiscard]] int add_directory(int fd, Place place);
    [[nodiscard]] int add_anchor(const std::string& path, Place place);

    // True when complete, false when the budget ended first.
    [[nodiscard]] bool drop(Drop& drop, StepBudget& budget);

    [[nodiscard]] const std::vector<Place>& places(int watch) const;
    [[nodiscard]] std::vector<Place> forget(int watch);  // the kernel has removed the watch

  private:
    [[nodiscard]] int add(const std::string& path, unsigned mask, Place place);

    const int inotify_;
    std::map<int, std::vector<Place>>
        places_;  // ordered: a drop goes on where it stopped, whatever was added meanwhile
};

}  // namespace kaizen::watch
