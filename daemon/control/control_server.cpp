#include "daemon/control/control_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>
#include <set>
#include <utility>

#include "common/log.h"
#include "common/version.h"
#include "daemon/control/peer_listener.h"
#include "daemon/control/router.h"

namespace kaizen::control {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;
using HttpRequest = http::request<http::string_body>;
using Message = http::response<http::string_body>;
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kHeaderLimit = 8 * 1024;
constexpr std::size_t kBodyLimit = 1024 * 1024;
constexpr std::size_t kBufferLimit = 2 * kHeaderLimit;  // a body passes through it in pieces
constexpr std::size_t kMaxConnections = 64;
constexpr auto kOutcome = asio::as_tuple(asio::use_awaitable);

Message make_message(Response& response, bool keep_alive) {
    Message message;
    message.version(11);
    message.result(response.status);
    message.keep_alive(keep_alive);
    message.set("Kaizend-Version", kVersion);
    message.set("Kaizend-Api", "1");
    message.set(http::field::cache_control, "no-store");
    message.set(http::field::content_type, response.stream ? "application/x-ndjson" : response.content_type);
    if (response.status == 503) message.set(http::field::retry_after, "1");
    message.body() = std::move(response.body);
    if (response.stream) {
        message.chunked(true);
    } else {
        message.prepare_payload();
    }
    return message;
}

Head head_of(const HttpRequest& message) {
    Head head;
    head.is_http_1_1 = message.version() == 11;
    head.names_a_web_page = message.count(http::field::origin) + message.count(http::field::referer) > 0;
    head.host =
        message.count(http::field::host) == 1 ? std::string(message[http::field::host]) : std::string();
    head.method = std::string(message.method_string());
    head.target = std::string(message.target());
    return head;
}

// What all connections need. The server owns it and outlives them (daemon/README.md, coroutine rule 4).
struct Common {
    std::vector<Route> routes;
    std::function<void()> on_stop;
    Deadlines deadlines;
    bool stopping = false;
};

// One peer. Shared by its coroutine, by the one that watches for its leaving during a stream, and by the
// server, which stops it.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Protocol::socket socket, const Common& common)
        : common_(common), socket_(std::move(socket)), timer_(socket_.get_executor()) {}

    asio::awaitable<void> serve();

    // Asks: a stream ends, and so does a connection that has asked nothing yet; an answer under way goes on.
    void stop();
    void close();
    void drop_stream() { stream_.reset(); }

  private:
    enum class Expiry { ends_reading, closes };

    // Beast's own time-out closes the socket, which leaves no way to answer 408. Both of these hold for good,
    // so that it does not matter between which two operations the time runs out.
    void set_deadline(Milliseconds limit, Expiry expiry);
    void clear_deadline() { timer_.expires_at(asio::steady_timer::time_point::max()); }
    void expire(Expiry expiry);

    asio::awaitable<bool> read_request();  // false: it is over; where an answer was due it went out
    asio::awaitable<bool> answer();        // true: the connection stays for another request
    asio::awaitable<Response> call(const Route* route, Request request);
    void notice_leaving(std::shared_ptr<runtime::Asker> asker);
    asio::awaitable<bool> send(Message message);
    asio::awaitable<void> send_stream(Message head);
    asio::awaitable<bool> send_head(Message head);
    asio::awaitable<bool> send_chunk(std::string piece);  // an empty one is the last
    asio::awaitable<std::optional<std::string>> next_piece();
    static asio::awaitable<void> watch_peer(std::shared_ptr<Connection> self);
    [[nodiscard]] Response refuse_broken(error_code error) const;
    bool wrote(error_code error);

    const Common& common_;
    Protocol::socket socket_;
    asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_{kBufferLimit};
    HttpRequest request_;
    std::unique_ptr<Stream> stream_;
    bool answered_once_ = false;
    bool answering_ = false;
    bool timed_out_ = false;
};

void Connection::set_deadline(Milliseconds limit, Expiry expiry) {
    timed_out_ = false;
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this(), expiry](error_code) {
        if (const auto self = weak.lock()) self->expire(expiry);
    });
}

void Connection::expire(Expiry expiry) {
    if (timer_.expiry() > asio::steady_timer::clock_type::now()) return;  // set anew since
    timed_out_ = true;
    error_code ignored;
    if (expiry == Expiry::closes) return close();
    socket_.shutdown(Protocol::socket::shutdown_receive, ignored);
}

void Connection::close() {
    error_code ignored;
    socket_.close(ignored);
}

void Connection::stop() {
    if (!answering_) close();
    if (stream_) stream_->cancel();
}

asio::awaitable<void> Connection::serve() {
    co_await asio::this_coro::throw_if_cancelled(false);
    bool stays = true;
    while (stays && !common_.stopping) {
        const bool complete = co_await read_request();
        if (!complete) break;
        answering_ = true;
        stays = co_await answer();
        answering_ = false;
        answered_once_ = true;
    }
    clear_deadline();
    close();
}

asio::awaitable<bool> Connection::read_request() {
    if (buffer_.size() == 0) {
        const Milliseconds limit = answered_once_ ? common_.deadlines.idle : common_.deadlines.request;
        set_deadline(limit, Expiry::ends_reading);
        const auto space = buffer_.prepare(kHeaderLimit);
        const auto [error, bytes] = co_await socket_.async_read_some(space, kOutcome);
        if (error) co_return false;
        buffer_.commit(bytes);
    }
    set_deadline(common_.deadlines.request, Expiry::ends_reading);
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderLimit);
    parser.body_limit(kBodyLimit);
    const auto [error, bytes] = co_await http::async_read(socket_, buffer_, parser, kOutcome);
    clear_deadline();
    if (!error) {
        request_ = parser.release();
        co_return true;
    }
    Response response = refuse_broken(error);
    Message message = make_message(response, false);
    co_await send(std::move(message));
    co_return false;
}

Response Connection::refuse_broken(error_code error) const {
    if (timed_out_) return refusal(408, "timeout", "the request did not arrive in time");
    if (error == http::error::header_limit) return refusal(431, "too_large", "a header may have 8 KiB");
    if (error == http::error::body_limit) return refusal(413, "too_large", "a body may have 1 MiB");
    return refusal(400, "bad_request", "not an HTTP/1.1 request: " + error.message());
}

asio::awaitable<bool> Connection::answer() {
    // The answer to a HEAD (a 405) has a body, which its peer would take for the next answer.
    const bool wants_more = request_.keep_alive() && request_.method() != http::verb::head;
    const Head head = head_of(request_);
    Choice choice = choose(common_.routes, head);
    Response response = std::move(choice.refusal);
    choice.request.body = std::move(request_.body());
    if (choice.route != nullptr) {
        choice.request.asker = std::make_shared<runtime::Asker>();
        notice_leaving(choice.request.asker);
        response = co_await call(choice.route, std::move(choice.request));
        error_code ignored;
        socket_.cancel(ignored);  // no longer
    }
    bool stays = wants_more && !common_.stopping && !response.stream;
    Message message = make_message(response, stays);
    if (!choice.allow.empty()) message.set(http::field::allow, choice.allow);
    if (response.stream) {
        stream_ = std::move(response.stream);
        co_await send_stream(std::move(message));
        co_return false;
    }
    const bool sent = co_await send(std::move(message));
    if (!sent) stays = false;
    if (response.stop_after) common_.on_stop();
    co_return stays;
}

asio::awaitable<Response> Connection::call(const Route* route, Request request) {
    try {
        auto handler = route->handle(std::move(request));
        Response response = co_await std::move(handler);
        co_return response;
    } catch (const std::exception& error) {
        log::error("request failed", "route=\"{} {}\" error=\"{}\"", route->method, route->path,
                   error.what());
    }
    co_return refusal(500, "internal", "the daemon could not answer this", "its log says why");
}

// Not when the peer has only said all that it wants to say: it still reads.
void Connection::notice_leaving(std::shared_ptr<runtime::Asker> asker) {
    socket_.async_wait(Protocol::socket::wait_error, [asker = std::move(asker)](error_code error) {
        if (!error) asker->leave();
    });
}

asio::awaitable<bool> Connection::send(Message message) {
    set_deadline(common_.deadlines.write, Expiry::closes);
    const auto [error, bytes] = co_await http::async_write(socket_, message, kOutcome);
    co_return wrote(error);
}

asio::awaitable<bool> Connection::send_head(Message head) {
    set_deadline(common_.deadlines.write, Expiry::closes);
    http::response_serializer<http::string_body> serializer(head);
    const auto [error, bytes] = co_await http::async_write_header(socket_, serializer, kOutcome);
    co_return wrote(error);
}

asio::awaitable<bool> Connection::send_chunk(std::string piece) {
    set_deadline(common_.deadlines.write, Expiry::closes);
    error_code error;
    auto outcome = asio::redirect_error(asio::use_awaitable, error);
    if (piece.empty()) {
        const auto last = http::make_chunk_last();
        co_await asio::async_write(socket_, last, outcome);
    } else {
        const auto chunk = http::make_chunk(asio::buffer(piece));
        co_await asio::async_write(socket_, chunk, outcome);
    }
    co_return wrote(error);
}

bool Connection::wrote(error_code error) {
    clear_deadline();
    if (error && timed_out_) log::warn("peer dropped", "reason=\"it does not read its answer\"");
    return !error;
}

asio::awaitable<void> Connection::send_stream(Message head) {
    const bool begun = co_await send_head(std::move(head));
    if (!begun) co_return;
    asio::co_spawn(socket_.get_executor(), watch_peer(shared_from_this()), asio::detached);
    if (common_.stopping) stream_->cancel();
    bool sent = true;
    while (sent) {
        std::optional<std::string> piece = co_await next_piece();
        if (!piece) break;
        const bool last = piece->empty();
        sent = co_await send_chunk(std::move(*piece));
        if (last) break;
    }
    stream_.reset();
}

// Nothing when the stream failed: the peer then misses the last chunk, and so knows.
asio::awaitable<std::optional<std::string>> Connection::next_piece() {
    try {
        std::string piece = co_await stream_->next();
        co_return piece;
    } catch (const std::exception& error) {
        log::error("stream failed", "error=\"{}\"", error.what());
    }
    co_return std::nullopt;
}

// The peer of a stream has nothing more to say: when its end becomes readable, it left. Ends when the socket
// is closed, too.
asio::awaitable<void> Connection::watch_peer(std::shared_ptr<Connection> self) {
    const auto [error] = co_await self->socket_.async_wait(Protocol::socket::wait_read, kOutcome);
    if (!error && self->stream_) self->stream_->cancel();
}

class Server : public ControlServer {
  public:
    Server(const asio::any_io_executor& executor, std::unique_ptr<SocketFile> socket, Common common)
        : common_(std::move(common)), listener_(executor, std::move(socket)), drained_(executor) {}

    // After a cut, coroutines may wait until the context goes. The sources of their streams go before that.
    ~Server() override {
        for (const auto& connection : connections_) connection->drop_stream();
    }

    asio::awaitable<void> run() override;
    void stop() override;
    [[nodiscard]] ControlStats stats() const override;

  private:
    void admit(Protocol::socket socket);
    void turn_away(Protocol::socket socket);
    asio::awaitable<void> serve(std::shared_ptr<Connection> connection);

    Common common_;
    PeerListener listener_;
    asio::steady_timer drained_;  // runs while run() waits for the last answers, at no other time
    std::set<std::shared_ptr<Connection>> connections_;
    std::int64_t turned_away_ = 0;
};

asio::awaitable<void> Server::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    std::function<void(Protocol::socket)> admit_peer = [this](Protocol::socket socket) {
        admit(std::move(socket));
    };
    co_await listener_.run(std::move(admit_peer));
    stop();
    drained_.expires_after(common_.deadlines.stop);
    if (!connections_.empty()) co_await drained_.async_wait(kOutcome);
    if (!connections_.empty()) log::warn("answers cut off at stop", "connections={}", connections_.size());
    for (const auto& connection : connections_) connection->close();
}

void Server::admit(Protocol::socket socket) {
    if (connections_.size() >= kMaxConnections) return turn_away(std::move(socket));
    const auto executor = socket.get_executor();
    std::shared_ptr<Connection> connection;
    try {
        connection = std::make_shared<Connection>(std::move(socket), common_);
        connections_.insert(connection);
        asio::co_spawn(executor, serve(connection), asio::detached);  // serve() lets nothing out
    } catch (const std::exception& error) {
        connections_.erase(connection);
        log::error("connection failed", "error=\"{}\"", error.what());
    }
}

// Without waiting: so short an answer fits into the buffer of a new socket.
void Server::turn_away(Protocol::socket socket) {
    ++turned_away_;
    Response response =
        refusal(503, "too_many_connections", "64 connections are open", "try again in a second");
    const Message message = make_message(response, false);
    error_code ignored;
    socket.non_blocking(true, ignored);
    http::write(socket, message, ignored);
}

asio::awaitable<void> Server::serve(std::shared_ptr<Connection> connection) {
    try {
        co_await connection->serve();
    } catch (const std::exception& error) {
        log::error("connection failed", "error=\"{}\"", error.what());
        connection->close();
    }
    connections_.erase(connection);
    if (connections_.empty()) drained_.cancel();
}

void Server::stop() {
    if (common_.stopping) return;
    common_.stopping = true;
    listener_.stop();
    for (const auto& connection : connections_) connection->stop();
}

ControlStats Server::stats() const {
    ControlStats stats;
    stats.connections = static_cast<std::int64_t>(connections_.size());
    stats.refused = listener_.refused();
    stats.turned_away = turned_away_;
    return stats;
}

}  // namespace

std::unique_ptr<ControlServer> make_control_server(asio::any_io_executor executor,
                                                   std::unique_ptr<SocketFile> socket,
                                                   std::vector<Route> routes, std::function<void()> on_stop,
                                                   Deadlines deadlines) {
    Common common;
    common.routes = std::move(routes);
    common.on_stop = std::move(on_stop);
    common.deadlines = deadlines;
    return std::make_unique<Server>(executor, std::move(socket), std::move(common));
}

}  // namespace kaizen::control
