#include "tests/ctl/fake_daemon.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "common/version.h"

namespace kaizen::ctl {
namespace {

UniqueFd listen_on(const std::string& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    if (!fd || ::bind(fd.get(), where, sizeof address) != 0 || ::listen(fd.get(), 16) != 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return fd;
}

// What Content-Length says is still to come behind the head.
std::size_t body_size(const std::string& head) {
    constexpr std::string_view kField = "Content-Length: ";
    const std::size_t at = head.find(kField);
    std::size_t size = 0;
    if (at != std::string::npos)
        std::from_chars(head.data() + at + kField.size(), head.data() + head.size(), size);
    return size;
}

}  // namespace

FakeDaemon::FakeDaemon(const std::string& socket_path, Handler handler)
    : handler_(std::move(handler)), listener_(listen_on(socket_path)), thread_([this] { serve(); }) {}

FakeDaemon::~FakeDaemon() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
}

std::vector<std::string> FakeDaemon::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void FakeDaemon::serve() {
    while (true) {
        const UniqueFd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer) return;
        answer(peer);
    }
}

void FakeDaemon::answer(const UniqueFd& peer) {
    std::string request;
    char piece[4096];
    std::size_t head = std::string::npos;
    while (head == std::string::npos || request.size() < head + 4 + body_size(request.substr(0, head))) {
        const ssize_t n = ::recv(peer.get(), piece, sizeof piece, 0);
        if (n <= 0) return;
        request.append(piece, static_cast<std::size_t>(n));
        head = request.find("\r\n\r\n");
    }
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request.substr(0, request.find(" HTTP/")));
    }
    std::string bytes = handler_(request);
    if (bytes.empty()) {
        while (::recv(peer.get(), piece, sizeof piece, 0) > 0) {
        }
    }
    while (!bytes.empty()) {
        const ssize_t n = ::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        bytes.erase(0, static_cast<std::size_t>(n));
    }
}

std::string http_answer(const std::string& status, const std::string& body) {
    return http_answer_of(kVersion, kControlApi, status, body);
}

std::string http_answer_of(const std::string& version, int api, const std::string& status,
                           const std::string& body) {
    return fmt::format(
        "HTTP/1.1 {}\r\nKaizend-Version: {}\r\nKaizend-Api: {}\r\nContent-Type: "
        "application/json\r\nContent-Length: {}\r\n\r\n{}",
        status, version, api, body.size(), body);
}

std::string stream_head() {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nKaizend-Version: {}\r\nKaizend-Api: {}\r\nContent-Type: application/x-ndjson\r\n"
        "Transfer-Encoding: chunked\r\n\r\n",
        kVersion, kControlApi);
}

std::string chunk(const std::string& bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

}  // namespace kaizen::ctl
