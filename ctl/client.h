#pragma once

// One question to the daemon, over its Unix socket, and the answer; or an NDJSON stream. Each call connects
// anew and returns when it is over or its time is. Nobody else here knows HTTP.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "ctl/failure.h"

namespace kaizen::ctl {

struct Answer {
    std::string body;     // JSON
    std::string version;  // the daemon's
    int api = 0;          // of the protocol it speaks; 0: it did not say, so it is no kaizend
};

class Client {
  public:
    using OnLine = std::function<void(std::string_view line)>;

    explicit Client(std::string socket_path) : socket_path_(std::move(socket_path)) {}

    // `target`: path and query, percent-encoded.
    [[nodiscard]] Answered<Answer> get(const std::string& target,
                                       std::chrono::milliseconds patience = kPatience) const;
    [[nodiscard]] Answered<Answer> post(const std::string& target, const std::string& body,
                                        std::chrono::milliseconds patience = kPatience) const;
    [[nodiscard]] Answered<Answer> erase(const std::string& target) const;  // DELETE

    // Calls `on_line` for each line as it comes. Returns when the daemon ends the stream, which is a failure
    // only when it ends in the middle.
    [[nodiscard]] Answered<> follow(const std::string& target, const OnLine& on_line) const;

    [[nodiscard]] const std::string& socket_path() const { return socket_path_; }

  private:
    static constexpr std::chrono::milliseconds kPatience{10'000};

    std::string socket_path_;
};

}  // namespace kaizen::ctl
