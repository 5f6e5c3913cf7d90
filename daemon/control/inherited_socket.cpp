#include "daemon/control/inherited_socket.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace kaizen::control {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START

std::string_view text_of(const char* value) { return value == nullptr ? std::string_view() : value; }

bool has_option(int fd, int option, int wanted) {
    int value = 0;
    socklen_t size = sizeof(value);
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

// Where a Unix socket is bound; nothing when it is none.
std::optional<std::string> bound_path(int fd) {
    sockaddr_un address{};
    socklen_t size = sizeof(address);
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
    if (address.sun_family != AF_UNIX) return std::nullopt;
    const std::size_t length =
        size > offsetof(sockaddr_un, sun_path) ? size - offsetof(sockaddr_un, sun_path) : 0;
    return std::string(address.sun_path, ::strnlen(address.sun_path, length));
}

tl::unexpected<Error> refuse(const std::string& what) {
    return fail(ErrorCode::bad_input, "the service manager passed " + what,
                "kaizend takes one listening Unix stream socket, as kaizend.socket has it");
}

}  // namespace

Result<std::optional<InheritedSocket>> inherited_socket(const Env& env) {
    const std::string_view count = text_of(env("LISTEN_FDS"));
    if (count.empty() || text_of(env("LISTEN_PID")) != std::to_string(::getpid())) return std::nullopt;
    if (count != "1") return refuse(fmt::format("{} descriptors", count));
    struct stat found {};
    if (::fstat(kFirst, &found) != 0)
        return refuse(fmt::format("descriptor {}: {}", kFirst, std::strerror(errno)));
    const auto path = S_ISSOCK(found.st_mode) ? bound_path(kFirst) : std::nullopt;
    if (!path || !has_option(kFirst, SO_TYPE, SOCK_STREAM) || !has_option(kFirst, SO_ACCEPTCONN, 1))
        return refuse("something that does not listen for kaizenctl");
    if (::fcntl(kFirst, F_SETFD, FD_CLOEXEC) != 0)
        return refuse(fmt::format("descriptor {}: {}", kFirst, std::strerror(errno)));
    return InheritedSocket{UniqueFd(kFirst), *path};
}

}  // namespace kaizen::control
