#include "daemon/control/event_feed.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace kaizen::control {
namespace asio = boost::asio;

void EventFeed::publish(std::int64_t last_event_id) {
    last_event_id_ = std::max(last_event_id_, last_event_id);
    for (Waiter* waiter : waiters_) waiter->timer_.cancel();
}

EventFeed::Waiter::Waiter(EventFeed& feed) : feed_(feed), timer_(feed.executor_) {
    feed_.waiters_.insert(this);
}

EventFeed::Waiter::~Waiter() { feed_.waiters_.erase(this); }

asio::awaitable<void> EventFeed::Waiter::wait(std::int64_t seen) {
    while (!cancelled_ && feed_.last_event_id_ <= seen) {
        timer_.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code woken;
        auto token = asio::redirect_error(asio::use_awaitable, woken);
        co_await timer_.async_wait(token);
    }
}

void EventFeed::Waiter::cancel() {
    cancelled_ = true;
    timer_.cancel();
}

}  // namespace kaizen::control
