#include "tests/control/peer.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace kaizen::test {
namespace {

constexpr timeval kPatience{30, 0};

}  // namespace

std::string Reply::header(std::string_view name) const {
    const std::string start = fmt::format("\r\n{}: ", name);
    const std::size_t at = head.find(start);
    if (at == std::string::npos) return {};
    const std::size_t value = at + start.size();
    return head.substr(value, head.find("\r\n", value) - value);
}

Peer::Peer(const std::string& socket_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(socket_path.begin(), socket_path.end(), std::begin(address.sun_path));
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        throw std::system_error(errno, std::generic_category(), "connect " + socket_path);
    }
}

void Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
        if (n < 0) throw std::system_error(errno, std::generic_category(), "send");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void Peer::finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }

bool Peer::read_more() {
    std::array<char, 64 * 1024> bytes;
    const ssize_t n = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (n < 0 && errno != ECONNRESET) throw std::system_error(errno, std::generic_category(), "recv");
    if (n <= 0) return false;
    unread_.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
}

std::string Peer::read_until(std::string_view end) {
    std::size_t at = unread_.find(end);
    while (at == std::string::npos) {
        if (!read_more()) throw std::runtime_error("the server closed after: " + unread_);
        at = unread_.find(end);
    }
    std::string out = unread_.substr(0, at + end.size());
    unread_.erase(0, out.size());
    return out;
}

std::string Peer::read_to_end() {
    while (read_more()) continue;
    return std::move(unread_);
}

Reply Peer::read_reply() {
    Reply reply;
    reply.head = read_until("\r\n\r\n");
    if (!reply.head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an answer: " + reply.head);
    std::from_chars(reply.head.data() + 9, reply.head.data() + 12, reply.status);
    const std::string length = reply.header("Content-Length");
    std::size_t size = 0;
    const auto parsed = std::from_chars(length.data(), length.data() + length.size(), size);
    if (parsed.ec != std::errc()) throw std::runtime_error("no Content-Length: " + reply.head);
    while (unread_.size() < size) {
        if (!read_more()) throw std::runtime_error("the server closed within a body: " + unread_);
    }
    reply.body = unread_.substr(0, size);
    unread_.erase(0, size);
    return reply;
}

std::string request_text(std::string_view method, std::string_view target, std::string_view more,
                         std::string_view body) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: kaizend\r\n{}", method, target, more);
    if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
    return text + "\r\n" + std::string(body);
}

Reply Peer::ask(std::string_view method, std::string_view target, std::string_view more,
                std::string_view body) {
    send(request_text(method, target, more, body));
    return read_reply();
}

}  // namespace kaizen::test
