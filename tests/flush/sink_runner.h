#pragma once

// A sink on the test's own thread: send() returns when the reply is there.

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/flush/http_sink.h"
#include "daemon/runtime/worker.h"

namespace kaizen::test {

[[nodiscard]] flush::Destination destination(const std::string& url);
[[nodiscard]] flush::Request post(std::string body = "{}");

class SinkRunner {
  public:
    explicit SinkRunner(flush::Destination destination, flush::HttpSinkOptions options = {});
    ~SinkRunner();

    flush::Reply send(flush::Request request);
    // For more than one at once: begins, and wait() runs until it is there.
    using Pending = std::shared_ptr<std::optional<flush::Reply>>;
    [[nodiscard]] Pending begin(flush::Request request);
    flush::Reply wait(const Pending& pending);

    void run_until(const std::function<bool()>& done);  // polls; for what other threads do
    // Runs that many handlers; false when the reply came before.
    bool run_steps(int steps, const Pending& pending);
    void run_until_idle() { context_->run(); }  // until nothing is left that could happen
    void stop() { sink_->stop(); }
    void drop_sink() { sink_.reset(); }
    void drop_context() { context_.reset(); }

  private:
    runtime::Worker worker_;
    std::optional<boost::asio::io_context> context_{1};
    std::unique_ptr<flush::Sink> sink_;
};

}  // namespace kaizen::test
