#pragma once

// The service manager's end of NOTIFY_SOCKET: a real datagram socket, and what arrived at it.

#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace kaizen::test {

class FakeManager {
  public:
    explicit FakeManager(const std::string& name);  // a path, or "@" and an abstract name

    [[nodiscard]] std::vector<std::string> heard();  // since it was asked last; does not wait
    [[nodiscard]] std::string next();                // waits for it
    [[nodiscard]] int fd() const { return socket_.get(); }

  private:
    [[nodiscard]] std::string receive(int flags);
    UniqueFd socket_;
};

}  // namespace kaizen::test
