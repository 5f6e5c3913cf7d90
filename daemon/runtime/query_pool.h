#pragma once

// Threads that answer questions, each with a connection of its own that only reads: no question waits for
// what is being written, and none holds it up. A question ends when it is answered, when its time is up, when
// who asked has gone, or when we stop; what fails in it is told to who asked and to nobody else.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "daemon/runtime/free_memory.h"
#include "daemon/runtime/thread_priority.h"

namespace kaizen::runtime {

// Who waits for an answer, or waited. Any thread.
class Asker {
  public:
    void leave() { gone_ = true; }
    [[nodiscard]] bool is_gone() const { return gone_; }

  private:
    std::atomic<bool> gone_ = false;
};

// Quick ones read a few rows whatever is stored (status, what followers wait for); they have a thread of
// their own, so that they wait for each other only.
enum class Pace : std::uint8_t { quick, usual };

struct Question {
    std::string what;              // for the log: the route, never its arguments
    std::shared_ptr<Asker> asker;  // null: waits to the end
    Pace pace = Pace::usual;
};

// Why there is no answer.
class Unanswered : public std::runtime_error {
  public:
    enum class Why : std::uint8_t { too_slow, asker_gone, stopping };
    explicit Unanswered(Why why);
    [[nodiscard]] Why why() const { return why_; }

  private:
    Why why_;
};

// A question on its way. Made on the I/O thread; then of the thread that answers.
class Inquiry {
  public:
    using Clock = std::chrono::steady_clock;
    Inquiry(Question question, const std::atomic<bool>& stopping, Clock::duration patience);

    void begin() { begun_ = Clock::now(); }  // it has waited for its thread
    [[nodiscard]] bool is_over() const;
    void throw_if_over() const;  // Unanswered
    void note_end() const;       // the log hears of one that took long

  private:
    Question question_;
    const std::atomic<bool>* stopping_;
    Clock::time_point asked_;
    Clock::time_point begun_;
    Clock::time_point until_;
};

// `Connection::snapshot(give_up)` is an object: while it stands, all that is read is of one instant, and
// reading ends by an exception once give_up() is true.
template <class Connection>
class QueryPool {
  public:
    // Both on a query thread. `on_failure` hears of what fails otherwise than by being over.
    using Open = std::function<std::unique_ptr<Connection>()>;
    using OnFailure = std::function<void(const std::exception&)>;
    // `patience`: from the question to its answer; kaizenctl's own is 10 s.
    QueryPool(Open open, OnFailure on_failure, std::chrono::milliseconds patience = std::chrono::seconds(5))
        : open_(std::move(open)), on_failure_(std::move(on_failure)), patience_(patience) {}

    // Runs `job` and resumes the caller on its own executor with what it returned or threw. Throws Unanswered
    // when the question is over before. For the empty cancellation slot see Worker::run().
    template <class Job, class R = std::invoke_result_t<Job&, Connection&>>
    [[nodiscard]] boost::asio::awaitable<R> run(Question question, Job job) {
        std::function<R(Connection&)> call(std::move(job));
        Thread& thread = choose(question.pace);
        ++thread.questions;
        auto token =
            boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), boost::asio::use_awaitable);
        return boost::asio::co_spawn(
            thread.pool.get_executor(),
            answer<R>(thread, Inquiry(std::move(question), stopping_, patience_), std::move(call)), token);
    }

    // Every question ends soon, those that come later at once. Any thread.
    void end_all() { stopping_ = true; }

    // Waits for that. Call it when the I/O thread has ended, and before what it awaited is destroyed.
    void stop() {
        end_all();
        for (Thread& thread : threads_) {
            thread.pool.stop();
            thread.pool.join();
        }
    }

  private:
    struct Thread {
        std::unique_ptr<Connection> connection;  // of the thread itself
        std::atomic<int> questions = 0;          // that run or wait
        boost::asio::thread_pool pool{1};
    };

    Thread& choose(Pace pace) {
        if (pace == Pace::quick) return threads_[0];
        return threads_[1].questions <= threads_[2].questions ? threads_[1] : threads_[2];
    }

    void open(Thread& thread) {
        if (&thread != &threads_[0]) come_after_other_threads();
        thread.connection = open_();
    }

    template <class R>
    boost::asio::awaitable<R> answer(Thread& thread, Inquiry inquiry, std::function<R(Connection&)> job) {
        const Counted counted(thread.questions);
        inquiry.throw_if_over();
        inquiry.begin();
        try {
            if (!thread.connection) open(thread);
            R result = read<R>(*thread.connection, inquiry, job);
            inquiry.note_end();
            if (&thread != &threads_[0] && thread.questions == 1) give_memory_back();
            co_return result;
        } catch (const std::exception& error) {
            inquiry.note_end();
            inquiry.throw_if_over();
            thread.connection.reset();  // whatever it was, the next question does not inherit it
            on_failure_(error);
            throw;
        }
    }

    template <class R>
    static R read(Connection& connection, const Inquiry& inquiry, const std::function<R(Connection&)>& job) {
        const auto snapshot = connection.snapshot([&inquiry] { return inquiry.is_over(); });
        return job(connection);
    }

    // Counts a question out.
    struct Counted {
        explicit Counted(std::atomic<int>& questions_in) : questions(questions_in) {}
        ~Counted() { --questions; }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        std::atomic<int>& questions;
    };

    Open open_;
    OnFailure on_failure_;
    std::chrono::milliseconds patience_;
    std::atomic<bool> stopping_ = false;
    std::array<Thread, 3> threads_;
};

}  // namespace kaizen::runtime
