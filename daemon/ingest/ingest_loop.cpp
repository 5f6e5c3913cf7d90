#include "daemon/ingest/ingest_loop.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "common/log.h"
#include "daemon/runtime/free_memory.h"

namespace kaizen::ingest {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kLongestPause{60};
constexpr std::int64_t kManySteps = 16;  // after so many in a row there is memory worth giving back

}  // namespace

IngestLoop::IngestLoop(const asio::any_io_executor& executor, runtime::Worker& worker, Ingest& ingest,
                       Rereading& rereading, std::function<void(const StepResult&)> on_step, Spawn spawn)
    : worker_(worker),
      ingest_(ingest),
      rereading_(rereading),
      on_step_(std::move(on_step)),
      spawn_(std::move(spawn)),
      pause_timer_(executor),
      recheck_timer_(executor),
      steps_since_rest_(kManySteps) {}  // a start has looked at all files

void IngestLoop::nudge() {
    again_ = true;
    ingest_.interrupt();
    if (running_ || stopping_) return;
    running_ = true;
    spawn_(run());
}

void IngestLoop::stop() {
    stopping_ = true;
    ingest_.interrupt();
    pause_timer_.cancel();
    recheck_timer_.cancel();
}

asio::awaitable<void> IngestLoop::run() {
    while (again_ && !stopping_) {
        again_ = false;
        bool more = true;
        while (more && !stopping_) more = co_await step();
        const bool rereading = !rereading_.done();
        while (!again_ && !stopping_ && co_await read_again()) continue;
        if (rereading && !stopping_) co_await step();  // which tells of what came
        if (steps_since_rest_ >= kManySteps && !stopping_) co_await rest();
    }
    running_ = false;
}

asio::awaitable<bool> IngestLoop::step() {
    std::string why;
    StepResult result;
    try {
        auto job = [this] { return ingest_.step(now()); };
        result = co_await worker_.run(std::move(job));
    } catch (const std::exception& error) {  // nothing may be awaited in here
        why = error.what();
    }
    if (!why.empty()) {
        failed(why);
        co_await pause();
        co_return true;
    }
    recovered();
    ++steps_since_rest_;
    on_step_(result);
    if (result.recheck_at && !result.more) spawn_(recheck(*result.recheck_at));
    co_return result.more;
}

// What fails here fails for what comes next, too, and is said there.
asio::awaitable<bool> IngestLoop::read_again() {
    auto job = [this] { return rereading_.step(now()); };
    try {
        co_return co_await worker_.run(std::move(job));
    } catch (const std::exception& error) {
        log::warn("a session could not be read again, it is tried again", "reason=\"{}\"", error.what());
    }
    co_return false;
}

void IngestLoop::failed(const std::string& why) {
    if (problem_.empty())
        log::error("cannot store events, the session files keep them until it works again", "reason={}", why);
    problem_ = why;
}

void IngestLoop::recovered() {
    if (!problem_.empty()) log::info("events are stored again");
    problem_.clear();
    pause_ = std::chrono::seconds(1);
}

asio::awaitable<void> IngestLoop::pause() {
    pause_timer_.expires_after(pause_);
    pause_ = std::min(pause_ * 2, kLongestPause);
    boost::system::error_code cancelled;
    auto token = asio::redirect_error(asio::use_awaitable, cancelled);
    co_await pause_timer_.async_wait(token);
}

// After a long import: what SQLite and malloc kept for speed goes back to the system.
asio::awaitable<void> IngestLoop::rest() {
    steps_since_rest_ = 0;
    auto job = [this] { ingest_.release_memory(), runtime::give_memory_back(); };
    try {
        co_await worker_.run(std::move(job));
    } catch (const std::exception& error) {
        log::warn("memory could not be given back", "reason={}", error.what());
    }
}

asio::awaitable<void> IngestLoop::recheck(UnixMs at) {
    recheck_timer_.expires_after(std::chrono::milliseconds(std::max<UnixMs>(0, at - now()) + 1));
    boost::system::error_code cancelled;
    auto token = asio::redirect_error(asio::use_awaitable, cancelled);
    co_await recheck_timer_.async_wait(token);
    if (!cancelled) nudge();
}

}  // namespace kaizen::ingest
