#include "tests/control/running_server.h"

#include <fmt/core.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>
#include <utility>

#include "common/log.h"

namespace kaizen::test {
namespace {

namespace asio = boost::asio;
using control::Request;
using control::Response;
using Answer = asio::awaitable<Response>;

constexpr auto kOutcome = asio::as_tuple(asio::use_awaitable);

class ProbedStream : public control::Stream {
  public:
    ProbedStream(asio::any_io_executor executor, std::shared_ptr<StreamProbe> probe)
        : timer_(std::move(executor)), probe_(std::move(probe)) {
        timer_.expires_at(asio::steady_timer::time_point::max());
        probe_->waiting = &timer_;
    }
    ~ProbedStream() override {
        probe_->waiting = nullptr;
        probe_->gone.set_value();
    }

    asio::awaitable<std::string> next() override {
        if (probe_->endless && !cancelled_) co_return std::string(64 * 1024, 'x');
        while (!cancelled_ && probe_->pieces.empty()) {
            if (probe_->fails_when_empty) throw std::runtime_error("the store is gone");
            co_await timer_.async_wait(kOutcome);
        }
        if (cancelled_) co_return std::string();
        std::string piece = std::move(probe_->pieces.front());
        probe_->pieces.pop_front();
        co_return piece;
    }

    void cancel() override {
        if (!std::exchange(cancelled_, true)) probe_->cancelled.set_value();
        timer_.cancel();
    }

  private:
    asio::steady_timer timer_;
    std::shared_ptr<StreamProbe> probe_;
    bool cancelled_ = false;
};

// Says what reached it: method, path, tail, query, size of the body.
Answer echo(Request request) {
    std::string query;
    for (const auto& [name, value] : request.query) query += fmt::format("[{}={}]", name, value);
    co_return Response(200, fmt::format("{} {} tail={} query={} body={}", request.method, request.path,
                                        request.tail, query, request.body.size()));
}

Answer wait_at(Gate* gate) {
    co_await gate->pass();
    co_return Response(200, R"({"waited":true})");
}

Answer fail_always(Request) {
    throw std::runtime_error("disk image is malformed");
    co_return Response();
}

Answer begin_stream(std::shared_ptr<StreamProbe> probe) {
    auto executor = co_await asio::this_coro::executor;
    Response response;
    response.stream = std::make_unique<ProbedStream>(std::move(executor), std::move(probe));
    co_return response;
}

Answer stop_after(Request) {
    Response response(200, R"({"state":"stopping"})");
    response.stop_after = true;
    co_return response;
}

// gtest captures stderr, and a program can do this only once.
void log_to_stderr() {
    static const bool done = [] {
        log::start(log::Level::info, log::Format::text);
        return true;
    }();
    static_cast<void>(done);
}

}  // namespace

asio::awaitable<void> Gate::pass() {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(std::move(executor));
    timer.expires_at(asio::steady_timer::time_point::max());
    waiting_ = &timer;
    entered.set_value();
    co_await timer.async_wait(kOutcome);
    waiting_ = nullptr;
}

void Gate::open() {
    if (waiting_ != nullptr) waiting_->cancel();
}

void StreamProbe::push(std::string piece) {
    pieces.push_back(std::move(piece));
    if (waiting != nullptr) waiting->cancel();
}

RunningServer::RunningServer(control::Deadlines deadlines) {
    log_to_stderr();
    server_ = control::make_control_server(
        context_->get_executor(), std::make_unique<control::SocketFile>(path()), routes(),
        [this] { server_->stop(); }, deadlines);
    asio::co_spawn(*context_, server_->run(), [this](std::exception_ptr error) {
        if (error) return ended_.set_exception(error);
        ended_.set_value();
    });
}

std::vector<control::Route> RunningServer::routes() {
    return {
        {"GET", "/v1/echo", echo},
        {"POST", "/v1/echo", echo},
        {"GET", "/v1/echo/{id}", echo},
        {"GET", "/v1/wait", [this](Request) { return wait_at(&gate); }},
        {"GET", "/v1/fail", fail_always},
        {"GET", "/v1/stream", [this](Request) { return begin_stream(stream); }},
        {"POST", "/v1/shutdown", stop_after},
    };
}

void RunningServer::start() {
    thread_ = std::thread([this] { context_->run(); });
}

void RunningServer::stop() {
    asio::post(*context_, [this] { server_->stop(); });
    end_.get();
}

control::ControlStats RunningServer::stats() {
    return on_io([this] { return server_->stats(); });
}

RunningServer::~RunningServer() {
    if (!context_) return;
    asio::post(*context_, [this] {
        server_->stop();
        gate.open();
    });
    if (thread_.joinable()) thread_.join();
}

}  // namespace kaizen::test
