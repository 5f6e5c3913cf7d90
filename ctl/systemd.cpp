// kaizend as a unit of the user's systemd.

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "common/small_file.h"
#include "common/text.h"
#include "ctl/marked_file.h"
#include "ctl/service_files.h"
#include "ctl/service_manager.h"

namespace kaizen::ctl {
namespace {

constexpr char kUnit[] = "kaizend.service";
constexpr std::chrono::seconds kPatience{120};  // longer than systemd waits for a unit to start
constexpr std::string_view kExecStart = "ExecStart=";

bool is_directory(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// What sd_booted(3) looks at.
bool systemd_runs_here() { return is_directory("/run/systemd/system"); }

std::map<std::string, std::string, std::less<>> properties_in(std::string_view text) {
    std::map<std::string, std::string, std::less<>> all;
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos) all.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return all;
}

// In double quotes, with "%" for itself; the first word of ExecStart= knows no variables.
std::string in_unit(const std::string& directory) { return replaced(directory, "%", "%%"); }

// The program that a unit starts, where the line is as we write it: one word in quotes, or a plain one.
std::string program_in(std::string_view unit) {
    for (const std::string_view line : split(unit, '\n')) {
        if (!line.starts_with(kExecStart)) continue;
        std::string_view word = line.substr(kExecStart.size());
        const bool quoted = word.starts_with('"');
        if (quoted) word.remove_prefix(1);
        return replaced(std::string(word.substr(0, word.find(quoted ? '"' : ' '))), "%%", "%");
    }
    return {};
}

std::string reason_in(const std::map<std::string, std::string, std::less<>>& found) {
    const auto of = [&](std::string_view key) {
        const auto at = found.find(key);
        return at == found.end() ? std::string() : at->second;
    };
    const std::string status = of("ExecMainStatus");
    if (of("Result") == "exit-code") return "it ended with exit code " + status;
    return of("Result") == "success" ? "" : of("Result");
}

class Systemd final : public ServiceManager {
  public:
    explicit Systemd(Env env) : env_(std::move(env)) {}

    [[nodiscard]] std::string_view name() const override { return "systemd"; }

    [[nodiscard]] std::vector<ServiceFile> files(const std::string& bindir) const override {
        const char* given = env_("XDG_CONFIG_HOME");
        const std::string config =
            given != nullptr && *given == '/' ? given : home_directory(env_) + "/.config";
        std::vector<ServiceFile> all;
        for (const ServiceTemplate& unit : kSystemdUnits) {
            const std::string text = replaced(std::string(unit.text), "@bindir@", in_unit(bindir));
            all.push_back({fmt::format("{}/systemd/user/{}", config, unit.name),
                           fmt::format("# {}; kaizenctl service uninstall removes it.\n{}", kMark, text)});
        }
        return all;
    }

    [[nodiscard]] Result<ServiceState> state() const override {
        const auto shown = systemctl({"show", kUnit,
                                      "--property=LoadState,ActiveState,UnitFileState,FragmentPath,MainPID,"
                                      "Result,ExecMainStatus"});
        if (!shown) return tl::unexpected(shown.error());
        auto found = properties_in(*shown);
        ServiceState state;
        if (!found["ActiveState"].empty()) state.state = found["ActiveState"];
        if (found["LoadState"] == "not-found") return state;
        if (found["LoadState"] == "masked") state.state = "masked";
        state.file = found["FragmentPath"];
        state.enabled = found["UnitFileState"] == "enabled";
        if (state.state == "failed") state.reason = reason_in(found);
        const std::string& pid = found["MainPID"];
        if (!pid.empty() && pid != "0") state.pid = std::atoll(pid.c_str());
        if (const auto text = read_small_file(state.file); text && *text)
            state.program = program_in((*text)->text);
        state.lingers = lingers();
        return state;
    }

    [[nodiscard]] Result<> files_changed() const override { return run({"daemon-reload"}); }
    [[nodiscard]] Result<> enable() const override { return run({"enable", "--now", kUnit}); }
    [[nodiscard]] Result<> start() const override { return run({"start", kUnit}); }
    [[nodiscard]] Result<> stop() const override { return run({"stop", kUnit}); }
    [[nodiscard]] Result<> restart() const override { return run({"restart", kUnit}); }
    [[nodiscard]] Result<> disable() const override {
        Words words = {"disable", "--now"};
        for (const ServiceTemplate& unit : kSystemdUnits) words.emplace_back(unit.name);
        return run(words);
    }

    [[nodiscard]] Words log_words(bool follow) const override {
        Words words = {"journalctl", "--user", "-u", "kaizend"};
        if (follow) words.emplace_back("-f");
        return words;
    }

  private:
    // What it printed.
    [[nodiscard]] Result<std::string> systemctl(const Words& what) const {
        Words words = {"systemctl", "--user", "--no-pager"};
        words.insert(words.end(), what.begin(), what.end());
        auto ended = run_program(words, env_, kPatience);
        if (!ended && ended.error().code == ErrorCode::not_found)
            return tl::unexpected(no_service_manager(name()));
        if (!ended) return tl::unexpected(ended.error());
        if (ended->exit == 0) return std::move(ended->out);
        Error error = explain_systemctl(ended->err, env_, systemd_runs_here());
        if (error.code == ErrorCode::internal)
            error.message = fmt::format("systemctl --user {} failed ({}): {}", what.front(), ended->exit,
                                        one_line(ended->err, 1000));
        return tl::unexpected(std::move(error));
    }

    [[nodiscard]] Result<> run(const Words& what) const {
        auto ran = systemctl(what);
        if (!ran) return tl::unexpected(ran.error());
        return {};
    }

    [[nodiscard]] std::optional<bool> lingers() const {
        const auto ended = run_program(
            {"loginctl", "--no-pager", "show-user", fmt::format("{}", ::getuid()), "--property=Linger"}, env_,
            kPatience);
        if (!ended || ended->exit != 0) return std::nullopt;  // nobody is logged in, or no loginctl
        auto found = properties_in(ended->out);
        return found["Linger"] == "yes";
    }

    Env env_;
};

}  // namespace

std::unique_ptr<ServiceManager> make_systemd(const Env& env) { return std::make_unique<Systemd>(env); }

Error explain_systemctl(const std::string& said, const Env& env, bool booted) {
    const auto says = [&](std::string_view words) { return said.find(words) != std::string::npos; };
    const bool no_bus = says("Failed to connect to bus") || says("Failed to connect to user scope bus") ||
                        says("not been booted with systemd");
    if (no_bus && !booted) return no_service_manager("systemd");
    if (no_bus) {
        const char* runtime = env("XDG_RUNTIME_DIR");
        const std::string usual = fmt::format("/run/user/{}", ::getuid());
        if (runtime != nullptr && *runtime != '\0')
            return Error(ErrorCode::unavailable,
                         fmt::format("your systemd cannot be reached: there is no bus in {}", runtime),
                         "the package dbus-user-session gives one; log in anew after installing it\n"
                         "without a log-in: sudo loginctl enable-linger \"$USER\" starts your systemd");
        if (is_directory(usual))
            return Error(ErrorCode::unavailable,
                         "your systemd cannot be reached: this shell is no login session of its own (su and "
                         "sudo leave XDG_RUNTIME_DIR out)",
                         fmt::format("export XDG_RUNTIME_DIR={}, then try again", usual));
        return Error(ErrorCode::unavailable,
                     "your systemd does not run: you are not logged in, this shell came by su, sudo or cron",
                     fmt::format("log in by ssh or at the console, and try again there\n"
                                 "without a log-in: sudo loginctl enable-linger \"$USER\", then\n"
                                 "export XDG_RUNTIME_DIR={}",
                                 usual));
    }
    if (says("not found") || says("not loaded") || says("does not exist"))
        return Error(ErrorCode::not_found, "kaizend is not installed as a service",
                     "kaizenctl service install");
    if (says("is masked"))
        return Error(ErrorCode::conflict, "the service is masked, so that nothing starts it",
                     "systemctl --user unmask kaizend");
    return Error(ErrorCode::internal, said, "kaizenctl service logs may say why");
}

}  // namespace kaizen::ctl
