#include "daemon/runtime/worker.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kaizen::runtime {
namespace {

namespace asio = boost::asio;

// What a coroutine leaves behind. `frame` counts the frames that are alive.
struct Trace {
    std::string outcome;
    std::thread::id job_thread;
    std::thread::id resumed_on;
    std::shared_ptr<int> frame = std::make_shared<int>(0);
};

asio::awaitable<void> ask(Worker* worker, std::function<std::string()> job, Trace* trace) {
    const std::shared_ptr<int> alive = trace->frame;
    try {
        const std::string answer = co_await worker->run(std::move(job));
        trace->outcome = answer;
    } catch (const std::exception& error) {
        trace->outcome = std::string("thrown: ") + error.what();
    }
    trace->resumed_on = std::this_thread::get_id();
}

TEST(Worker, runs_the_job_on_its_thread_and_resumes_the_caller_on_the_callers) {
    asio::io_context context;
    Worker worker;
    Trace trace;
    auto job = [&trace] {
        trace.job_thread = std::this_thread::get_id();
        return std::string("done");
    };
    asio::co_spawn(context, ask(&worker, job, &trace), asio::detached);
    context.run();
    EXPECT_EQ(trace.outcome, "done");
    EXPECT_NE(trace.job_thread, std::this_thread::get_id());
    EXPECT_EQ(trace.resumed_on, std::this_thread::get_id());
}

TEST(Worker, hands_an_exception_of_the_job_to_the_caller) {
    asio::io_context context;
    Worker worker;
    Trace trace;
    auto job = []() -> std::string { throw std::runtime_error("disk full"); };
    asio::co_spawn(context, ask(&worker, job, &trace), asio::detached);
    context.run();
    EXPECT_EQ(trace.outcome, "thrown: disk full");
}

asio::awaitable<void> run_void(Worker* worker, std::function<void()> job, int* done) {
    co_await worker->run(std::move(job));
    ++*done;
}

TEST(Worker, runs_jobs_in_the_order_given_one_at_a_time) {
    asio::io_context context;
    Worker worker;
    std::vector<int> order;  // not guarded: one thread touches it
    std::vector<int> expected;
    int done = 0;
    for (int i = 0; i < 1000; ++i) {
        expected.push_back(i);
        auto job = [&order, i] { order.push_back(i); };
        asio::co_spawn(context, run_void(&worker, job, &done), asio::detached);
    }
    context.run();
    EXPECT_EQ(order, expected);
    EXPECT_EQ(done, 1000);
}

TEST(Worker, finishes_a_job_whose_caller_is_cancelled_meanwhile) {
    for (int round = 0; round < 200; ++round) {
        asio::io_context context;
        Worker worker;
        Trace trace;
        std::promise<void> begun;
        std::promise<void> go_on;
        bool finished = false;
        auto job = [&] {
            begun.set_value();
            go_on.get_future().wait();
            finished = true;
            return std::string("done");
        };
        asio::cancellation_signal signal;
        auto token = asio::bind_cancellation_slot(signal.slot(), asio::detached);
        asio::co_spawn(context, ask(&worker, job, &trace), token);
        std::thread io([&context] { context.run(); });
        begun.get_future().wait();
        std::promise<void> emitted;
        asio::post(context, [&] {
            signal.emit(asio::cancellation_type::terminal);
            emitted.set_value();
        });
        emitted.get_future().wait();
        go_on.set_value();
        io.join();
        EXPECT_TRUE(finished);
        EXPECT_TRUE(trace.outcome == "done" || trace.outcome.starts_with("thrown: ")) << trace.outcome;
        EXPECT_EQ(trace.frame.use_count(), 1);
    }
}

TEST(Worker, drops_waiting_jobs_with_the_coroutines_that_await_them) {
    asio::io_context context;
    Trace trace;
    std::promise<void> begun;
    std::promise<void> go_on;
    {
        Worker worker;
        auto slow = [&] {
            begun.set_value();
            go_on.get_future().wait();
            return std::string("slow");
        };
        asio::co_spawn(context, ask(&worker, slow, &trace), asio::detached);
        auto next = [] { return std::string("next"); };
        for (int i = 0; i < 20; ++i) asio::co_spawn(context, ask(&worker, next, &trace), asio::detached);
        context.poll();
        begun.get_future().wait();
        EXPECT_EQ(trace.frame.use_count(), 22);
        std::thread releaser([&go_on] { go_on.set_value(); });
        worker.stop();
        releaser.join();
    }
    // What was resumed may end; what was dropped is gone already.
    context.restart();
    context.poll();
    EXPECT_EQ(trace.frame.use_count(), 1);
}

}  // namespace
}  // namespace kaizen::runtime
