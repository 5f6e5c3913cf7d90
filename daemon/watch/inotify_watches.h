#pragma once

// Which place each watch of one inotify instance stands for. One place may serve several trees, as part of
// one and on the way to the root of another; the kernel has one watch for it, with the events that any of
// them wants. Linux only.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "daemon/watch/step_budget.h"

namespace kaizen::watch {

struct Place {
    enum class Role {
        directory,  // of the tree: the names in it, and what is written to them
        name,       // on the way to the root: a directory in which one name matters
        itself,     // on the way to the root: whether it goes, and nothing about what is in it
    };
    std::size_t tree;
    Role role;
    std::string name;  // directory: its path relative to the root; name: that one; itself: nothing
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

    // All return 0 or errno.
    [[nodiscard]] int add_directory(int fd, std::size_t tree, const std::string& path);
    [[nodiscard]] int add_name(const std::string& directory, std::size_t tree, const std::string& name);
    [[nodiscard]] int add_itself(const std::string& path, std::size_t tree);  // a link is not followed

    // Whether this is the root of the tree, as add_directory() had it.
    [[nodiscard]] bool is_watched(const std::string& path, std::size_t tree);

    // Gives up the names that matter to a tree, but this one; empty: all of them.
    void drop_names(std::size_t tree, const std::string& but);

    // True when complete, false when the budget ended first.
    [[nodiscard]] bool drop(Drop& drop, StepBudget& budget);

    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] const std::vector<Place>& places(int watch) const;
    [[nodiscard]] std::vector<Place> forget(int watch);  // the kernel has removed the watch

  private:
    using Places = std::map<int, std::vector<Place>>;
    [[nodiscard]] int add(const std::string& path, unsigned mask, Place place);
    template <class Concerns>
    Places::iterator erase_places(Places::iterator entry, const Concerns& concerns);

    const int inotify_;
    Places places_;  // ordered: a drop goes on where it stopped, whatever was added meanwhile
};

}  // namespace kaizen::watch
