#pragma once

// Signs of life for a service manager that watches over us: each is given only after a job ran on the worker
// and its caller went on on the I/O thread, so it proves both. Where nobody watches there is no timer. I/O
// thread only.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

#include "daemon/runtime/service_notify.h"
#include "daemon/runtime/worker.h"

namespace kaizen::runtime {

class Watchdog {
  public:
    // All of the arguments outlive it. `on_beat` is called after each sign.
    Watchdog(const boost::asio::any_io_executor& executor, Worker& worker, ServiceNotify& manager,
             std::function<void()> on_beat);

    boost::asio::awaitable<void> run();  // ends after stop(), or at once
    void stop();

  private:
    boost::asio::awaitable<void> beat();

    Worker& worker_;
    ServiceNotify& manager_;
    std::function<void()> on_beat_;
    boost::asio::steady_timer timer_;
    bool stopping_ = false;
};

}  // namespace kaizen::runtime
