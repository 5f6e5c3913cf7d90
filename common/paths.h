#pragma once

// Where the files of this user's daemon live (spec "control", "Where things live"), and the checks that make
// a directory safe to use. Environment variables come in through `Env`, so that tests need not change their
// own. Any thread.

#include <functional>
#include <string>
#include <string_view>

#include "common/error.h"

namespace kaizen {

using Env = std::function<const char*(const char*)>;  // getenv, or a test's own

struct Paths {
    std::string config_file;
    std::string data_dir;
    std::string database;
    std::string lock;
    std::string socket;
    std::string socket_note;  // a warning for people: the socket is not in its usual place. Empty when it is.
};

[[nodiscard]] Result<Paths> resolve_paths(const Env& env);

// An error with the remedy when the path is relative or does not fit into sun_path; for sockets named by
// --socket or the config.
[[nodiscard]] Result<> check_socket_path(const std::string& path);

// Makes the directory (0700) and its parents. Denied, with the command that mends it as the hint, when it
// belongs to somebody else or others may write to it.
[[nodiscard]] Result<> make_private_directory(const std::string& path);

// The price table that `kaizenctl prices import` writes: beside the configuration.
inline constexpr std::string_view kImportedPrices = "prices-imported.toml";
[[nodiscard]] std::string imported_prices_file(const Paths& paths);

[[nodiscard]] std::string home_directory(const Env& env);  // $HOME, else the password database
[[nodiscard]] std::string expand_home(const std::string& path, const std::string& home);  // "~" and "~/..."
[[nodiscard]] std::string shell_quoted(const std::string& text);  // for commands that people copy

// Whether a directory is another one or stands somewhere below it, by their absolute names alone.
[[nodiscard]] bool is_in_or_below(std::string_view directory, std::string_view other);

}  // namespace kaizen
