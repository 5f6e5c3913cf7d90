#pragma once

// What stands below one root and is not followed, each thing once however often it is met, and how many there
// are of each kind. By a hash of the path, as KnownFiles; no more than 65,536 things, so that nobody fills
// the memory with them.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/watch/file_watcher.h"

namespace kaizen::watch {

class LeftOutThings {
  public:
    using Counts = std::map<std::string, LeftOut, std::less<>>;
    explicit LeftOutThings(Counts& counts) : counts_(counts) {}  // kept up to date; outlives this

    // A new look at the whole tree: what note() does not confirm from here on, forget_unseen() removes.
    void begin_look() { ++look_; }
    void forget_unseen();

    void note(std::string_view path, std::string_view reason);
    // It is gone, or followed now. True: others of its kind are left and none is known by name, until the
    // next look.
    bool forget(std::string_view path);

  private:
    struct Kind {
        LeftOut* shown = nullptr;
        std::uint64_t example = 0;
        std::uint32_t look = 0;  // of the example
    };
    struct Thing {
        Kind* kind;
        std::uint32_t look;  // the latest one that saw it
    };

    [[nodiscard]] Kind& kind_of(std::string_view reason);

    Counts& counts_;
    std::map<std::string, Kind, std::less<>> kinds_;
    std::unordered_map<std::uint64_t, Thing> things_;
    std::uint32_t look_ = 0;
};

}  // namespace kaizen::watch
