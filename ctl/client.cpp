#include "ctl/client.h"

#include <fmt/core.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <exception>
#include <optional>
#include <vector>

#include "common/version.h"
#include "proto/control.h"

namespace kaizen::ctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds kConnectPatience{2};
constexpr std::chrono::seconds kSlack{
    2};  // the stream's own time-outs come first and know better what was late
constexpr std::size_t kMaxBody = 64 << 20;
constexpr std::size_t kMaxLine = 16 << 20;
constexpr std::uint32_t kMaxHeader = 16 << 10;
constexpr std::size_t kPiece = 64 << 10;
constexpr char kHowToStart[] = "start it with: kaizend   (or daemon/run in a checkout)";

http::request<http::string_body> make_request(http::verb verb, const std::string& target,
                                              const std::string& body) {
    http::request<http::string_body> request(verb, target, 11);
    request.set(http::field::host, "kaizend");
    request.set(http::field::user_agent, fmt::format("kaizenctl/{}", kVersion));
    request.set("Kaizenctl-Version", kVersion);
    request.set(http::field::connection, "close");
    if (verb == http::verb::post) {
        request.set(http::field::content_type, "application/json");
        request.body() = body;
    }
    request.prepare_payload();
    return request;
}

ErrorCode to_code(std::string_view code) {
    if (code == "not_found") return ErrorCode::not_found;
    if (code == "conflict") return ErrorCode::conflict;
    if (code == "forbidden") return ErrorCode::denied;
    if (code == "bad_request") return ErrorCode::usage;
    if (code == "bad_config") return ErrorCode::bad_input;
    if (code == "warming_up") return ErrorCode::unavailable;
    return ErrorCode::internal;
}

Failure refusal(unsigned status, const std::string& body) {
    const auto error = proto::error_from_json(body);
    if (!error)
        return Error(ErrorCode::internal, fmt::format("kaizend answered {} and gave no reason", status));
    std::string hint = error->hint;
    for (const std::string& id : error->candidates) hint += "\n  " + id;
    return Failure(Error(to_code(error->code), error->message, std::move(hint)), body);
}

// One connection, one request, one answer. Lives on the stack of Client's functions, longer than its
// io_context runs.
class Exchange {
  public:
    Exchange(const std::string& socket_path, http::request<http::string_body> request,
             const Client::OnLine* on_line)
        : socket_path_(socket_path),
          request_(std::move(request)),
          on_line_(on_line),
          stream_(io_),
          piece_(kPiece) {}

    [[nodiscard]] Answered<Answer> run(std::chrono::milliseconds patience);

  private:
    asio::awaitable<void> talk(std::chrono::milliseconds patience);
    asio::awaitable<void> connect();
    asio::awaitable<void> read_header();
    asio::awaitable<void> read_body();

    void take(std::string_view bytes);
    void take_lines();
    [[nodiscard]] bool streams() const { return on_line_ != nullptr && status_ == 200; }
    void give_up(ErrorCode code, std::string message, std::string hint = {});
    void give_up_on_connecting(const error_code& reason);
    void give_up_on_answer(const error_code& reason);

    const std::string& socket_path_;
    http::request<http::string_body> request_;
    const Client::OnLine* on_line_;  // null: the body is kept
    asio::io_context io_{1};
    beast::basic_stream<asio::local::stream_protocol> stream_;
    beast::flat_buffer buffer_;
    http::response_parser<http::buffer_body> parser_;
    std::vector<char> piece_;
    unsigned status_ = 0;
    Answer answer_;
    std::optional<Failure> failure_;
};

Answered<Answer> Exchange::run(std::chrono::milliseconds patience) {
    bool over = false;
    asio::co_spawn(io_, talk(patience), [&over](std::exception_ptr thrown) {
        over = true;
        if (thrown) std::rethrow_exception(thrown);
    });
    if (on_line_ != nullptr)
        io_.run();
    else
        io_.run_for(kConnectPatience + patience + kSlack);
    if (!over) give_up(ErrorCode::timeout, "kaizend did not answer in time");
    if (failure_) return tl::unexpected(std::move(*failure_));
    if (status_ >= 400) return tl::unexpected(refusal(status_, answer_.body));
    return std::move(answer_);
}

asio::awaitable<void> Exchange::talk(std::chrono::milliseconds patience) {
    co_await connect();
    if (failure_) co_return;
    stream_.expires_after(patience);
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await http::async_write(stream_, request_, token);
    if (!failed)
        co_await read_header();
    else
        give_up_on_answer(failed);
    if (failure_) co_return;
    if (streams()) stream_.expires_never();
    co_await read_body();
}

asio::awaitable<void> Exchange::connect() {
    asio::local::stream_protocol::endpoint endpoint;
    try {
        endpoint.path(socket_path_);
    } catch (const boost::system::system_error&) {
        give_up(ErrorCode::usage, fmt::format("the socket path is too long: {}", socket_path_));
        co_return;
    }
    stream_.expires_after(kConnectPatience);
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await stream_.async_connect(endpoint, token);
    if (failed) give_up_on_connecting(failed);
}

asio::awaitable<void> Exchange::read_header() {
    parser_.header_limit(kMaxHeader);
    if (on_line_ != nullptr)
        parser_.body_limit(boost::none);
    else
        parser_.body_limit(kMaxBody);
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await http::async_read_header(stream_, buffer_, parser_, token);
    if (failed) {
        give_up_on_answer(failed);
        co_return;
    }
    const auto& header = parser_.get();
    status_ = header.result_int();
    answer_.version = header["Kaizend-Version"];
    const std::string_view api = header["Kaizend-Api"];
    std::from_chars(api.data(), api.data() + api.size(), answer_.api);
}

asio::awaitable<void> Exchange::read_body() {
    while (!parser_.is_done() && !failure_) {
        parser_.get().body().data = piece_.data();
        parser_.get().body().size = piece_.size();
        error_code failed;
        auto token = asio::redirect_error(asio::use_awaitable, failed);
        co_await http::async_read_some(stream_, buffer_, parser_, token);
        take(std::string_view(piece_.data(), piece_.size() - parser_.get().body().size));
        if (failed && failed != http::error::need_buffer) give_up_on_answer(failed);
    }
}

void Exchange::take(std::string_view bytes) {
    answer_.body.append(bytes);
    if (streams()) take_lines();
    if (answer_.body.size() > (streams() ? kMaxLine : kMaxBody)) {
        give_up(ErrorCode::bad_input, "kaizend's answer is too large to be one");
    }
}

void Exchange::take_lines() {
    std::string_view rest = answer_.body;
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        if (end > 0) (*on_line_)(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    answer_.body.erase(0, answer_.body.size() - rest.size());
}

void Exchange::give_up(ErrorCode code, std::string message, std::string hint) {
    if (!failure_) failure_.emplace(Error(code, std::move(message), std::move(hint)));
}

void Exchange::give_up_on_connecting(const error_code& reason) {
    using namespace boost::system;
    if (reason == errc::permission_denied || reason == errc::operation_not_permitted) {
        give_up(ErrorCode::denied, fmt::format("{}: permission denied", socket_path_),
                "kaizend belongs to the user who started it");
    } else if (reason == beast::error::timeout) {
        give_up(ErrorCode::timeout, fmt::format("{}: kaizend does not take the connection", socket_path_));
    } else if (reason == errc::no_such_file_or_directory || reason == errc::connection_refused) {
        give_up(ErrorCode::unreachable,
                fmt::format("kaizend is not running (nobody listens on {})", socket_path_), kHowToStart);
    } else {
        give_up(ErrorCode::unreachable, fmt::format("{}: {}", socket_path_, reason.message()), kHowToStart);
    }
}

void Exchange::give_up_on_answer(const error_code& reason) {
    if (reason == beast::error::timeout) {
        give_up(ErrorCode::timeout, "kaizend did not answer in time");
    } else if (reason == http::error::body_limit || reason == http::error::header_limit) {
        give_up(ErrorCode::bad_input, "kaizend's answer is too large to be one");
    } else if (reason.category() == http::make_error_code(http::error::bad_version).category() &&
               reason != http::error::end_of_stream && reason != http::error::partial_message) {
        give_up(ErrorCode::bad_input,
                fmt::format("{}: the answer is not HTTP ({})", socket_path_, reason.message()));
    } else {
        give_up(ErrorCode::unreachable, "kaizend closed the connection", "its log says why");
    }
}

}  // namespace

Answered<Answer> Client::get(const std::string& target, std::chrono::milliseconds patience) const {
    return Exchange(socket_path_, make_request(http::verb::get, target, {}), nullptr).run(patience);
}

Answered<Answer> Client::post(const std::string& target, const std::string& body,
                              std::chrono::milliseconds patience) const {
    return Exchange(socket_path_, make_request(http::verb::post, target, body), nullptr).run(patience);
}

Answered<Answer> Client::erase(const std::string& target) const {
    return Exchange(socket_path_, make_request(http::verb::delete_, target, {}), nullptr).run(kPatience);
}

Answered<> Client::follow(const std::string& target, const OnLine& on_line) const {
    const auto end =
        Exchange(socket_path_, make_request(http::verb::get, target, {}), &on_line).run(kPatience);
    if (!end) return tl::unexpected(end.error());
    return {};
}

}  // namespace kaizen::ctl
