#pragma once

// The listening socket that a service manager made and passed on (sd_listen_fds(3)): the first question to it
// starts the daemon. Before another thread runs.

#include <optional>
#include <string>

#include "common/error.h"
#include "common/paths.h"
#include "common/unique_fd.h"

namespace kaizen::control {

struct InheritedSocket {
    UniqueFd fd;       // closed on exec
    std::string path;  // where it is bound; empty: nowhere in the file system
};

// Nothing when none was passed to this process. An error when what was passed is anything but one listening
// Unix stream socket.
[[nodiscard]] Result<std::optional<InheritedSocket>> inherited_socket(const Env& env);

}  // namespace kaizen::control
