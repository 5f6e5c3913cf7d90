#include "daemon/control/peer_listener.h"

#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

#include "common/log.h"

namespace kaizen::control {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds kPauseAfterFailure{1};

}  // namespace

PeerListener::PeerListener(const asio::any_io_executor& executor, std::unique_ptr<SocketFile> file)
    : file_(std::move(file)), acceptor_(executor), pause_(executor) {
    acceptor_.assign(asio::local::stream_protocol(), file_->release_fd());
}

asio::awaitable<void> PeerListener::run(std::function<void(Socket)> admit) {
    co_await asio::this_coro::throw_if_cancelled(false);
    bool failing = false;
    while (!stopping_) {
        Socket socket(acceptor_.get_executor());
        error_code error;
        auto outcome = asio::redirect_error(asio::use_awaitable, error);
        co_await acceptor_.async_accept(socket, outcome);
        if (stopping_ || error == asio::error::operation_aborted) co_return;
        if (!error) {
            failing = false;
            if (may_speak(socket)) admit(std::move(socket));
            continue;
        }
        // Out of file descriptors, most likely: the peer waits in the queue, and asking again at once would
        // spin.
        if (!failing) log::error("cannot accept a peer", "error=\"{}\"", error.message());
        failing = true;
        pause_.expires_after(kPauseAfterFailure);
        co_await pause_.async_wait(outcome);
    }
}

bool PeerListener::may_speak(Socket& socket) {
    const auto uid = peer_uid(socket.native_handle());
    if (uid && (*uid == ::geteuid() || *uid == 0)) return true;
    ++refused_;
    return false;
}

void PeerListener::stop() {
    stopping_ = true;
    file_->remove();
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

}  // namespace kaizen::control
