#include "daemon/service.h"

#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace kaizen {
namespace {

bool launchd_runs_us(const Env& env) {
    const char* label = env("XPC_SERVICE_NAME");  // "0" or a terminal's in a shell
    return label != nullptr && std::string_view(label) == "dev.kaizen.kaizend";
}

}  // namespace

Service::Service(const Env& env, std::optional<control::InheritedSocket> inherited)
    : manager(env),
      binary(runtime::own_path()),
      starts_us_again(manager.listens() || launchd_runs_us(env)),
      inherited_(std::move(inherited)) {}

std::unique_ptr<control::SocketFile> Service::socket_at(const std::string& path) const {
    if (!inherited_) return std::make_unique<control::SocketFile>(path);
    UniqueFd copy(::fcntl(inherited_->fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) throw std::system_error(errno, std::generic_category(), "socket " + inherited_->path);
    return std::make_unique<control::SocketFile>(std::move(copy));
}

}  // namespace kaizen
