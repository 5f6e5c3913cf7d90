#pragma once

// Whether the program that runs is still the one that lies at its path, or a newer one was installed
// meanwhile. Looking costs one stat(). I/O thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace kaizen::runtime {

// The file of this process; empty when the system does not say.
[[nodiscard]] std::string own_path();

class OwnBinary {
  public:
    explicit OwnBinary(std::string path);  // as it is now

    // Another file lies at its path. One that is missing is no other: an installation may be under way.
    [[nodiscard]] bool replaced() const;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    struct Identity {
        dev_t device = 0;
        ino_t inode = 0;
        std::int64_t size = 0;
        std::int64_t modified_ns = 0;
        bool operator==(const Identity&) const = default;
    };
    [[nodiscard]] std::optional<Identity> look() const;

    std::string path_;
    std::optional<Identity> at_start_;  // nothing: it was gone already
};

}  // namespace kaizen::runtime
