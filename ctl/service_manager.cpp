#include "ctl/service_manager.h"

#include <fmt/core.h>

namespace kaizen::ctl {

std::unique_ptr<ServiceManager> make_service_manager(ServiceKind kind, const Env& env) {
    return kind == ServiceKind::systemd ? make_systemd(env) : make_launchd(env);
}

Error no_service_manager(std::string_view name) {
    return Error(ErrorCode::unavailable,
                 fmt::format("this machine does not run {}, so kaizend cannot be its service", name),
                 "run it in the foreground: kaizend\n"
                 "or from a checkout, in the background: daemon/run --background");
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace kaizen::ctl
