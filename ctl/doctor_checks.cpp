#include "ctl/doctor_checks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/config.h"
#include "common/small_file.h"
#include "common/text.h"
#include "common/unique_fd.h"
#include "common/version.h"
#include "ctl/plain_text.h"
#include "ctl/service_manager.h"

namespace kaizen::ctl {
namespace {

using Found = std::optional<proto::Check>;

proto::Check found(std::string severity, std::string title, std::string detail = {}, std::string fix = {}) {
    return {{}, std::move(severity), std::move(title), std::move(detail), std::move(fix)};
}

Found check_daemon(const Call&, const DaemonAnswer& daemon) {
    if (!daemon.runs) return found("warning", "kaizend does not run", daemon.problem, daemon.fix);
    if (!daemon.doctor)
        return found("error", "kaizend does not answer as it should", daemon.problem, daemon.fix);
    if (daemon.version != kVersion)
        return found("warning", "kaizend and kaizenctl are of different versions",
                     fmt::format("kaizend is {}, kaizenctl is {}", plain(daemon.version), kVersion),
                     "restart kaizend after an update: kaizenctl service restart");
    return found("ok", "kaizend", fmt::format("runs, version {} as kaizenctl", kVersion));
}

Found check_service(const Call& call, const DaemonAnswer&) {
    const auto state = make_service_manager(call.world.services, call.world.env)->state();
    if (!state)
        return found("info", "Service", state.error().message,
                     std::string(split(state.error().hint, '\n').front()));
    if (!state->installed())
        return found("info", "Service", "not installed: kaizend does not start by itself",
                     "kaizenctl service install");
    if (state->state == "failed")
        return found("error", "The service has failed", state->reason, "kaizenctl service logs says why");
    if (state->state == "masked")
        return found("warning", "The service is masked", {}, "systemctl --user unmask kaizend");
    if (!state->enabled)
        return found("info", "Service", "installed, but not enabled: it does not start when you log in",
                     "kaizenctl service install");
    return found("ok", "Service", "installed and enabled, " + state->state);
}

// The daemon itself says so of the configuration in force.
Found check_config(const Call& call, const DaemonAnswer& daemon) {
    if (daemon.doctor) return {};
    const auto loaded = load_config(call.paths.config_file, call.world.env);
    if (!loaded)
        return found("error", "The configuration is broken, so kaizend cannot start", loaded.error().message,
                     "kaizend --check-config says all of it");
    if (!loaded->warnings.empty())
        return found("warning", "The configuration has flaws",
                     fmt::format("{}", fmt::join(loaded->warnings, "; ")),
                     "kaizend --check-config says all of it");
    return found("ok", "Configuration",
                 ::access(call.paths.config_file.c_str(), F_OK) == 0 ? call.paths.config_file
                                                                     : "none, the defaults hold");
}

// Of a file or directory that only its owner may touch. Nothing: it is as it should be.
Found fault_of(const std::string& path, const struct stat& info) {
    const std::string mode = S_ISDIR(info.st_mode) ? "700" : "600";
    if (info.st_uid != ::geteuid())
        return found("error", "Files of kaizend belong to somebody else",
                     fmt::format("{} belongs to user {}", path, info.st_uid),
                     fmt::format("sudo chown {} {}", ::geteuid(), shell_quoted(path)));
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return found("warning", "Others may get at files of kaizend",
                     fmt::format("{} has mode {:o}", path, info.st_mode & 07777),
                     fmt::format("chmod {} {}", mode, shell_quoted(path)));
    return {};
}

Found check_permissions(const Call& call, const DaemonAnswer&) {
    const Paths& paths = call.paths;
    int there = 0;
    for (const std::string& path : {paths.data_dir, paths.database, paths.database + "-wal",
                                    paths.database + "-shm", paths.lock, paths.socket}) {
        struct stat info {};
        if (::lstat(path.c_str(), &info) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) continue;
            return found("error", "Files of kaizend cannot be looked at",
                         fmt::format("{}: {}", path, std::strerror(errno)));
        }
        ++there;
        if (auto fault = fault_of(path, info)) return fault;
    }
    if (there == 0) return found("info", "Files", "none yet: kaizend has not run here");
    return found("ok", "Files", "yours alone: database, lock and socket");
}

Found check_socket(const Call& call, const DaemonAnswer&) {
    if (!call.paths.socket_note.empty())
        return found("info", "The socket is not in its usual place", call.paths.socket_note,
                     "in a login session XDG_RUNTIME_DIR is set; kaizend and kaizenctl have to agree");
    const std::string directory = std::filesystem::path(call.paths.socket).parent_path().string();
    struct stat info {};
    if (directory != call.paths.data_dir && ::stat(directory.c_str(), &info) == 0) {
        if (auto fault = fault_of(directory, info)) return fault;
    }
    return found("ok", "Socket", call.paths.socket);
}

// Who holds the lock while nobody answers. Only then is it tried, so that no daemon that starts is in its
// way.
Found check_lock(const Call& call, const DaemonAnswer& daemon) {
    if (daemon.runs) return {};
    const UniqueFd fd(::open(call.paths.lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
    const auto holder = read_small_file(call.paths.lock);
    return found("error", "A kaizend holds the lock and does not answer",
                 holder && *holder ? one_line((*holder)->text, 100) : "",
                 "it may listen elsewhere (XDG_RUNTIME_DIR, KAIZEN_SOCKET, --socket); else end that process");
}

struct Row {
    const char* code;
    Found (*run)(const Call&, const DaemonAnswer&);
};

constexpr Row kChecks[] = {{"daemon", check_daemon},           {"lock", check_lock},
                           {"service", check_service},         {"config", check_config},
                           {"permissions", check_permissions}, {"socket", check_socket}};

}  // namespace

std::vector<proto::Check> local_checks(const Call& call, const DaemonAnswer& daemon) {
    std::vector<proto::Check> checks;
    for (const Row& row : kChecks) {
        auto check = row.run(call, daemon);
        if (!check) continue;
        check->code = row.code;
        checks.push_back(std::move(*check));
    }
    return checks;
}

}  // namespace kaizen::ctl
