#include "daemon/runtime/watchdog.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace kaizen::runtime {

namespace asio = boost::asio;

Watchdog::Watchdog(const asio::any_io_executor& executor, Worker& worker, ServiceNotify& manager,
                   std::function<void()> on_beat)
    : worker_(worker), manager_(manager), on_beat_(std::move(on_beat)), timer_(executor) {}

asio::awaitable<void> Watchdog::run() {
    while (manager_.beat() && !stopping_) {
        timer_.expires_after(*manager_.beat());
        boost::system::error_code cancelled;
        auto token = asio::redirect_error(asio::use_awaitable, cancelled);
        co_await timer_.async_wait(token);
        if (!stopping_) co_await beat();
    }
}

asio::awaitable<void> Watchdog::beat() {
    auto nothing = [] {};
    co_await worker_.run(std::move(nothing));
    manager_.alive();
    if (!stopping_) on_beat_();
}

void Watchdog::stop() {
    stopping_ = true;
    timer_.cancel();
}

}  // namespace kaizen::runtime
