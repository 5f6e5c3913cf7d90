#pragma once

// The other end of the socket: plain blocking calls on the test's thread, so that a test decides about every
// byte. What does not come within 30 seconds aborts the test by exception.

#include <string>
#include <string_view>

#include "common/unique_fd.h"

namespace kaizen::test {

struct Reply {
    int status = 0;
    std::string head;
    std::string body;
    [[nodiscard]] std::string header(std::string_view name) const;  // as written; empty: not there
};

class Peer {
  public:
    explicit Peer(const std::string& socket_path);

    void send(std::string_view bytes);  // what the server does not want any more is dropped
    void finish_sending();

    [[nodiscard]] Reply read_reply();                            // one with a Content-Length
    [[nodiscard]] std::string read_until(std::string_view end);  // up to and with `end`
    [[nodiscard]] std::string read_to_end();                     // until the server closes

    // read_reply of: method, target, Host: kaizend, and what `more` holds ("Name: value\r\n" lines).
    Reply ask(std::string_view method, std::string_view target, std::string_view more = {},
              std::string_view body = {});

  private:
    bool read_more();  // false: the server closed

    UniqueFd fd_;
    std::string unread_;
};

[[nodiscard]] std::string request_text(std::string_view method, std::string_view target,
                                       std::string_view more = {}, std::string_view body = {});

}  // namespace kaizen::test
