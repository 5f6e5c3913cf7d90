#pragma once

// What the process has from whoever started it, beside its words and its configuration: the service manager,
// the socket that one passed on, and the program's own file. Made once, and outlives each Daemon.

#include <memory>
#include <optional>
#include <string>

#include "common/error.h"
#include "common/paths.h"
#include "daemon/control/inherited_socket.h"
#include "daemon/control/socket_file.h"
#include "daemon/runtime/own_binary.h"
#include "daemon/runtime/service_notify.h"

namespace kaizen {

struct Service {
    Service(const Env& env, std::optional<control::InheritedSocket> inherited);

    // The one that was passed on, or a new one at `path`. Throws std::system_error when it cannot be had.
    [[nodiscard]] std::unique_ptr<control::SocketFile> socket_at(const std::string& path) const;

    // `path`, where we make the socket; empty: it was passed on, and its file belongs to its maker.
    [[nodiscard]] std::string own_socket(const std::string& path) const { return inherited_ ? "" : path; }

    runtime::ServiceNotify manager;
    runtime::OwnBinary binary;
    bool starts_us_again;  // a manager that does so when we exit with the code for it

  private:
    std::optional<control::InheritedSocket> inherited_;
};

}  // namespace kaizen
