#pragma once

// One daemon per data directory: an flock on the directory, which holds also when somebody removes the files
// in it, and one on a file that is never unlinked, with the holder's pid and version inside for people. Where
// a directory cannot be locked (NFS), the file alone counts. Any thread.

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
    InstanceLock(UniqueFd directory, UniqueFd file)
        : directory_(std::move(directory)), file_(std::move(file)) {}
    UniqueFd directory_;  // the locks live as long as these
    UniqueFd file_;
};

}  // namespace kaizen::runtime
