#pragma once

// A control server on a thread of its own, in a directory of its own, with the routes that the tests ask.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "daemon/control/control_server.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {

// A handler waits here until the test opens it. I/O thread, except for `entered`.
class Gate {
  public:
    boost::asio::awaitable<void> pass();
    void open();
    std::promise<void> entered;

  private:
    boost::asio::steady_timer* waiting_ = nullptr;
};

// What a test sees of a stream that the server was given. `pieces` and push() on the I/O thread only.
struct StreamProbe {
    void push(std::string piece);

    std::deque<std::string> pieces;
    bool endless = false;  // next() always has another 64 KiB
    bool fails_when_empty = false;
    boost::asio::steady_timer* waiting = nullptr;
    std::promise<void> cancelled;
    std::promise<void> gone;  // the server destroyed it
};

class RunningServer {
  public:
    explicit RunningServer(control::Deadlines deadlines = control::Deadlines());
    ~RunningServer();

    void start();  // the thread; until then poll() does its work
    void poll() { context_->poll(); }
    void stop();                             // returns when run() has ended
    void ask_to_stop() { server_->stop(); }  // I/O thread
    void wait_for_end() { end_.get(); }
    // Of one that was not started: first the one, then the other goes, with all that waits in it.
    void drop_server() { server_.reset(); }
    void drop_context() { context_.reset(); }

    [[nodiscard]] std::string path() const { return dir_ / "kaizend.sock"; }
    [[nodiscard]] const TempDir& dir() const { return dir_; }
    [[nodiscard]] control::ControlStats stats();  // of a started one
    [[nodiscard]] std::int64_t polled_connections() const { return server_->stats().connections; }

    // Runs `job` on the I/O thread and waits for it.
    template <class Job>
    auto on_io(Job job) {
        std::packaged_task<std::invoke_result_t<Job&>()> task(std::move(job));
        auto result = task.get_future();
        boost::asio::post(*context_, std::move(task));
        return result.get();
    }

    Gate gate;
    std::shared_ptr<StreamProbe> stream = std::make_shared<StreamProbe>();

  private:
    std::vector<control::Route> routes();

    TempDir dir_;
    std::optional<boost::asio::io_context> context_{1};
    std::unique_ptr<control::ControlServer> server_;
    std::promise<void> ended_;
    std::shared_future<void> end_{ended_.get_future()};
    std::thread thread_;
};

}  // namespace kaizen::test
