#pragma once

// The one thread for blocking work: it owns the database, reads session files, parses. Everything else
// reaches it through run(), so nothing there needs a lock. Jobs run in the order given; each is short (a
// slice of 256 KiB or 20 ms), so that a question from the socket waits for one slice at the most.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <type_traits>

namespace kaizen::runtime {

class Worker {
  public:
    // On the worker thread: `on_failure` hears of every exception that leaves a job, before the caller does;
    // `before_job` is called before each.
    explicit Worker(std::function<void(const std::exception&)> on_failure = {},
                    std::function<void()> before_job = {});

    // Runs `job` on the worker thread and resumes the caller on its own executor with what it returned or
    // threw. The cancellation slot is empty: in Boost 1.81 a coroutine that is cancelled while it awaits
    // another executor is freed twice (asio#1332), and a half-cancelled transaction is not something we want
    // anyway.
    template <class Job, class R = std::invoke_result_t<Job&>>
    [[nodiscard]] boost::asio::awaitable<R> run(Job job) {
        std::function<R()> call(std::move(job));
        auto token =
            boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), boost::asio::use_awaitable);
        return boost::asio::co_spawn(pool_.get_executor(), run_job<R>(std::move(call)), token);
    }

    // Waits for the job that is running; those that wait run no more. Call it when the I/O thread has ended,
    // and destroy the worker before the io_context: the coroutines that still await a job are destroyed with
    // the worker.
    void stop();
    // Likewise, but no longer than that. False: the job still runs, and only the end of the process ends it.
    [[nodiscard]] bool stop_within(std::chrono::milliseconds patience);

  private:
    template <class R>
    boost::asio::awaitable<R> run_job(std::function<R()> job) {
        const Running running(job_runs_);
        try {
            if (before_job_) before_job_();
            co_return job();
        } catch (const std::exception& error) {
            if (on_failure_) on_failure_(error);
            throw;
        }
    }

    struct Running {
        explicit Running(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
        ~Running() { flag_ = false; }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

      private:
        std::atomic<bool>& flag_;
    };

    std::function<void(const std::exception&)> on_failure_;
    std::function<void()> before_job_;
    std::atomic<bool> job_runs_ = false;
    boost::asio::thread_pool pool_;
};

}  // namespace kaizen::runtime
