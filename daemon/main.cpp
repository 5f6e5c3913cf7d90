// kaizend: reads its words, its configuration and its place, then hands over to Daemon.

#include <fmt/core.h>
#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/paths.h"
#include "common/version.h"
#include "daemon/daemon.h"
#include "daemon/prices.h"
#include "daemon/runtime/held_signals.h"
#include "daemon/runtime/instance_lock.h"
#include "daemon/service.h"
#include "daemon/store/aside.h"
#include "daemon/store/database.h"
#include "daemon/store/fault.h"

namespace {

using namespace kaizen;

// sysexits.h; spec "control", section kaizend. A service manager restarts on the last one, on the others not.
constexpr int kExitUsage = 64;
constexpr int kExitDatabase = 65;  // made by a newer kaizend, not writable, damaged again and again
constexpr int kExitAnotherRuns = 75;
constexpr int kExitConfig = 78;
constexpr int kExitNewerBinary = 79;  // the service manager is to start it

const char* environment(const char* name) { return std::getenv(name); }

struct Words {
    std::string config_file;
    std::string log_level;
    std::string log_format = "text";
    bool check_config = false;
};

int complain(const Error& error, int exit_code) {
    std::cerr << "kaizend: " << error.message << '\n';
    if (!error.hint.empty()) std::cerr << "  " << error.hint << '\n';
    return exit_code;
}

// Owner-only files from the first byte, no death by a peer that left, one malloc arena (there are two
// threads).
void set_up_process() {
    runtime::hold_signals();
    ::umask(0077);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file over the limit is an error like a full disk
    store::forgo_memory_statistics();
#ifdef __GLIBC__
    ::mallopt(M_ARENA_MAX, 1);
#endif
}

Result<> make_directories(const Paths& paths) {
    if (auto made = make_private_directory(paths.data_dir); !made) return made;
    return make_private_directory(std::filesystem::path(paths.socket).parent_path().string());
}

int exit_code_of(const Error& no_lock) {
    if (no_lock.code == ErrorCode::busy) return kExitAnotherRuns;
    return no_lock.code == ErrorCode::denied ? kExitConfig : 1;
}

Daemon::Ending watch_until_it_ends(Paths paths, LoadedConfig config, Service& service) {
    Daemon daemon(std::move(paths), std::move(config), environment, service);
    return daemon.run();
}

int serve(const Words& words, Paths paths, LoadedConfig config) {
    log::Level level = log::Level::info;
    const std::string& chosen = words.log_level.empty() ? config.config.log.level : words.log_level;
    if (!log::parse_level(chosen, level))
        return complain({ErrorCode::usage, "no such log level: " + chosen}, kExitUsage);
    log::start(level, words.log_format == "json" ? log::Format::json : log::Format::text);
    for (const std::string& warning : config.warnings) log::warn("configuration", "{}", warning);
    if (!paths.socket_note.empty()) log::warn("socket", "{}", paths.socket_note);

    auto inherited = control::inherited_socket(environment);
    if (!inherited) return complain(inherited.error(), kExitConfig);
    if (*inherited && (*inherited)->path != paths.socket)
        log::warn("kaizenctl looks for another socket than the one passed on", "passed_on={} looks_for={}",
                  (*inherited)->path, paths.socket);
    Service service(environment, std::move(*inherited));
    runtime::unset_service_variables();

    std::optional<runtime::InstanceLock> lock;
    Daemon::Ending ending = Daemon::Ending::files_removed;  // there are none yet
    while (ending == Daemon::Ending::database_damaged || ending == Daemon::Ending::files_removed) {
        if (ending == Daemon::Ending::database_damaged) {
            store::set_aside(paths.database, now());
        } else {
            lock.reset();
            if (auto made = make_directories(paths); !made) return complain(made.error(), kExitConfig);
            auto taken = runtime::InstanceLock::acquire(paths.lock);
            if (!taken) return complain(taken.error(), exit_code_of(taken.error()));
            lock = std::move(*taken);
        }
        auto loaded = load_config(paths.config_file, environment);
        if (!loaded) return complain(loaded.error(), kExitConfig);
        ending = watch_until_it_ends(paths, std::move(*loaded), service);
    }
    return ending == Daemon::Ending::newer_binary ? kExitNewerBinary : 0;
}

int run(const Words& words) {
    auto paths = resolve_paths(environment);
    if (!paths) return complain(paths.error(), kExitConfig);
    if (!words.config_file.empty()) paths->config_file = words.config_file;
    auto config = load_config(paths->config_file, environment);
    if (!config) return complain(config.error(), kExitConfig);
    if (words.check_config) {
        for (const std::string& warning : config->warnings) std::cerr << "warning: " << warning << '\n';
        if (const auto prices = load_prices(imported_prices_file(*paths), config->config.prices.file);
            !prices)
            std::cerr << "warning: " << prices.error().message << '\n';
        std::cout << check_report(*config, paths->config_file);
        return 0;
    }
    if (const std::string& socket = config->config.control.socket;
        !socket.empty() && environment("KAIZEN_SOCKET") == nullptr) {
        if (auto fits = check_socket_path(socket); !fits) return complain(fits.error(), kExitConfig);
        paths->socket = socket;
        paths->socket_note.clear();
    }
    return serve(words, std::move(*paths), std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
    set_up_process();
    Words words;
    CLI::App app(
        "kaizend watches the session files of coding agents and keeps their history. It runs in the "
        "foreground.",
        "kaizend");
    app.set_version_flag("--version", fmt::format("kaizend {}", kVersion));
    app.add_option("--config", words.config_file, "configuration file");
    app.add_flag("--check-config", words.check_config,
                 "print the configuration and where each value comes from, then exit");
    app.add_option("--log-level", words.log_level, "debug, info, warn or error");
    app.add_option("--log-format", words.log_format, "text or json")->check(CLI::IsMember({"text", "json"}));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kExitUsage;
    }
    try {
        return run(words);
    } catch (const store::Unusable& error) {
        return complain({ErrorCode::denied, error.what(), error.hint()}, kExitDatabase);
    } catch (const std::exception& error) {
        std::cerr << "kaizend: " << error.what() << '\n';
        return 1;
    }
}
