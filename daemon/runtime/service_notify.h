#pragma once

// What a service manager is told over the datagram socket that it names in NOTIFY_SOCKET (sd_notify(3)),
// spoken directly: READY=1 and its kin. Nothing here waits, and a manager that does not hear harms nothing:
// that is logged once. On systems other than Linux nobody listens.

#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/paths.h"
#include "common/unique_fd.h"

namespace kaizen::runtime {

class ServiceNotify {
  public:
    ServiceNotify() = default;  // nobody listens
    explicit ServiceNotify(const Env& env);

    // A manager started this very process, and is told how it goes.
    [[nodiscard]] bool listens() const { return static_cast<bool>(socket_); }
    // How often it wants to hear alive(): half of what it bears. Nothing: it does not watch over us.
    [[nodiscard]] std::optional<std::chrono::microseconds> beat() const { return beat_; }

    // I/O thread.
    void ready();
    void reloading();  // ready() ends it
    void stopping();
    void alive();
    void status(const std::string& text);  // one line for people; only what is new is sent

    // Any thread. A start or a stop may take that much longer, counted from now.
    void extend(std::chrono::microseconds by);

  private:
    bool send(std::string_view message);
    void open(const Env& env);
    void read_beat(const Env& env);

    UniqueFd socket_;
    sockaddr_un address_{};
    socklen_t address_size_ = 0;
    std::optional<std::chrono::microseconds> beat_;
    std::string status_;
    std::atomic<bool> failed_ = false;  // and it was said
};

// What a manager left in the environment is for this process only. Once everybody here has read it, and
// before another thread runs.
void unset_service_variables();

}  // namespace kaizen::runtime
