#pragma once

// When batches are sent to one receiver: on a timer while rows wait, at once when there are many or when
// somebody asks, later after a failure, not at all while paused. One flush at a time; in it up to `in_flight`
// batches are on the wire, each of another lane. I/O thread only; what it decides is written by Dispatch on
// the worker. Spec "flush".

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "daemon/flush/dispatch.h"
#include "daemon/flush/sink.h"
#include "daemon/runtime/worker.h"
#include "proto/control.h"

namespace kaizen::flush {

// Where to send, what, and how eagerly. Without a sink nothing is sent.
struct Settings {
    std::shared_ptr<Sink> sink;  // shared with the requests that are under way
    std::string name;            // of the receiver, for people
    std::string endpoint;        // likewise
    Carrier carrier;
    std::chrono::milliseconds interval{10'000};
    std::size_t in_flight = 2;
    std::optional<std::int64_t> backlog_max;  // see Dispatch
    bool decides = true;                      // likewise
    bool anew = false;  // somebody changed something: a pause and a wait end, and what waits is tried at once
};

class Flusher {
  public:
    using Clock = std::function<UnixMs()>;
    using Spawn = std::function<void(boost::asio::awaitable<void>)>;

    // All of the arguments outlive it. `spawn` runs what it is given on the executor; `on_overrides` hears
    // what the server wants otherwise.
    Flusher(const boost::asio::any_io_executor& executor, runtime::Worker& worker, Dispatch& dispatch,
            Clock clock, Spawn spawn, std::function<void(const proto::ingest::Overrides&)> on_overrides);

    void use(Settings settings);  // from the next flush on
    // Applies them, so that status() knows all from the start on; then sends by itself what is due, unless
    // it is paused by the user, as `paused` says for one that does not know yet.
    boost::asio::awaitable<void> begin(bool paused);
    void notice(std::int64_t rows);  // so many came into the outbox

    // Sends what is due. When to be called again; nothing: when rows come, or when somebody asks.
    boost::asio::awaitable<std::optional<UnixMs>> step();
    void stop();  // no other batch begins; the one under way is cut by close()
    void close();

    // What people ask for. flush() goes past timer and back-off and probes during a pause; it joins a flush
    // that is running. `timeout` zero: does not wait.
    boost::asio::awaitable<proto::Flush> flush(std::chrono::milliseconds timeout);
    boost::asio::awaitable<proto::SyncStatus> pause();
    boost::asio::awaitable<proto::SyncStatus> resume();
    boost::asio::awaitable<proto::SyncTest> test();
    [[nodiscard]] proto::SyncStatus status() const;
    [[nodiscard]] bool flushing() const { return flushing_; }
    // Why the database cannot be worked on; empty: it can, as far as is known.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    // As the worker said last; of the rows about how many.
    [[nodiscard]] const Stock& stock() const { return stock_; }
    [[nodiscard]] bool ended() const { return stopping_ && !running_; }

  private:
    boost::asio::awaitable<void> run();  // steps as long as there is something to wait for
    boost::asio::awaitable<void> apply_settings();
    boost::asio::awaitable<void> ask_overrides();
    boost::asio::awaitable<void> flush_all();
    boost::asio::awaitable<void> pump(bool once);
    boost::asio::awaitable<void> shorten();
    boost::asio::awaitable<bool> send_next(Dispatch::Attempt attempt);
    boost::asio::awaitable<std::optional<Verdict>> send_all(std::shared_ptr<const Parcel> parcel);
    boost::asio::awaitable<void> settle(std::shared_ptr<const Parcel> parcel, Verdict verdict);
    boost::asio::awaitable<void> all_pumps();
    boost::asio::awaitable<void> take_stock();
    boost::asio::awaitable<void> wait_until(UnixMs at);
    boost::asio::awaitable<proto::SyncStatus> tell(std::function<void(Dispatch&)> what);

    [[nodiscard]] bool is_paused_by_user() const;
    void mind_the_clock();
    [[nodiscard]] bool due(UnixMs now) const;
    [[nodiscard]] std::optional<UnixMs> next_due() const;
    void say(const Verdict& verdict);
    void fail(const std::string& why);
    void wake();

    boost::asio::any_io_executor executor_;
    runtime::Worker& worker_;
    Dispatch& dispatch_;
    Clock clock_;
    Spawn spawn_;
    std::function<void(const proto::ingest::Overrides&)> on_overrides_;
    Settings settings_;
    std::optional<Settings> next_settings_;

    Stock stock_;
    UnixMs waiting_since_ = 0;  // the first of them
    UnixMs rest_until_ = 0;     // after a flush that came to nothing without the server having a part in it
    UnixMs overrides_due_ = 0;
    bool asked_ = false;  // by somebody who goes past all waiting
    bool flushing_ = false;
    bool halted_ = false;  // this flush begins no other batch
    bool begun_ = false;
    bool running_ = false;  // run() is
    bool stopping_ = false;
    bool in_trouble_ = false;  // and it was said
    std::string problem_;      // the database's
    int pumps_ = 0;
    // What one flush comes to. Shared with those who wait for it.
    struct Run {
        proto::Flush result;
        bool ended = false;
    };
    [[nodiscard]] proto::Flush& result() { return run_->result; }
    std::shared_ptr<Run> run_ = std::make_shared<Run>();   // under way, or the last one
    std::shared_ptr<Run> next_ = std::make_shared<Run>();  // the one that begins next
    boost::asio::steady_timer alarm_;                      // the driver sleeps on it
    boost::asio::steady_timer pumps_ended_;                // never runs out: cancelled when the last one ends
    boost::asio::steady_timer flush_ended_;                // likewise
    bool woken_ = false;
};

}  // namespace kaizen::flush
