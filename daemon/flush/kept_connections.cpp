#include "daemon/flush/kept_connections.h"

#include <utility>

namespace kaizen::flush {

using Clock = boost::asio::steady_timer::clock_type;

void KeptConnections::put(std::shared_ptr<Connection> connection) {
    kept_.push_back(Kept{std::move(connection), Clock::now() + time_});
    set_timer();
}

std::shared_ptr<Connection> KeptConnections::take() {
    std::shared_ptr<Connection> found;
    while (!found && !kept_.empty()) {
        found = std::move(kept_.back().connection);
        kept_.pop_back();
        if (found->is_quiet()) break;
        found->close();
        found.reset();
    }
    set_timer();
    return found;
}

void KeptConnections::close_all() {
    for (const Kept& kept : kept_) kept.connection->close();
    kept_.clear();
    set_timer();
}

void KeptConnections::set_timer() {
    timer_.cancel();
    if (kept_.empty()) return;
    timer_.expires_at(kept_.front().until);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (self && !error) self->close_old();
    });
}

void KeptConnections::close_old() {
    while (!kept_.empty() && kept_.front().until <= Clock::now()) {
        kept_.front().connection->close();
        kept_.pop_front();
    }
    set_timer();
}

}  // namespace kaizen::flush
