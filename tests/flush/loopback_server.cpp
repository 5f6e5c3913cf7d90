#include "tests/flush/loopback_server.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace kaizen::test {
namespace {

constexpr int kPatienceSeconds = 30;

std::size_t content_length(const std::string& head) {
    const std::size_t at = head.find("\r\nContent-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 18));
}

sockaddr_storage loopback_address(int family) {
    sockaddr_storage storage{};
    if (family == AF_INET6) {
        auto& address = reinterpret_cast<sockaddr_in6&>(storage);
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_loopback;
    } else {
        auto& address = reinterpret_cast<sockaddr_in&>(storage);
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return storage;
}

// A socket bound to a free port of the loopback; -1 where there is no such family.
int bind_loopback(int family, std::uint16_t& port) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    sockaddr_storage storage = loopback_address(family);
    socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
        ::close(fd);
        return -1;
    }
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    port = ntohs(reinterpret_cast<sockaddr_in&>(storage).sin_port);  // at the same place in both families
    return fd;
}

}  // namespace

bool Peer::read_more() {
    std::array<char, 16 * 1024> piece{};
    const ssize_t size = tls_ ? SSL_read(tls_.get(), piece.data(), piece.size())
                              : ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (size > 0) unread_.append(piece.data(), static_cast<std::size_t>(size));
    return size > 0;
}

std::string Peer::read_head() {
    while (unread_.find("\r\n\r\n") == std::string::npos)
        if (!read_more()) return {};
    const std::size_t size = unread_.find("\r\n\r\n") + 4;
    std::string head = unread_.substr(0, size);
    unread_.erase(0, size);
    return head;
}

std::string Peer::read_request() {
    std::string request = read_head();
    const std::size_t body = content_length(request);
    while (unread_.size() < body)
        if (!read_more()) return {};
    request += unread_.substr(0, body);
    unread_.erase(0, body);
    if (!request.empty()) on_request_(request);
    return request;
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                  : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void Peer::send_one_by_one(std::string_view bytes) {
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (std::size_t i = 0; i < bytes.size(); ++i) send(bytes.substr(i, 1));
}

void Peer::drip(char byte) {
    while (send(std::string_view(&byte, 1))) ::poll(nullptr, 0, 1);
}

void Peer::hold() {
    while (read_more()) unread_.clear();
}

void Peer::close() {
    if (tls_) SSL_shutdown(tls_.get());
    break_off();
}

void Peer::break_off() { ::shutdown(fd_.get(), SHUT_RDWR); }

void Peer::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool Peer::start_tls(const std::shared_ptr<SSL_CTX>& context) {
    tls_.reset(SSL_new(context.get()));
    SSL_set_fd(tls_.get(), fd_.get());
    return SSL_accept(tls_.get()) == 1;
}

std::string Peer::server_name() const {
    const char* name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
}

LoopbackServer::LoopbackServer(std::vector<Script> scripts, int family) : scripts_(std::move(scripts)) {
    std::signal(SIGPIPE, SIG_IGN);  // SSL_write knows no MSG_NOSIGNAL
    listener_ = UniqueFd(bind_loopback(family, port_));
    if (!listener_ || ::listen(listener_.get(), 16) != 0)
        throw std::runtime_error("cannot listen on loopback");
    acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
}

void LoopbackServer::accept_all() {
    for (std::size_t index = 0;; ++index) {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const timeval patience{kPatienceSeconds, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        ++connections_;
        threads_.emplace_back([this, index, fd] { run(index, fd); });
    }
}

void LoopbackServer::run(std::size_t index, int fd) {
    Peer peer(fd, [this](std::string request) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
    });
    {
        const std::lock_guard lock(mutex_);
        if (ending_) return;
        open_.push_back(fd);
    }
    if (index < scripts_.size()) scripts_[index](peer);
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
}

std::string LoopbackServer::url(std::string_view scheme, std::string_view host) const {
    return fmt::format("{}://{}:{}", scheme, host, port_);
}

std::vector<std::string> LoopbackServer::requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool has_ipv6() {
    std::uint16_t port = 0;
    return static_cast<bool>(UniqueFd(bind_loopback(AF_INET6, port)));
}

std::uint16_t unused_port() {
    std::uint16_t port = 0;
    const UniqueFd bound(bind_loopback(AF_INET, port));
    return port;
}

std::string http_answer(int status, std::string_view body, std::string_view more_headers) {
    return fmt::format("HTTP/1.1 {} Whatever\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                       more_headers, body);
}

Script answer_each(std::string answer) {
    return [answer = std::move(answer)](Peer& peer) {
        while (!peer.read_request().empty()) peer.send(answer);
    };
}

Script answer_with_bytes(std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer) {
        peer.read_request();
        peer.send(bytes);
        peer.close();
    };
}

Script over_tls(std::shared_ptr<SSL_CTX> context, Script then) {
    return [context = std::move(context), then = std::move(then)](Peer& peer) {
        if (peer.start_tls(context)) then(peer);
    };
}

}  // namespace kaizen::test
