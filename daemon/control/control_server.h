#pragma once

// HTTP/1.1 over a Unix socket: framing, limits, who may speak, and nothing about what is asked. Routes are a
// table given at start. I/O thread only. Spec "control", sections "Where things live" and "Protocol".

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/socket_file.h"
#include "daemon/runtime/query_pool.h"
#include "proto/control.h"

namespace kaizen::control {

struct Request {
    std::string method;
    std::string path;                          // decoded, without query: "/v1/sessions/1b3e"
    std::string tail;                          // what the route's "{id}" stood for; empty when it has none
    std::map<std::string, std::string> query;  // decoded
    std::string body;
    std::shared_ptr<runtime::Asker> asker = {};  // null: nobody who could leave
};

// A body that goes on: an NDJSON stream. The server asks for the next piece and writes it; it drops a peer
// that does not read.
class Stream {
  public:
    virtual ~Stream() = default;
    // The next bytes (whole lines). Waits until there are some; empty ends the stream.
    virtual boost::asio::awaitable<std::string> next() = 0;
    // The peer left or the server stops: next() returns empty soon.
    virtual void cancel() = 0;
};

struct Response {
    Response() = default;
    Response(unsigned status_in, std::string body_in) : status(status_in), body(std::move(body_in)) {}

    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::unique_ptr<Stream> stream;  // then body is not used
    bool stop_after = false;         // the answer is out before the daemon stops (POST /v1/shutdown)
};

[[nodiscard]] Response error_response(unsigned status, proto::ErrorBody error);

struct Route {
    std::string method;
    std::string path;  // "/v1/status", or "/v1/sessions/{id}" with the parameter last
    std::function<boost::asio::awaitable<Response>(Request)> handle;
};

struct ControlStats {
    std::int64_t connections = 0;  // open now
    std::int64_t refused = 0;      // foreign peers, closed unheard
    std::int64_t turned_away = 0;  // beyond kMaxConnections
};

class ControlServer {
  public:
    virtual ~ControlServer() = default;
    // Accepts until stop(); then closes the listener, lets answers that are under way finish within a second,
    // and returns.
    virtual boost::asio::awaitable<void> run() = 0;
    virtual void stop() = 0;
    [[nodiscard]] virtual ControlStats stats() const = 0;
};

// How long a peer may take; tests shorten it.
struct Deadlines {
    std::chrono::milliseconds request{10'000};  // from its first byte to its last
    std::chrono::milliseconds idle{60'000};     // between two requests
    std::chrono::milliseconds write{10'000};    // to take an answer, or one piece of a stream
    std::chrono::milliseconds stop{1'000};      // for the answers that are under way at stop()
};

// Answers at `socket`. `on_stop` is called after an answer with stop_after went out.
[[nodiscard]] std::unique_ptr<ControlServer> make_control_server(boost::asio::any_io_executor executor,
                                                                 std::unique_ptr<SocketFile> socket,
                                                                 std::vector<Route> routes,
                                                                 std::function<void()> on_stop,
                                                                 Deadlines deadlines = Deadlines());

}  // namespace kaizen::control
