#pragma once

// The listening Unix socket with its file, and who is at the other end of a connection: the parts that differ
// between systems. I/O thread only.

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "common/unique_fd.h"

namespace kaizen::control {

class SocketFile {
  public:
    // Binds and listens. The file is 0600 from its first instant; an old socket file is replaced (the caller
    // holds the instance lock), any other file is not. Throws std::system_error that names the path.
    explicit SocketFile(std::string path);
    // One that listens already, and whose file is its maker's.
    explicit SocketFile(UniqueFd inherited) : fd_(std::move(inherited)) {}
    ~SocketFile() { remove(); }
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

    [[nodiscard]] int release_fd() { return fd_.release(); }  // the listening socket, once

    // Takes the file away, unless another one stands there by now.
    void remove();

  private:
    std::string path_;
    UniqueFd fd_;
    dev_t device_ = 0;
    ino_t inode_ = 0;  // 0: there is nothing to remove
};

// The user who connected, as the kernel knows it; nothing when it does not say.
[[nodiscard]] std::optional<uid_t> peer_uid(int connection);

}  // namespace kaizen::control
