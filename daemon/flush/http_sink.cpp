#include "daemon/flush/http_sink.h"

#include <fmt/core.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/version.h"
#include "daemon/flush/excerpt.h"
#include "daemon/flush/kept_connections.h"

namespace kaizen::flush {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = asio::steady_timer::clock_type;
using TimePoint = Connection::TimePoint;

constexpr std::uint32_t kHeaderMost = 16'384;
constexpr std::uint64_t kBodyMost = 1 << 20;
constexpr std::size_t kUnreadMost = 65'536;  // of a header, or of a chunk's size line, that does not end
constexpr int kInterimMost = 16;
constexpr std::string_view kProtocol = "HTTP/1.";
constexpr std::size_t kSecretLeast = 6;  // anything shorter stands in every text by chance

// One answer out of bytes that arrive in pieces. Interim answers (100, 103) before it are skipped.
class AnswerReader {
  public:
    AnswerReader() { begin(); }

    void take_from(Connection& connection);
    void end(const Connection& connection, error_code error);  // it gives no more
    [[nodiscard]] bool is_over() const { return error_ || parser_->is_done(); }
    [[nodiscard]] bool may_stay() const { return !error_ && parser_->keep_alive(); }
    [[nodiscard]] Reply reply(const Connection& connection, const std::string& who);

  private:
    void begin();
    void skip_interim();
    [[nodiscard]] Failure failure(const Connection& connection, const std::string& who) const;

    std::optional<http::response_parser<http::string_body>> parser_;
    error_code error_;
    bool understood_ = false;  // something of this answer
    int interim_ = 0;
};

void AnswerReader::begin() {
    understood_ = false;
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kHeaderMost);
    parser_->body_limit(kBodyMost);
}

void AnswerReader::take_from(Connection& connection) {
    while (!is_over() && !connection.unread().empty()) {
        error_code error;
        const std::size_t used = parser_->put(asio::buffer(connection.unread()), error);
        connection.consume(used);
        understood_ |= used > 0;
        if (error == http::error::need_more) {
            if (connection.unread().size() > kUnreadMost) error_ = http::error::buffer_overflow;
            return;
        }
        error_ = error;
        if (!error_ && parser_->is_done()) skip_interim();
    }
}

// 101 is none of them: after it, something else than HTTP is spoken.
void AnswerReader::skip_interim() {
    const unsigned status = parser_->get().result_int();
    if (status / 100 != 1 || status == 101) return;
    if (++interim_ > kInterimMost) error_ = http::error::bad_status;
    if (!error_) begin();
}

void AnswerReader::end(const Connection& connection, error_code error) {
    error_ = error;
    // A peer that speaks something else (TLS, say) and leaves: that is no answer cut short.
    const std::string_view first = std::string_view(connection.unread()).substr(0, kProtocol.size());
    const bool foreign = !understood_ && !kProtocol.starts_with(first);
    if (error == asio::error::eof && foreign) error_ = http::error::bad_version;
    if (error_ != asio::error::eof || !parser_->got_some()) return;
    error_code cut;
    parser_->put_eof(cut);
    if (!cut && parser_->is_done()) error_ = error_code();  // the end of the connection is that of the body
}

Failure AnswerReader::failure(const Connection& connection, const std::string& who) const {
    if (error_ == http::error::header_limit || error_ == http::error::body_limit ||
        error_ == http::error::buffer_overflow)
        return Failure(Trouble::too_large,
                       fmt::format("the answer of {} is larger than 16 KiB of header or 1 MiB of body", who),
                       "see what answers there: it is hardly an ingest endpoint");
    if (error_.category() == make_error_code(http::error::bad_status).category())
        return Failure(Trouble::bad_http,
                       fmt::format("{} does not answer in HTTP/1.1: {}", who, error_.message()),
                       "see what answers there, and its port in the configuration");
    return connection.failure_of(error_, "answer");
}

Reply AnswerReader::reply(const Connection& connection, const std::string& who) {
    if (error_) return Reply(failure(connection, who));
    auto message = parser_->release();
    Reply reply;
    reply.status = message.result_int();
    reply.location = std::string(message[http::field::location]);
    reply.retry_after = std::string(message[http::field::retry_after]);
    reply.date = std::string(message[http::field::date]);
    reply.content_type = std::string(message[http::field::content_type]);
    reply.ingest = std::string(message["X-Kaizen-Ingest"]);
    reply.body = std::move(message.body());
    return reply;
}

void hide(std::string& text, const std::string& secret) {
    if (secret.size() < kSecretLeast) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
        text.replace(at, secret.size(), "***");
}

bool holds_control(const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

class HttpSink : public Sink {
  public:
    HttpSink(asio::any_io_executor executor, runtime::Worker& worker, Destination destination,
             HttpSinkOptions options)
        : executor_(std::move(executor)),
          worker_(worker),
          destination_(std::move(destination)),
          options_(options),
          who_(authority_of(destination_.endpoint.host, destination_.endpoint.port)),
          kept_(std::make_shared<KeptConnections>(executor_, options_.keep_alive)) {}
    ~HttpSink() override { kept_->close_all(); }

    asio::awaitable<Reply> send(Request request) override;
    void stop() override;

  private:
    using Message = std::shared_ptr<const Outgoing>;

    asio::awaitable<Reply> deliver(Message message);
    asio::awaitable<Reply> deliver_fresh(Message message, TimePoint deadline);
    asio::awaitable<Reply> exchange(std::shared_ptr<Connection> connection, Message message,
                                    TimePoint deadline);
    asio::awaitable<tl::expected<TlsContext, Failure>> load_store();
    [[nodiscard]] std::string head_of(const Request& request) const;
    void remember(const std::shared_ptr<Connection>& connection);
    [[nodiscard]] bool is_proxied_plainly() const { return destination_.proxy && !destination_.endpoint.tls; }

    asio::any_io_executor executor_;
    runtime::Worker& worker_;
    const Destination destination_;
    const HttpSinkOptions options_;
    const std::string who_;
    TlsContext tls_;  // empty until the first https request
    std::shared_ptr<KeptConnections> kept_;
    std::vector<std::weak_ptr<Connection>> in_use_;  // or just gone; for stop()
    bool stopping_ = false;
};

std::optional<Failure> refuse(const Request& request) {
    for (const auto& [name, value] : request.headers) {
        if (!holds_control(name) && !holds_control(value)) continue;
        return Failure(Trouble::unsendable,
                       fmt::format("the header {} holds a line break or the like", excerpt(name, 60)),
                       "see what the configuration (a token, a token file) gives for it");
    }
    return std::nullopt;
}

asio::awaitable<Reply> HttpSink::send(Request request) {
    std::optional<Failure> refusal = refuse(request);
    if (refusal) co_return Reply(std::move(*refusal));
    auto message = std::make_shared<Outgoing>();
    message->head = head_of(request);
    message->body = std::move(request.body);
    Reply reply = co_await deliver(std::move(message));
    for (const std::string& secret : request.secrets) {
        hide(reply.body, secret);
        hide(reply.location, secret);
    }
    co_return reply;
}

// A plain request goes to a proxy with the whole URL.
std::string HttpSink::head_of(const Request& request) const {
    const std::string host = host_header_of(destination_.endpoint);
    std::string head = fmt::format("{} {}{}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: kaizend/{}\r\n",
                                   request.method, is_proxied_plainly() ? "http://" + host : "",
                                   destination_.endpoint.prefix, request.path, host, kVersion);
    for (const auto& [name, value] : request.headers) head += fmt::format("{}: {}\r\n", name, value);
    if (is_proxied_plainly() && !destination_.proxy->authorization.empty())
        head += fmt::format("Proxy-Authorization: {}\r\n", destination_.proxy->authorization);
    if (request.method != "GET") head += fmt::format("Content-Length: {}\r\n", request.body.size());
    return head + "\r\n";
}

// A kept connection that broke before a byte of the answer is no news about the server: once more, on a fresh
// one. The server may have taken the request all the same, which the idempotency key makes harmless.
asio::awaitable<Reply> HttpSink::deliver(Message message) {
    const TimePoint deadline = Clock::now() + options_.request_timeout;
    std::shared_ptr<Connection> kept = kept_->take();
    if (kept) {
        remember(kept);
        Reply reply = co_await exchange(kept, message, deadline);
        const bool stale = reply.failure && reply.failure->trouble == Trouble::reset && !kept->heard();
        if (!stale) co_return reply;
    }
    Reply reply = co_await deliver_fresh(message, deadline);
    co_return reply;
}

asio::awaitable<Reply> HttpSink::deliver_fresh(Message message, TimePoint deadline) {
    if (destination_.endpoint.tls && !tls_ && !stopping_) {
        auto loaded = co_await load_store();
        if (!loaded) co_return Reply(std::move(loaded.error()));
        tls_ = std::move(*loaded);
    }
    if (stopping_) co_return Reply(Failure(Trouble::cancelled, "stopped before anything was sent", ""));
    auto connection = std::make_shared<Connection>(executor_, destination_, tls_);
    remember(connection);
    const TimePoint connected_by = std::min(deadline, Clock::now() + options_.connect_timeout);
    std::optional<Failure> failure = co_await connection->open(connected_by);
    if (failure) {
        connection->close();
        co_return Reply(std::move(*failure));
    }
    Reply reply = co_await exchange(connection, message, deadline);
    co_return reply;
}

asio::awaitable<tl::expected<TlsContext, Failure>> HttpSink::load_store() {
    auto load = [file = destination_.ca_file] { return load_tls_context(file); };
    return worker_.run(std::move(load));
}

// An error of writing is left to reading: a server that refuses early (413) closes while we still write, and
// its answer is there.
asio::awaitable<Reply> HttpSink::exchange(std::shared_ptr<Connection> connection, Message message,
                                          TimePoint deadline) {
    connection->set_deadline(deadline);
    const error_code unsent = co_await connection->write(message);
    AnswerReader reader;
    while (!reader.is_over()) {
        const error_code error = co_await connection->read_more();
        reader.take_from(*connection);
        if (error && !reader.is_over()) reader.end(*connection, error);
    }
    connection->clear_deadline();
    const bool stays = !unsent && reader.may_stay() && connection->unread().empty() && !stopping_;
    Reply reply = reader.reply(*connection, who_);
    if (stays)
        kept_->put(std::move(connection));
    else
        connection->close();
    reply.over_plain_http = !destination_.endpoint.tls;
    if (is_proxied_plainly() && reply.status == 407)
        reply = Reply(Failure(Trouble::proxy, "the proxy wants a user and password (407)",
                              "http_proxy=http://user:password@host:port"));
    co_return reply;
}

void HttpSink::remember(const std::shared_ptr<Connection>& connection) {
    std::erase_if(in_use_, [](const std::weak_ptr<Connection>& one) { return one.expired(); });
    in_use_.push_back(connection);
}

void HttpSink::stop() {
    stopping_ = true;
    kept_->close_all();
    for (const auto& one : in_use_)
        if (const auto connection = one.lock()) connection->cancel();
}

}  // namespace

std::unique_ptr<Sink> make_http_sink(asio::any_io_executor executor, runtime::Worker& worker,
                                     Destination destination, HttpSinkOptions options) {
    return std::make_unique<HttpSink>(std::move(executor), worker, std::move(destination), options);
}

}  // namespace kaizen::flush
