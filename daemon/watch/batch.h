#pragma once

// What next() will return: changes, each file once, and whether there is anything to return at all.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/watch/file_watcher.h"

namespace kaizen::watch {

class Batch {
  public:
    void add(std::size_t tree, const std::string& file, bool initial, std::int64_t bytes) {
        if (files_.emplace(tree, file).second) changes_.push_back(Change{tree, file, initial, bytes});
        ready_ = true;
    }

    void add_gone(std::size_t tree) { add(tree, {}, false, 0); }

    void states_changed() { ready_ = true; }

    [[nodiscard]] bool ready() const { return ready_; }

    [[nodiscard]] std::vector<Change> take() {
        ready_ = false;
        files_.clear();
        return std::exchange(changes_, {});
    }

  private:
    std::vector<Change> changes_;
    std::set<std::pair<std::size_t, std::string>> files_;
    bool ready_ = false;
};

}  // namespace kaizen::watch
