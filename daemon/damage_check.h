#pragma once

// A statement that fails, or rows that contradict each other, may mean that the database is damaged, or a
// fault of ours; and SQLite takes a disk that could not be read once for a malformed database. Only proof
// counts: a check of the whole file, on a thread of its own. I/O thread.

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/runtime/worker.h"

namespace kaizen {

class DamageCheck {
  public:
    using Spawn = std::function<void(boost::asio::awaitable<void>)>;

    // `on_proof` gets what was found.
    DamageCheck(std::string database, Spawn spawn, std::function<void(const std::string&)> on_proof)
        : database_(std::move(database)), spawn_(std::move(spawn)), on_proof_(std::move(on_proof)) {}

    // Checks, but no more than once an hour. What SQLite calls malformed again after that is taken to be so.
    void suspect(const std::string& why, bool is_malformed);
    void stop() { cancelled_ = true; }

  private:
    boost::asio::awaitable<void> check();

    std::string database_;
    Spawn spawn_;
    std::function<void(const std::string&)> on_proof_;
    std::optional<std::chrono::steady_clock::time_point> began_;  // the last check
    bool checking_ = false;
    std::atomic<bool> cancelled_ = false;
    std::unique_ptr<runtime::Worker> thread_;
};

}  // namespace kaizen
