#pragma once

// The sink that speaks HTTP/1.1 to one endpoint, by TLS where its URL says https, through a proxy where the
// environment says so. Redirects are not followed; no limit below can be turned off. I/O thread only.
//
//   header of an answer   16 KiB           connecting, look-up to handshake   connect_timeout
//   body of an answer     1 MiB            all of it, connecting included     request_timeout

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>

#include "daemon/flush/connection.h"
#include "daemon/flush/sink.h"
#include "daemon/runtime/worker.h"

namespace kaizen::flush {

struct HttpSinkOptions {
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds request_timeout{60'000};
    std::chrono::milliseconds keep_alive{30'000};  // how long a connection waits for another request
};

// The worker reads the certificate store, once, when the first https request needs it.
[[nodiscard]] std::unique_ptr<Sink> make_http_sink(boost::asio::any_io_executor executor,
                                                   runtime::Worker& worker, Destination destination,
                                                   HttpSinkOptions options);

}  // namespace kaizen::flush
