#pragma once

// Takes connections to the socket from our own user and root; all others are closed unheard and counted. I/O
// thread only.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>

#include "daemon/control/socket_file.h"

namespace kaizen::control {

class PeerListener {
  public:
    using Socket = boost::asio::local::stream_protocol::socket;

    PeerListener(const boost::asio::any_io_executor& executor, std::unique_ptr<SocketFile> file);

    // Hands each connection to `admit`. Ends after stop(), or when the coroutine is cancelled.
    boost::asio::awaitable<void> run(std::function<void(Socket)> admit);
    void stop();  // the socket file goes, too, where it is ours

    [[nodiscard]] std::int64_t refused() const { return refused_; }

  private:
    [[nodiscard]] bool may_speak(Socket& socket);

    std::unique_ptr<SocketFile> file_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer pause_;  // runs after a failed accept, at no other time
    std::int64_t refused_ = 0;
    bool stopping_ = false;
};

}  // namespace kaizen::control
