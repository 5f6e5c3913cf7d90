#pragma once

// The other end of the sink: a server on this machine that follows a script, one function for each connection
// in the order they come, each on a thread of its own with plain blocking calls, so that a test decides about
// every byte. A connection without a script is closed at once. What does not come within 30 seconds counts as
// the end.

#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/unique_fd.h"
#include "tests/flush/certificates.h"

namespace kaizen::test {

class Peer {
  public:
    Peer(int fd, std::function<void(std::string)> on_request) : fd_(fd), on_request_(std::move(on_request)) {}

    // Head and body of one request, by its Content-Length; empty when the client left. The server keeps it.
    std::string read_request();
    std::string read_head();                       // the head only; the body stays unread
    bool send(std::string_view bytes);             // false: the client left
    void send_one_by_one(std::string_view bytes);  // each byte in a packet of its own
    void drip(char byte);                          // one a millisecond until the client leaves
    void hold();                                   // reads until the client leaves
    void close();                                  // with what TLS has to say before
    void break_off();                              // without it
    void reset();                                  // RST instead of FIN, when the script ends

    bool start_tls(const std::shared_ptr<SSL_CTX>& context);  // false: no handshake
    [[nodiscard]] std::string server_name() const;            // what SNI said

  private:
    bool read_more();

    UniqueFd fd_;
    std::unique_ptr<SSL, Freed> tls_;
    std::function<void(std::string)> on_request_;
    std::string unread_;
};

using Script = std::function<void(Peer&)>;

class LoopbackServer {
  public:
    explicit LoopbackServer(std::vector<Script> scripts, int family = AF_INET);
    ~LoopbackServer();  // ends scripts that still wait

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(std::string_view scheme = "http",
                                  std::string_view host = "127.0.0.1") const;
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] std::vector<std::string> requests();  // so far, in order of arrival

  private:
    void accept_all();
    void run(std::size_t index, int fd);

    const std::vector<Script> scripts_;
    UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;  // over the three below
    std::vector<std::string> requests_;
    std::vector<int> open_;
    bool ending_ = false;
    std::vector<std::thread> threads_;  // acceptor's, read after it has ended
    std::thread acceptor_;
};

[[nodiscard]] bool has_ipv6();
[[nodiscard]] std::uint16_t unused_port();  // on which nobody listened a moment ago

// Scripts that many tests use.
[[nodiscard]] std::string http_answer(int status, std::string_view body, std::string_view more_headers = {});
[[nodiscard]] Script answer_each(std::string answer);       // to every request on the connection
[[nodiscard]] Script answer_with_bytes(std::string bytes);  // to the first request, then closes
[[nodiscard]] Script over_tls(std::shared_ptr<SSL_CTX> context, Script then);

}  // namespace kaizen::test
