#pragma once

// Files that this process holds open under a name. When somebody removes or replaces one, what we write goes
// nowhere, and another daemon may begin beside us: it has to be noticed.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace kaizen::runtime {

class HeldFiles {
  public:
    void hold(const std::string& path);  // as it is now
    // The first that is no longer there, or is another file now.
    [[nodiscard]] std::optional<std::string> lost() const;

  private:
    struct Held {
        std::string path;
        dev_t device;
        ino_t inode;
    };
    std::vector<Held> held_;
};

}  // namespace kaizen::runtime
