#include "daemon/runtime/service_notify.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "common/log.h"

namespace kaizen::runtime {
namespace {

std::string_view text_of(const char* value) { return value == nullptr ? std::string_view() : value; }

std::optional<std::int64_t> positive(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
    return number;
}

// A variable that says which process it is for, and names another, came down from a parent.
bool names_another(std::string_view pid) { return !pid.empty() && positive(pid) != ::getpid(); }

#ifdef __linux__

// A path, or with "@" a name in the abstract namespace, which has a zero byte there.
std::optional<sockaddr_un> address_of(std::string_view name) {
    sockaddr_un address{};
    const bool possible = name.size() > 1 && (name[0] == '/' || name[0] == '@');
    if (!possible || name.size() >= sizeof(address.sun_path)) return std::nullopt;
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), std::begin(address.sun_path));
    if (name[0] == '@') address.sun_path[0] = '\0';
    return address;
}

#endif

}  // namespace

ServiceNotify::ServiceNotify(const Env& env) { open(env); }

#ifdef __linux__

void ServiceNotify::open(const Env& env) {
    const std::string_view name = text_of(env("NOTIFY_SOCKET"));
    if (name.empty() || names_another(text_of(env("SYSTEMD_EXEC_PID")))) return;
    const auto address = address_of(name);
    if (!address) return log::warn("the service manager cannot be told anything", "NOTIFY_SOCKET={}", name);
    address_ = *address;
    address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_)
        return log::warn("the service manager cannot be told anything", "reason={}", std::strerror(errno));
    read_beat(env);
}

bool ServiceNotify::send(std::string_view message) {
    if (!socket_) return true;
    const auto* address = reinterpret_cast<const sockaddr*>(&address_);
    const ssize_t sent =
        ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL, address, address_size_);
    if (sent >= 0) return true;
    const int error = errno;
    if (!failed_.exchange(true))
        log::warn("the service manager does not hear", "message={} reason={}",
                  message.substr(0, message.find('\n')), std::strerror(error));
    return false;
}

#else

void ServiceNotify::open(const Env& /*env*/) {}
bool ServiceNotify::send(std::string_view /*message*/) { return true; }

#endif

void ServiceNotify::read_beat(const Env& env) {
    const std::string_view limit = text_of(env("WATCHDOG_USEC"));
    if (limit.empty() || names_another(text_of(env("WATCHDOG_PID")))) return;
    const auto microseconds = positive(limit);
    if (!microseconds) return log::warn("no signs of life are given", "WATCHDOG_USEC={}", limit);
    beat_ = std::chrono::microseconds(std::max<std::int64_t>(1, *microseconds / 2));
}

void ServiceNotify::ready() { send("READY=1"); }

void ServiceNotify::reloading() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    const std::int64_t microseconds = std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

void ServiceNotify::stopping() { send("STOPPING=1"); }

void ServiceNotify::alive() { send("WATCHDOG=1"); }

void ServiceNotify::status(const std::string& text) {
    if (text != status_ && send("STATUS=" + text)) status_ = text;
}

void ServiceNotify::extend(std::chrono::microseconds by) {
    send(fmt::format("EXTEND_TIMEOUT_USEC={}", by.count()));
}

void unset_service_variables() {
    for (const char* name :
         {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})
        ::unsetenv(name);
}

}  // namespace kaizen::runtime
