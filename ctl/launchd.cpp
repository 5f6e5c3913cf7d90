// kaizend as an agent of launchd, which runs it while the user is logged in. Built on Linux, too: only its
// programs are missing there.

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "common/text.h"
#include "ctl/marked_file.h"
#include "ctl/service_files.h"
#include "ctl/service_manager.h"

namespace kaizen::ctl {
namespace {

constexpr char kLabel[] = "dev.kaizen.kaizend";
constexpr std::chrono::seconds kPatience{30};
constexpr int kNoSuchService = 113;  // what launchctl print ends with

std::string in_xml(const std::string& text) {
    return replaced(replaced(replaced(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

// The XML declaration has to stay the first line.
std::string marked(const std::string& plist) {
    const std::size_t second = plist.find('\n') + 1;
    return plist.substr(0, second) + fmt::format("<!-- {}. -->\n", kMark) + plist.substr(second);
}

// "	state = running" among what launchctl prints of a service; the service's own lines come first.
std::string value_in(std::string_view printed, std::string_view key) {
    for (const std::string_view line : split(printed, '\n')) {
        const std::string_view text = trim(line);
        if (text.starts_with(key) && text.substr(key.size()).starts_with(" = "))
            return std::string(text.substr(key.size() + 3));
    }
    return {};
}

class Launchd final : public ServiceManager {
  public:
    explicit Launchd(Env env) : env_(std::move(env)) {}

    [[nodiscard]] std::string_view name() const override { return "launchd"; }

    [[nodiscard]] std::vector<ServiceFile> files(const std::string& bindir) const override {
        return {{plist(), marked(replaced(std::string(kLaunchAgent), "@bindir@", in_xml(bindir)))}};
    }

    [[nodiscard]] Result<ServiceState> state() const override {
        auto printed = launchctl({"print", service()});
        ServiceState state;
        if (!printed) return tl::unexpected(printed.error());
        struct stat info {};
        if (::lstat(plist().c_str(), &info) == 0) state.file = plist();
        state.enabled = printed->exit == 0;
        if (printed->exit != 0) return state;
        state.file = value_in(printed->out, "path");
        if (value_in(printed->out, "state") == "running") state.state = "active";
        const std::string pid = value_in(printed->out, "pid");
        if (!pid.empty()) state.pid = std::atoll(pid.c_str());
        return state;
    }

    [[nodiscard]] Result<> files_changed() const override { return {}; }
    [[nodiscard]] Result<> enable() const override {
        if (auto enabled = run({"enable", service()}); !enabled) return enabled;
        return run({"bootstrap", domain(), plist()});
    }
    [[nodiscard]] Result<> disable() const override { return run({"bootout", service()}); }
    [[nodiscard]] Result<> start() const override { return run({"kickstart", service()}); }
    // It ends with 0 then, after which KeepAlive leaves it in peace.
    [[nodiscard]] Result<> stop() const override { return run({"kill", "SIGTERM", service()}); }
    // Out and in again, so that a changed file counts.
    [[nodiscard]] Result<> restart() const override {
        if (auto out = disable(); !out) return out;
        return enable();
    }

    [[nodiscard]] Words log_words(bool follow) const override {
        return {"tail", follow ? "-F" : "-n200", home_directory(env_) + "/Library/Logs/kaizen/kaizend.log"};
    }

  private:
    [[nodiscard]] static std::string domain() { return fmt::format("gui/{}", ::getuid()); }
    [[nodiscard]] static std::string service() { return domain() + "/" + kLabel; }
    [[nodiscard]] std::string plist() const {
        return fmt::format("{}/Library/LaunchAgents/{}.plist", home_directory(env_), kLabel);
    }

    [[nodiscard]] Result<Finished> launchctl(const Words& what) const {
        Words words = {"launchctl"};
        words.insert(words.end(), what.begin(), what.end());
        auto ended = run_program(words, env_, kPatience);
        if (!ended && ended.error().code == ErrorCode::not_found)
            return tl::unexpected(no_service_manager(name()));
        if (!ended) return ended;
        if (ended->exit == 0 || (ended->exit == kNoSuchService && what.front() == "print")) return ended;
        if (ended->exit == kNoSuchService)
            return fail(ErrorCode::not_found, "kaizend is not installed as a service",
                        "kaizenctl service install");
        return fail(ErrorCode::internal,
                    fmt::format("launchctl {} failed ({}): {}", what.front(), ended->exit,
                                one_line(ended->err, 1000)),
                    "kaizenctl service logs may say why");
    }

    [[nodiscard]] Result<> run(const Words& what) const {
        auto ran = launchctl(what);
        if (!ran) return tl::unexpected(ran.error());
        return {};
    }

    Env env_;
};

}  // namespace

std::unique_ptr<ServiceManager> make_launchd(const Env& env) { return std::make_unique<Launchd>(env); }

}  // namespace kaizen::ctl
