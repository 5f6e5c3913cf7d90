#pragma once

// Drives Ingest from the I/O thread: steps while there is work, then does nothing at all. No timer exists
// while idle, but for two cases: a last line without newline that waits for its file to be quiet, and a
// database that cannot be written. I/O thread only.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "daemon/ingest/ingest.h"
#include "daemon/ingest/rereading.h"
#include "daemon/runtime/worker.h"

namespace kaizen::ingest {

class IngestLoop {
  public:
    using Spawn = std::function<void(boost::asio::awaitable<void>)>;

    // `on_step` hears of every step that was stored; `spawn` runs what it is given on the executor. All of
    // the arguments outlive the loop's coroutine.
    IngestLoop(const boost::asio::any_io_executor& executor, runtime::Worker& worker, Ingest& ingest,
               Rereading& rereading, std::function<void(const StepResult&)> on_step, Spawn spawn);

    void nudge();  // there may be work
    void stop();   // the step under way ends, no other begins

    // Why nothing can be stored at present; empty: all is well.
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> step();        // whether to go on at once
    boost::asio::awaitable<bool> read_again();  // likewise
    boost::asio::awaitable<void> pause();
    boost::asio::awaitable<void> rest();
    boost::asio::awaitable<void> recheck(UnixMs at);
    void failed(const std::string& why);
    void recovered();

    runtime::Worker& worker_;
    Ingest& ingest_;
    Rereading& rereading_;
    std::function<void(const StepResult&)> on_step_;
    Spawn spawn_;
    boost::asio::steady_timer pause_timer_;
    boost::asio::steady_timer recheck_timer_;
    std::string problem_;
    std::chrono::seconds pause_{1};
    std::int64_t steps_since_rest_ = 0;
    bool running_ = false;
    bool again_ = false;
    bool stopping_ = false;
};

}  // namespace kaizen::ingest
