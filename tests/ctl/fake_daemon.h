#pragma once

// Something that answers on a Unix socket, for the real client: a thread that accepts one connection after
// the other, reads one request, and sends whatever bytes the test wants. What HTTP is, only the test says.

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/unique_fd.h"

namespace kaizen::ctl {

class FakeDaemon {
  public:
    // Gets the request as it came (head and body) and returns the bytes of the answer, after which the
    // connection closes. No bytes: it stays silent until the client leaves.
    using Handler = std::function<std::string(const std::string& request)>;

    FakeDaemon(const std::string& socket_path, Handler handler);
    ~FakeDaemon();
    FakeDaemon(const FakeDaemon&) = delete;
    FakeDaemon& operator=(const FakeDaemon&) = delete;

    [[nodiscard]] std::vector<std::string> requests() const;  // first lines, "GET /v1/status"

  private:
    void serve();
    void answer(const UniqueFd& peer);

    Handler handler_;
    UniqueFd listener_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

// An answer of a kaizend of this version.
[[nodiscard]] std::string http_answer(const std::string& status, const std::string& body);
[[nodiscard]] std::string http_answer_of(const std::string& version, int api, const std::string& status,
                                         const std::string& body);

// The head of an NDJSON stream, one chunk of it, and its end.
[[nodiscard]] std::string stream_head();
[[nodiscard]] std::string chunk(const std::string& bytes);
inline constexpr char kLastChunk[] = "0\r\n\r\n";

}  // namespace kaizen::ctl
