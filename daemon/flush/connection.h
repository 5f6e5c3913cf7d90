#pragma once

// One connection to the server, straight or through a proxy, with or without TLS: bytes out and bytes in. It
// knows nothing of what they mean. I/O thread only; names are looked up on Asio's own resolver thread.
//
// A look-up cannot be interrupted: on time-out or stop it is left behind, its outcome is dropped, and the
// next one waits for its turn in that thread. Asio joins the thread when the io_context is destroyed, which
// may then take as long as the C library tries (resolv.conf: 5 s a name server and attempt).

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/flush/endpoint.h"
#include "daemon/flush/proxy.h"
#include "daemon/flush/reply.h"
#include "daemon/flush/tls.h"

namespace kaizen::flush {

struct Destination {
    Endpoint endpoint;
    std::optional<Proxy> proxy;
    std::string ca_file;  // empty: the system's store
};

struct Outgoing {
    std::string head;
    std::string body;
};

// Shared by the coroutine that uses it and by who keeps it for the next one.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    using TimePoint = boost::asio::steady_timer::time_point;
    using Error = boost::system::error_code;

    // The sink owns `destination`, and outlives this. `tls` may be empty where the endpoint is http.
    Connection(const boost::asio::any_io_executor& executor, const Destination& destination, TlsContext tls);

    // Resolves, connects (each address in turn), asks the proxy, shakes hands. The failure is final.
    boost::asio::awaitable<std::optional<Failure>> open(TimePoint deadline);

    // An operation that is under way at `deadline`, or begins later, fails, and failure_of() says timeout.
    void set_deadline(TimePoint deadline);
    void clear_deadline();

    boost::asio::awaitable<Error> write(std::shared_ptr<const Outgoing> message);
    boost::asio::awaitable<Error> read_more();  // at most 16 KiB, onto the end of unread()

    [[nodiscard]] const std::string& unread() const { return unread_; }
    void consume(std::size_t bytes) { unread_.erase(0, bytes); }
    // Whether anything arrived since the last write() began.
    [[nodiscard]] bool heard() const { return heard_; }
    // Whether a kept connection can be used: the peer neither closed it nor sent anything.
    [[nodiscard]] bool is_quiet();

    // What an error of write() or read_more() means. `doing` follows "did not": "answer".
    [[nodiscard]] Failure failure_of(Error error, std::string_view doing) const;

    void cancel();  // from now on everything fails, and failure_of() says cancelled
    void close();   // without TLS's farewell: HTTP says itself where an answer ends

  private:
    using Tcp = boost::asio::ip::tcp;

    boost::asio::awaitable<Error> resolve();
    boost::asio::awaitable<Error> connect(TimePoint deadline);
    boost::asio::awaitable<std::optional<Failure>> ask_proxy();
    boost::asio::awaitable<std::optional<Failure>> shake_hands();
    void look_up();
    void expire();
    [[nodiscard]] const std::string& peer_host() const;
    [[nodiscard]] std::uint16_t peer_port() const;
    [[nodiscard]] std::string peer() const;  // for people
    [[nodiscard]] std::string connect_request() const;
    [[nodiscard]] std::optional<Failure> judge_proxy() const;

    const Destination& destination_;
    TlsContext tls_context_;
    Tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;
    boost::asio::steady_timer deadline_;
    boost::asio::steady_timer lookup_;  // never runs out: the end of a look-up, or of waiting for it
    Error lookup_error_;
    std::vector<Tcp::endpoint> addresses_;
    std::array<char, 16'384> piece_{};
    std::string unread_;
    bool heard_ = false;
    bool late_ = false;
    bool cancelled_ = false;
};

}  // namespace kaizen::flush
