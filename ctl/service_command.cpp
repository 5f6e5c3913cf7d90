// kaizenctl service: kaizend as a service of this user, installed, steered and removed.

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <ostream>

#include "common/json.h"
#include "common/text.h"
#include "ctl/ask.h"
#include "ctl/facts.h"
#include "ctl/human.h"
#include "ctl/marked_file.h"
#include "ctl/plain_text.h"
#include "ctl/render.h"
#include "ctl/service_manager.h"

namespace kaizen::ctl {
namespace {

using Action = Answered<ExitCode> (*)(Call&, const ServiceManager&);

// One thing that was done; for people.
void did(const Call& call, const std::string& what) {
    if (call.options.json) return;
    call.world.out << paint(call.look, Style::green, "✔") << " " << plain(what) << std::endl;
}

std::string shown(const Call& call, const std::string& path) { return with_tilde(call.look, path); }

Result<std::string> directory_of_kaizend(const World& world) {
    namespace fs = std::filesystem;
    std::string directory = fs::path(world.program).parent_path().string();
    if (directory.empty() || ::access((directory + "/kaizend").c_str(), X_OK) != 0) {
        const auto on_path = find_program("kaizend", world.env);
        if (!on_path)
            return fail(ErrorCode::not_found,
                        "there is no kaizend, neither beside this kaizenctl nor on PATH",
                        "install both programs into one directory: cmake --install build/release --prefix "
                        "/usr/local");
        directory = fs::path(*on_path).parent_path().string();
    }
    // systemd takes no such program, however it is written.
    const bool unfit = std::any_of(directory.begin(), directory.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' ||
               std::string_view("\"'\\\x7f").find(c) != std::string_view::npos;
    });
    if (unfit)
        return fail(
            ErrorCode::bad_input,
            "the directory of kaizend has a quote, a backslash or a control character in its name, which "
            "no service can have: " +
                plain(directory),
            "install it elsewhere");
    return directory;
}

// The pid of the kaizend that answers on the socket; 0: none.
std::int64_t answering_pid(const Call& call) {
    const auto answer = call.client.get("/v1/status");
    if (!answer) return 0;
    const auto status = proto::from_json<proto::Status>(answer->body);
    return status ? status->pid : 0;
}

// Writes those that say something else by now; nothing at all when one of them is not ours. How many.
Answered<int> write_files(const Call& call, const std::vector<ServiceFile>& files) {
    std::vector<const ServiceFile*> stale;
    for (const ServiceFile& file : files) {
        const auto found = read_plain_file(file.path);
        if (!found) return tl::unexpected(Failure(found.error()));
        if (*found && !is_ours(**found, file.text))
            return tl::unexpected(Failure(
                Error(ErrorCode::conflict, file.path + " is not of kaizenctl's making, so it stays",
                      fmt::format("move it away, then try again: mv {0} {0}.old", shell_quoted(file.path)))));
        if (*found != file.text) stale.push_back(&file);
    }
    for (const ServiceFile* file : stale) {
        if (auto written = replace_file(file->path, file->text); !written)
            return tl::unexpected(Failure(written.error()));
        did(call, "wrote " + shown(call, file->path));
    }
    return static_cast<int>(stale.size());
}

void say_what_the_service_does_not_see(const Call& call) {
    for (const char* name : {"KAIZEN_HOME", "KAIZEN_SOCKET"}) {
        const char* value = call.world.env(name);
        if (value != nullptr && *value != '\0')
            call.note(fmt::format("{} is set in this shell; the service does not see it", name));
    }
}

void print_json(const Call& call, const ServiceManager& manager, const ServiceState& state) {
    JsonText text;
    const auto string = [&](std::string_view key, const std::string& value) {
        text.key(key);
        if (value.empty())
            text.Null();
        else
            text.string(replace_invalid_utf8(value));
    };
    text.StartObject();
    string("manager", std::string(manager.name()));
    text.key("installed");
    text.Bool(state.installed());
    string("unit", state.file);
    string("program", state.program);
    text.key("enabled");
    text.Bool(state.enabled);
    string("state", state.state);
    string("reason", state.reason);
    text.key("pid");
    state.pid ? text.Int64(*state.pid) : text.Null();
    text.key("lingers");
    state.lingers ? text.Bool(*state.lingers) : text.Null();
    text.EndObject();
    call.world.out << text.str() << "\n";
}

// It was to run, and here is what became of it.
Answered<ServiceState> see_started(const Call& call, const ServiceManager& manager, const char* how) {
    const auto state = manager.state();
    if (!state) return tl::unexpected(Failure(state.error()));
    if (call.options.json) print_json(call, manager, *state);
    if (state->state == "failed")
        return tl::unexpected(Failure(
            Error(ErrorCode::unavailable,
                  state->reason.empty() ? "kaizend was started and has failed"
                                        : "kaizend was started and has failed: " + state->reason,
                  "kaizenctl service logs says why; kaizend --check-config looks at the configuration")));
    did(call, state->pid ? fmt::format("{}: pid {}", how, *state->pid) : how);
    return *state;
}

void say_how_to_go_on(const Call& call, const std::string& program, const ServiceState& state) {
    if (call.options.json) return;
    const Look& look = call.look;
    std::string out = "\n" + fact(look, "Runs", {{shown(call, program)}});
    out += fact(look, "Look", {{"kaizenctl status"}, {"kaizenctl service logs"}});
    out += fact(look, "Undo", {{"kaizenctl service uninstall"}});
    if (state.lingers && !*state.lingers)
        out += sentence_fact(look, "Log-out",
                             {"it ends when you log out for good, and begins when you log in; loginctl "
                              "enable-linger lets it run all the time",
                              Style::dim});
    call.world.out << out;
}

// What is in the way of installing, as things are.
Answered<> may_install(const ServiceState& state, std::int64_t answering) {
    if (state.state == "masked")
        return tl::unexpected(
            Failure(Error(ErrorCode::conflict, "the service is masked, so that nothing starts it",
                          "systemctl --user unmask kaizend, then try again")));
    if (answering != 0 && state.pid != answering)
        return tl::unexpected(Failure(
            Error(ErrorCode::conflict,
                  fmt::format("a kaizend runs already, with pid {}, and not as this service", answering),
                  "kaizenctl stop, then kaizenctl service install")));
    return {};
}

// Whether files changed. A unit of a package that starts the same program is used, and none is written.
Answered<bool> put_in_place(const Call& call, const ServiceManager& manager, const ServiceState& before,
                            const std::string& bindir) {
    const std::vector<ServiceFile> files = manager.files(bindir);
    if (before.installed() && before.file != files.front().path && before.program == bindir + "/kaizend") {
        did(call, fmt::format("{} is there and starts this kaizend: used as it is", before.file));
        return false;
    }
    const auto written = write_files(call, files);
    if (!written) return tl::unexpected(written.error());
    if (*written == 0) return false;
    if (auto told = manager.files_changed(); !told) return tl::unexpected(Failure(told.error()));
    return true;
}

Answered<ExitCode> install(Call& call, const ServiceManager& manager) {
    const auto bindir = directory_of_kaizend(call.world);
    if (!bindir) return tl::unexpected(Failure(bindir.error()));
    const std::int64_t answering = answering_pid(call);
    const auto before = manager.state();
    if (!before) return tl::unexpected(Failure(before.error()));
    if (auto may = may_install(*before, answering); !may) return tl::unexpected(may.error());
    say_what_the_service_does_not_see(call);
    const auto changed = put_in_place(call, manager, *before, *bindir);
    if (!changed) return tl::unexpected(changed.error());
    const bool active = before->state == "active";
    if (!*changed && active && before->enabled) {
        did(call, "it was installed already, and runs");
    } else {
        const auto begun = active && before->enabled ? manager.restart() : manager.enable();
        if (!begun) return tl::unexpected(Failure(begun.error()));
        did(call, "enabled: kaizend starts whenever you log in");
    }
    const auto state = see_started(call, manager, active ? "it runs" : "started");
    if (!state) return tl::unexpected(state.error());
    say_how_to_go_on(call, *bindir + "/kaizend", *state);
    return ExitCode::ok;
}

void say_what_stays(const Call& call) {
    if (call.options.json) return;
    call.world.out << "\n"
                   << fact(call.look, "Stays",
                           {{shown(call, call.paths.data_dir) + " (history)"},
                            {shown(call, call.paths.config_file)}});
}

Answered<ExitCode> uninstall(Call& call, const ServiceManager& manager) {
    const bool dry = call.options.dry_run;
    const auto state = manager.state();
    if (!state) return tl::unexpected(Failure(state.error()));
    std::vector<std::string> ours;
    for (const ServiceFile& file : manager.files(directory_of_kaizend(call.world).value_or("/nowhere"))) {
        const auto found = read_plain_file(file.path);
        if (!found) return tl::unexpected(Failure(found.error()));
        if (*found && !is_ours(**found, file.text))
            return tl::unexpected(
                Failure(Error(ErrorCode::conflict, file.path + " is not of kaizenctl's making, so it stays",
                              "systemctl --user disable --now kaizend, then remove it yourself")));
        if (*found) ours.push_back(file.path);
    }
    if (!state->installed() && ours.empty()) {
        did(call, "kaizend is not installed as a service: nothing to remove");
        return ExitCode::ok;
    }
    if (state->installed()) {
        if (!dry) {
            if (auto gone = manager.disable(); !gone) return tl::unexpected(Failure(gone.error()));
        }
        did(call, dry ? "would stop and disable the service" : "stopped and disabled the service");
    }
    for (const std::string& path : ours) {
        if (!dry && ::unlink(path.c_str()) != 0 && errno != ENOENT)
            return tl::unexpected(
                Failure(Error(ErrorCode::denied, fmt::format("{}: {}", path, std::strerror(errno)))));
        did(call, (dry ? "would remove " : "removed ") + shown(call, path));
    }
    if (ours.empty()) did(call, state->file + " belongs to a package, and stays");
    if (!dry && !ours.empty()) {
        if (auto told = manager.files_changed(); !told) return tl::unexpected(Failure(told.error()));
    }
    say_what_stays(call);
    return ExitCode::ok;
}

Answered<ExitCode> start(Call& call, const ServiceManager& manager) {
    if (auto done = manager.start(); !done) return tl::unexpected(Failure(done.error()));
    const auto state = see_started(call, manager, "started");
    if (!state) return tl::unexpected(state.error());
    return ExitCode::ok;
}

Answered<ExitCode> restart(Call& call, const ServiceManager& manager) {
    if (auto done = manager.restart(); !done) return tl::unexpected(Failure(done.error()));
    const auto state = see_started(call, manager, "started anew");
    if (!state) return tl::unexpected(state.error());
    return ExitCode::ok;
}

Answered<ExitCode> stop(Call& call, const ServiceManager& manager) {
    if (auto done = manager.stop(); !done) return tl::unexpected(Failure(done.error()));
    did(call, "stopped; it starts again when you log in, unless kaizenctl service uninstall");
    return ExitCode::ok;
}

Answered<ExitCode> status(Call& call, const ServiceManager& manager) {
    const auto state = manager.state();
    if (!state) return tl::unexpected(Failure(state.error()));
    if (call.options.json)
        print_json(call, manager, *state);
    else
        call.world.out << render_service(call.look, *state);
    if (!state->installed()) return ExitCode::not_found;
    if (state->state == "failed") return ExitCode::degraded;
    return state->state == "inactive" || state->state == "masked" ? ExitCode::unreachable : ExitCode::ok;
}

Answered<ExitCode> logs(Call& call, const ServiceManager& manager) {
    call.world.out.flush();
    return tl::unexpected(Failure(become_program(manager.log_words(call.options.follow), call.world.env)));
}

struct Row {
    std::string_view name;
    Action run;
};

// Those of the table of commands, which lets no other word through.
constexpr Row kActions[] = {{"install", install}, {"uninstall", uninstall}, {"start", start}, {"stop", stop},
                            {"restart", restart}, {"status", status},       {"logs", logs}};

}  // namespace

Answered<ExitCode> run_service(Call& call) {
    const Options& options = call.options;
    const auto* action = std::find_if(std::begin(kActions), std::end(kActions),
                                      [&](const Row& each) { return each.name == options.action; });
    if (options.dry_run && action->run != uninstall)
        return tl::unexpected(
            wrong_words("--dry-run goes with service uninstall", "kaizenctl service uninstall --dry-run"));
    if (options.follow && action->run != logs)
        return tl::unexpected(wrong_words("--follow goes with service logs", "kaizenctl service logs -f"));
    const auto manager = make_service_manager(call.world.services, call.world.env);
    return action->run(call, *manager);
}

}  // namespace kaizen::ctl
