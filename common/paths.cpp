#include "common/paths.h"

#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace kaizen {
namespace {

std::string value_of(const Env& env, const char* name) {
    const char* value = env(name);
    return value != nullptr ? value : "";
}

bool is_absolute(std::string_view path) { return !path.empty() && path.front() == '/'; }

// The XDG specification: a relative value is to be ignored.
std::string absolute_or(const Env& env, const char* name, const std::string& otherwise) {
    std::string value = value_of(env, name);
    return is_absolute(value) ? value : otherwise;
}

void place_data(Paths& paths, const std::string& dir) {
    paths.data_dir = dir;
    paths.database = dir + "/kaizen.db";
    paths.lock = dir + "/kaizend.lock";
    paths.socket = dir + "/kaizend.sock";
}

#ifdef __APPLE__
void place_for_user(Paths& paths, const Env&, const std::string& home) {
    const std::string support = home + "/Library/Application Support/kaizen";
    const std::string dotted = home + "/.config/kaizen/config.toml";
    paths.config_file = ::access(dotted.c_str(), F_OK) == 0 ? dotted : support + "/config.toml";
    place_data(paths, support);
}
#else
void place_for_user(Paths& paths, const Env& env, const std::string& home) {
    paths.config_file = absolute_or(env, "XDG_CONFIG_HOME", home + "/.config") + "/kaizen/config.toml";
    place_data(paths, absolute_or(env, "XDG_DATA_HOME", home + "/.local/share") + "/kaizen");
    const std::string runtime = absolute_or(env, "XDG_RUNTIME_DIR", "");
    if (!runtime.empty())
        paths.socket = runtime + "/kaizen/kaizend.sock";
    else
        paths.socket_note = fmt::format("XDG_RUNTIME_DIR is not set: the socket is {}", paths.socket);
}
#endif

}  // namespace

Result<Paths> resolve_paths(const Env& env) {
    Paths paths;
    const std::string own_home = value_of(env, "KAIZEN_HOME");
    if (!own_home.empty()) {
        if (!is_absolute(own_home)) {
            return fail(ErrorCode::usage, fmt::format("KAIZEN_HOME is a relative path: {}", own_home),
                        "give the whole path, beginning with /");
        }
        paths.config_file = own_home + "/config.toml";
        place_data(paths, own_home);
    } else {
        const std::string home = home_directory(env);
        if (!is_absolute(home)) {
            return fail(ErrorCode::usage,
                        "no home directory: HOME is not set and the user has no entry of its own",
                        "set HOME or KAIZEN_HOME");
        }
        place_for_user(paths, env, home);
    }
    const std::string own_socket = value_of(env, "KAIZEN_SOCKET");
    if (!own_socket.empty()) {
        paths.socket = own_socket;
        paths.socket_note.clear();
    }
    if (auto fits = check_socket_path(paths.socket); !fits) return tl::unexpected(fits.error());
    return paths;
}

Result<> check_socket_path(const std::string& path) {
    constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
    if (!is_absolute(path)) {
        return fail(ErrorCode::usage, fmt::format("the socket path is relative: {}", path),
                    "give the whole path, beginning with /");
    }
    if (path.size() > kLongest) {
        return fail(ErrorCode::usage,
                    fmt::format("the socket path has {} bytes, the system allows {}: {}", path.size(),
                                kLongest, path),
                    "name a shorter one in KAIZEN_SOCKET, for the daemon and for kaizenctl");
    }
    return {};
}

Result<> make_private_directory(const std::string& path) {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    std::filesystem::create_directories(parent, error);
    if (error) return fail(ErrorCode::denied, fmt::format("{}: {}", parent.string(), error.message()));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(ErrorCode::denied, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return fail(ErrorCode::denied, fmt::format("{}: {}", path, std::strerror(errno)));
    if (!S_ISDIR(status.st_mode)) return fail(ErrorCode::denied, fmt::format("{}: not a directory", path));
    if (status.st_uid != ::geteuid()) {
        return fail(ErrorCode::denied,
                    fmt::format("{}: belongs to user {}, not to user {}", path, status.st_uid, ::geteuid()),
                    fmt::format("sudo chown -R {} {}", ::geteuid(), shell_quoted(path)));
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail(ErrorCode::denied,
                    fmt::format("{}: others may write to it (mode {:04o})", path, status.st_mode & 07777U),
                    fmt::format("chmod 700 {}", shell_quoted(path)));
    }
    return {};
}

std::string imported_prices_file(const Paths& paths) {
    const std::filesystem::path config =
        std::filesystem::absolute(paths.config_file);  // --config may be relative
    return (config.parent_path() / kImportedPrices).string();
}

std::string home_directory(const Env& env) {
    const std::string home = value_of(env, "HOME");
    if (is_absolute(home)) return home;
    const passwd* user = ::getpwuid(::geteuid());
    return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "";
}

std::string expand_home(const std::string& path, const std::string& home) {
    return path == "~" || path.starts_with("~/") ? home + path.substr(1) : path;
}

std::string shell_quoted(const std::string& text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,@%";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

bool is_in_or_below(std::string_view directory, std::string_view other) {
    if (directory == other) return true;
    if (!directory.starts_with(other)) return false;
    return other.ends_with('/') || directory[other.size()] == '/';
}

}  // namespace kaizen
