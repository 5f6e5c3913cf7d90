#pragma once

// Where batches go: something remote that takes a request and gives a reply. An interface because it is slow
// and fails; tests of who sends have one that follows a script. I/O thread only.

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/flush/reply.h"

namespace kaizen::flush {

// Not an aggregate, see daemon/README.md, coroutine rule 1.
class Request {
  public:
    Request() = default;
    Request(std::string method_in, std::string path_in)
        : method(std::move(method_in)), path(std::move(path_in)) {}

    std::string method;                                        // "POST"
    std::string path;                                          // "/v1/events", below the endpoint's prefix
    std::vector<std::pair<std::string, std::string>> headers;  // without Host and Content-Length
    std::string body;                                          // as it goes out, compressed or not
    std::int64_t part = 0;             // which of the requests that a batch makes, below 63
    std::vector<std::string> secrets;  // a server that echoes one is not quoted with it
};

class Sink {
  public:
    virtual ~Sink() = default;

    // Sends once and returns what came back; every failure is a Reply with `failure`. Several may run at
    // once: as many connections are open, so the caller bounds them. A request may reach the server twice (a
    // kept connection that broke): it carries an idempotency key, or does no harm twice.
    virtual boost::asio::awaitable<Reply> send(Request request) = 0;

    // Ends what is under way and all that comes, as Trouble::cancelled, within a moment. Call it, and let
    // send() return, before the sink is destroyed.
    virtual void stop() = 0;
};

}  // namespace kaizen::flush
