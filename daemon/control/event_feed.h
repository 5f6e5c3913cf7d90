#pragma once

// Tells those who follow that new events are stored. I/O thread only. Without followers nothing is kept and
// no timer exists.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <set>

namespace kaizen::control {

class EventFeed {
  public:
    explicit EventFeed(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void publish(std::int64_t last_event_id);
    [[nodiscard]] std::int64_t last_event_id() const { return last_event_id_; }

    // One follower's wait. Registered while it lives; must not outlive the feed.
    class Waiter {
      public:
        explicit Waiter(EventFeed& feed);
        ~Waiter();
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

        // Returns when an event above `seen` is stored, or cancel() was called.
        boost::asio::awaitable<void> wait(std::int64_t seen);
        void cancel();
        [[nodiscard]] bool cancelled() const { return cancelled_; }

      private:
        friend class EventFeed;
        EventFeed& feed_;
        boost::asio::steady_timer timer_;
        bool cancelled_ = false;
    };

  private:
    boost::asio::any_io_executor executor_;
    std::set<Waiter*> waiters_;
    std::int64_t last_event_id_ = 0;
};

}  // namespace kaizen::control
