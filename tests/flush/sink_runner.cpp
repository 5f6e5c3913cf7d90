#include "tests/flush/sink_runner.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace kaizen::test {

namespace asio = boost::asio;

flush::Destination destination(const std::string& url) {
    return {flush::parse_endpoint(url).value(), std::nullopt, ""};
}

flush::Request post(std::string body) {
    flush::Request request("POST", "/v1/events");
    request.body = std::move(body);
    return request;
}

SinkRunner::SinkRunner(flush::Destination destination, flush::HttpSinkOptions options) {
    sink_ = flush::make_http_sink(context_->get_executor(), worker_, std::move(destination), options);
}

SinkRunner::~SinkRunner() { worker_.stop(); }

flush::Reply SinkRunner::send(flush::Request request) { return wait(begin(std::move(request))); }

SinkRunner::Pending SinkRunner::begin(flush::Request request) {
    auto pending = std::make_shared<std::optional<flush::Reply>>();
    asio::co_spawn(*context_, sink_->send(std::move(request)),
                   [pending](std::exception_ptr error, flush::Reply reply) {
                       if (error) std::rethrow_exception(error);
                       *pending = std::move(reply);
                   });
    return pending;
}

flush::Reply SinkRunner::wait(const Pending& pending) {
    context_->restart();
    while (!*pending && context_->run_one() > 0) continue;
    return pending->value();
}

bool SinkRunner::run_steps(int steps, const Pending& pending) {
    for (; steps > 0 && !*pending; --steps) context_->run_one();
    return !*pending;
}

void SinkRunner::run_until(const std::function<bool()>& done) {
    context_->restart();
    while (!done()) {
        if (context_->poll() == 0) std::this_thread::yield();
    }
}

}  // namespace kaizen::test
