#pragma once

// Connections that wait for another request. One timer runs while there are any; there is none without. I/O
// thread only.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <memory>

#include "daemon/flush/connection.h"

namespace kaizen::flush {

// Shared by its sink and, weakly, by its timer, which may fire when the sink is gone.
class KeptConnections : public std::enable_shared_from_this<KeptConnections> {
  public:
    KeptConnections(const boost::asio::any_io_executor& executor, std::chrono::milliseconds time)
        : timer_(executor), time_(time) {}

    void put(std::shared_ptr<Connection> connection);
    // The newest that its peer has not closed meanwhile; null when there is none.
    [[nodiscard]] std::shared_ptr<Connection> take();
    void close_all();

  private:
    struct Kept {
        std::shared_ptr<Connection> connection;
        Connection::TimePoint until;
    };
    void set_timer();
    void close_old();

    std::deque<Kept> kept_;  // oldest first
    boost::asio::steady_timer timer_;
    std::chrono::milliseconds time_;
};

}  // namespace kaizen::flush
