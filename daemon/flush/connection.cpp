#include "daemon/flush/connection.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/flush/excerpt.h"

namespace kaizen::flush {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kOutcome = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kProxyHeaderMost = 16'384;
constexpr auto kNever = asio::steady_timer::time_point::max();

// The status of "HTTP/1.1 200 …"; 0 when it does not begin so.
unsigned status_of(std::string_view answer) {
    constexpr std::size_t kDigits = sizeof("HTTP/1.1 ") - 1;
    if (!answer.starts_with("HTTP/1.") || answer.size() < kDigits + 3) return 0;
    unsigned status = 0;
    for (const char c : answer.substr(kDigits, 3)) {
        if (c < '0' || c > '9') return 0;
        status = status * 10 + static_cast<unsigned>(c - '0');
    }
    return status;
}

bool was_lost(error_code error) {
    return error == asio::error::eof || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe || error == asio::error::connection_aborted ||
           error == asio::ssl::error::stream_truncated;
}

Failure resolve_failure(error_code error, const std::string& host) {
    return Failure(Trouble::resolve,
                   fmt::format("no address for {}: {}", host, excerpt(error.message(), 100)),
                   "check the network; else the host's name in the configuration");
}

}  // namespace

Connection::Connection(const asio::any_io_executor& executor, const Destination& destination, TlsContext tls)
    : destination_(destination),
      tls_context_(std::move(tls)),
      socket_(executor),
      deadline_(executor),
      lookup_(executor) {}

asio::awaitable<std::optional<Failure>> Connection::open(TimePoint deadline) {
    set_deadline(deadline);
    const Error lookup = co_await resolve();
    if (late_ || cancelled_) co_return failure_of(lookup, "become known by its address");
    if (lookup) co_return resolve_failure(lookup, peer_host());
    const Error error = co_await connect(deadline);
    if (error) co_return failure_of(error, "take the connection");
    set_deadline(deadline);
    if (destination_.proxy && destination_.endpoint.tls) {
        std::optional<Failure> failure = co_await ask_proxy();
        if (failure) co_return failure;
    }
    if (destination_.endpoint.tls) {
        std::optional<Failure> failure = co_await shake_hands();
        if (failure) co_return failure;
    }
    co_return std::nullopt;
}

asio::awaitable<Connection::Error> Connection::resolve() {
    error_code no_literal;
    const auto address = asio::ip::make_address(peer_host(), no_literal);
    if (!no_literal) {
        addresses_.emplace_back(address, peer_port());
        co_return Error();
    }
    look_up();
    lookup_.expires_at(kNever);
    Error ended;
    auto outcome = asio::redirect_error(asio::use_awaitable, ended);
    co_await lookup_.async_wait(outcome);
    co_return lookup_error_;
}

// Without AI_ADDRCONFIG: connect() goes on to the next address anyhow, and the flag hides localhost on a
// machine without a network.
void Connection::look_up() {
    auto resolver = std::make_shared<Tcp::resolver>(socket_.get_executor());
    resolver->async_resolve(
        peer_host(), std::to_string(peer_port()), Tcp::resolver::numeric_service,
        [weak = weak_from_this(), resolver](error_code error, const Tcp::resolver::results_type& results) {
            const auto self = weak.lock();
            if (!self) return;
            self->lookup_error_ = error;
            for (const auto& result : results) self->addresses_.push_back(result.endpoint());
            self->lookup_.cancel();
        });
}

// An address that does not answer may use half of the time that is left, so that the next one has its turn.
asio::awaitable<Connection::Error> Connection::connect(TimePoint deadline) {
    Error error = asio::error::operation_aborted;  // what ended a look-up that gave neither address nor error
    for (std::size_t i = 0; i < addresses_.size() && !cancelled_; ++i) {
        const TimePoint now = asio::steady_timer::clock_type::now();
        const bool last = i + 1 == addresses_.size();
        set_deadline(last ? deadline : now + (deadline - now) / 2);
        late_ = false;
        socket_ = Tcp::socket(socket_.get_executor());
        const auto [outcome] = co_await socket_.async_connect(addresses_[i], kOutcome);
        error = late_ ? asio::error::timed_out : outcome;
        if (!error) break;
    }
    if (error) co_return error;
    error_code ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
    co_return error;
}

asio::awaitable<std::optional<Failure>> Connection::ask_proxy() {
    auto message = std::make_shared<Outgoing>();
    message->head = connect_request();
    Error error = co_await write(std::move(message));
    while (!error && unread_.find("\r\n\r\n") == std::string::npos && unread_.size() <= kProxyHeaderMost)
        error = co_await read_more();
    if (error) co_return failure_of(error, "answer");
    std::optional<Failure> failure = judge_proxy();
    unread_.clear();
    co_return failure;
}

std::string Connection::connect_request() const {
    const std::string target = authority_of(destination_.endpoint.host, destination_.endpoint.port);
    std::string text = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
    const std::string& authorization = destination_.proxy->authorization;
    if (!authorization.empty()) text += fmt::format("Proxy-Authorization: {}\r\n", authorization);
    return text + "\r\n";
}

std::optional<Failure> Connection::judge_proxy() const {
    const unsigned status = status_of(unread_);
    // A TLS server is silent until we speak: more than the header is not from it.
    const bool whole = unread_.find("\r\n\r\n") + 4 == unread_.size();
    if (status / 100 == 2 && whole) return std::nullopt;
    if (status == 0 || status / 100 == 2)
        return Failure(Trouble::proxy, fmt::format("{} does not answer like an HTTP proxy", peer()),
                       "check HTTPS_PROXY");
    return Failure(Trouble::proxy, fmt::format("{} refuses to connect us ({})", peer(), status),
                   status == 407 ? "it wants a user and password: HTTPS_PROXY=http://user:password@host:port"
                                 : "ask who runs the proxy, or name the host in NO_PROXY");
}

asio::awaitable<std::optional<Failure>> Connection::shake_hands() {
    heard_ = false;
    tls_.emplace(socket_, *tls_context_);
    expect_host(tls_->native_handle(), destination_.endpoint.host);
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kOutcome);
    if (!error) co_return std::nullopt;
    if (late_ || cancelled_ || was_lost(error)) co_return failure_of(error, "finish the TLS handshake");
    const std::string who = authority_of(destination_.endpoint.host, destination_.endpoint.port);
    co_return tls_failure(tls_->native_handle(), error, who, destination_.ca_file);
}

asio::awaitable<Connection::Error> Connection::write(std::shared_ptr<const Outgoing> message) {
    heard_ = false;
    const std::array<asio::const_buffer, 2> parts{asio::buffer(message->head), asio::buffer(message->body)};
    if (tls_) {
        const auto [error, bytes] = co_await asio::async_write(*tls_, parts, kOutcome);
        co_return error;
    }
    const auto [error, bytes] = co_await asio::async_write(socket_, parts, kOutcome);
    co_return error;
}

asio::awaitable<Connection::Error> Connection::read_more() {
    const auto room = asio::buffer(piece_);
    Error error;
    std::size_t size = 0;
    if (tls_) {
        const auto [outcome, bytes] = co_await tls_->async_read_some(room, kOutcome);
        error = outcome;
        size = bytes;
    } else {
        const auto [outcome, bytes] = co_await socket_.async_read_some(room, kOutcome);
        error = outcome;
        size = bytes;
    }
    unread_.append(piece_.data(), size);
    heard_ |= size > 0;
    co_return error;
}

bool Connection::is_quiet() {
    char byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

// Closing holds for good, so it does not matter between which two operations the time runs out.
void Connection::set_deadline(TimePoint deadline) {
    deadline_.expires_at(deadline);
    deadline_.async_wait([weak = weak_from_this()](error_code) {
        if (const auto self = weak.lock()) self->expire();
    });
}

void Connection::expire() {
    if (deadline_.expiry() > asio::steady_timer::clock_type::now()) return;  // set anew since
    late_ = true;
    close();
}

void Connection::clear_deadline() { deadline_.expires_at(kNever); }

void Connection::cancel() {
    cancelled_ = true;
    close();
}

void Connection::close() {
    clear_deadline();
    lookup_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

const std::string& Connection::peer_host() const {
    return destination_.proxy ? destination_.proxy->host : destination_.endpoint.host;
}

std::uint16_t Connection::peer_port() const {
    return destination_.proxy ? destination_.proxy->port : destination_.endpoint.port;
}

std::string Connection::peer() const {
    return (destination_.proxy ? "the proxy " : "") + authority_of(peer_host(), peer_port());
}

Failure Connection::failure_of(Error error, std::string_view doing) const {
    const std::string who = peer();
    if (cancelled_) return Failure(Trouble::cancelled, "stopped before the server answered", "");
    if (late_ || error == asio::error::timed_out)
        return Failure(Trouble::timeout, fmt::format("{} did not {} in time", who, doing),
                       "it is tried again; if it stays so, see whether the server is up");
    if (error == asio::error::connection_refused)
        return Failure(Trouble::refused, fmt::format("{} refuses connections", who),
                       "see whether the server is up, and its port in the configuration");
    if (was_lost(error))
        return Failure(
            Trouble::reset,
            fmt::format("{} closed the connection {}", who,
                        heard_ ? "in the middle of its answer" : "and did not " + std::string(doing)),
            "it is tried again; if it stays so, the server's log may say why");
    if (error == asio::error::operation_aborted)
        return Failure(Trouble::cancelled, "stopped before the server answered", "");
    if (error.category() == asio::error::get_ssl_category())
        return Failure(Trouble::tls, fmt::format("{} ended TLS: {}", who, excerpt(error.message(), 100)),
                       "the server's log may say why; one that wants a certificate of ours is not supported");
    return Failure(Trouble::unreachable, fmt::format("no way to {}: {}", who, excerpt(error.message(), 100)),
                   "check the network");
}

}  // namespace kaizen::flush
