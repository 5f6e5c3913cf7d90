#pragma once

// One daemon per data directory: an flock on a file that is never unlinked (so there is no race between two
// starts), with the holder's pid and version inside for people. Any thread.

#include <string>
#include <utility>

#include "common/error.h"
#include "common/unique_fd.h"

namespace kaizen::runtime {

class InstanceLock {
  public:
    // ErrorCode::busy with the holder's pid in the message when another daemon holds it.
    [[nodiscard]] static Result<InstanceLock> acquire(const std::string& path);

  private:
    explicit InstanceLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;  // the lock lives as long as this
};

}  // namespace kaizen::runtime
