#pragma once

// What runs kaizend as a service of this user: systemd, or launchd on macOS. An interface because it is
// another program that may be missing, slow or broken; both are built everywhere, so that tests see both.
// Each call blocks for some seconds at most. A failure says in words what is in the way, and what to do.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/paths.h"
#include "ctl/child_process.h"

namespace kaizen::ctl {

enum class ServiceKind { systemd, launchd };

#ifdef __APPLE__
inline constexpr ServiceKind kNativeServices = ServiceKind::launchd;
#else
inline constexpr ServiceKind kNativeServices = ServiceKind::systemd;
#endif

struct ServiceFile {
    std::string path;
    std::string text;
};

struct ServiceState {
    std::string file;                // that the manager goes by; empty: it knows no such service
    std::string program;             // that it starts; empty: unknown
    bool enabled = false;            // it starts when the user logs in
    std::string state = "inactive";  // active, inactive, failed, activating, deactivating, …
    std::string reason;              // failed: why, in the manager's words
    std::optional<std::int64_t> pid;
    std::optional<bool> lingers;  // goes on after the user logged out; nothing: unknown

    [[nodiscard]] bool installed() const { return !file.empty(); }
};

class ServiceManager {
  public:
    virtual ~ServiceManager() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    // What install writes for the kaizend in `bindir`, the one that starts it first.
    [[nodiscard]] virtual std::vector<ServiceFile> files(const std::string& bindir) const = 0;

    [[nodiscard]] virtual Result<ServiceState> state() const = 0;
    [[nodiscard]] virtual Result<> files_changed() const = 0;  // after files were written or removed
    [[nodiscard]] virtual Result<> enable() const = 0;         // starts it, too
    [[nodiscard]] virtual Result<> disable() const = 0;        // stops it, too
    [[nodiscard]] virtual Result<> start() const = 0;
    [[nodiscard]] virtual Result<> stop() const = 0;
    [[nodiscard]] virtual Result<> restart() const = 0;
    // The program that prints the log.
    [[nodiscard]] virtual Words log_words(bool follow) const = 0;
};

[[nodiscard]] std::unique_ptr<ServiceManager> make_systemd(const Env& env);
[[nodiscard]] std::unique_ptr<ServiceManager> make_launchd(const Env& env);
[[nodiscard]] std::unique_ptr<ServiceManager> make_service_manager(ServiceKind kind, const Env& env);

// The failure of one that is not there.
[[nodiscard]] Error no_service_manager(std::string_view name);

// `text` with every `from` in it replaced.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

// Of a systemctl --user that failed with these words: what is in the way. `booted`: systemd runs this
// machine.
[[nodiscard]] Error explain_systemctl(const std::string& said, const Env& env, bool booted);

}  // namespace kaizen::ctl
