// Questions on connections of their own: beside the writer, each of one instant, and over in time.

#include "daemon/runtime/query_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "daemon/insight/reader.h"
#include "tests/support/temp_dir.h"

namespace kaizen::insight {
namespace {

namespace asio = boost::asio;
using runtime::Asker;
using runtime::Pace;
using runtime::Question;
using runtime::Unanswered;
using Pool = runtime::QueryPool<Reader>;
using Job = std::function<std::int64_t(Reader&)>;

// It goes on for ever, and every step of it is SQLite's.
std::int64_t ask_without_end(Reader& reader) {
    SQLite::Statement statement(reader.store().database.handle(),
                                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                "SELECT max(i) FROM n");
    statement.executeStep();
    return statement.getColumn(0).getInt64();
}

std::int64_t count_models(Reader& reader) {
    SQLite::Statement statement(reader.store().database.handle(), "SELECT count(*) FROM models");
    statement.executeStep();
    return statement.getColumn(0).getInt64();
}

class QueryPoolTest : public testing::Test {
  protected:
    ~QueryPoolTest() override { pool_.stop(); }

    static asio::awaitable<void> put(Pool* pool, Question question, Job job, std::string* outcome) {
        try {
            const std::int64_t answer = co_await pool->run(std::move(question), std::move(job));
            *outcome = std::to_string(answer);
        } catch (const std::exception& error) {
            *outcome = error.what();
        }
    }
    void ask(Question question, Job job, std::string& outcome) {
        asio::co_spawn(io_, put(&pool_, std::move(question), std::move(job), &outcome), asio::detached);
    }
    void write(const char* sql) { writer_.database.handle().exec(sql); }

    test::TempDir dir_;
    store::Store writer_{dir_ / "kaizen.db"};
    asio::io_context io_;
    std::vector<std::string> failures_;
    const std::chrono::milliseconds patience_ = std::chrono::minutes(10);
    Pool pool_{[this] { return std::make_unique<Reader>(dir_ / "kaizen.db"); },
               [this](const std::exception& error) { failures_.emplace_back(error.what()); }, patience_};
};

TEST_F(QueryPoolTest, reads_what_is_committed_while_the_writer_has_more) {
    write("INSERT INTO models (name) VALUES ('first')");
    write("BEGIN IMMEDIATE");
    write("INSERT INTO models (name) VALUES ('second')");
    std::string outcome;
    ask({"models", nullptr}, count_models, outcome);
    io_.run();
    EXPECT_EQ(outcome, "1");
    write("COMMIT");
}

TEST_F(QueryPoolTest, all_of_an_answer_is_of_one_instant) {
    std::promise<void> counted;
    std::promise<void> written;
    std::string outcome;
    const Job job = [&](Reader& reader) {
        const std::int64_t before = count_models(reader);
        counted.set_value();
        written.get_future().wait();
        return 10 * before + count_models(reader);
    };
    ask({"models", nullptr}, job, outcome);
    io_.poll();
    counted.get_future().wait();
    write("INSERT INTO models (name) VALUES ('meanwhile')");
    written.set_value();
    io_.run();
    EXPECT_EQ(outcome, "0");
}

TEST_F(QueryPoolTest, writes_nothing) {
    std::string outcome;
    const Job job = [](Reader& reader) { return reader.store().usage.model_id("new"); };
    ask({"models", nullptr}, job, outcome);
    io_.run();
    EXPECT_EQ(outcome, "attempt to write a readonly database");
    EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(QueryPoolTest, ends_when_who_asked_has_gone) {
    const auto asker = std::make_shared<Asker>();
    std::promise<void> begun;
    std::string outcome;
    const Job job = [&](Reader& reader) {
        begun.set_value();
        return ask_without_end(reader);
    };
    ask({"for ever", asker}, job, outcome);
    io_.poll();
    begun.get_future().wait();
    asker->leave();
    io_.run();
    EXPECT_EQ(outcome, "who asked has gone");
    EXPECT_TRUE(failures_.empty());
}

TEST_F(QueryPoolTest, ends_all_at_stop_and_answers_none_after_it) {
    std::vector<std::string> outcomes(20);
    std::promise<void> begun;
    const Job first = [&](Reader& reader) {
        begun.set_value();
        return ask_without_end(reader);
    };
    ask({"for ever", nullptr}, first, outcomes[0]);
    io_.poll();
    begun.get_future().wait();
    for (std::size_t i = 1; i < outcomes.size(); ++i)
        ask({"for ever", nullptr}, ask_without_end, outcomes[i]);
    io_.poll();
    pool_.end_all();
    std::string late;
    ask({"models", nullptr}, count_models, late);
    io_.run();
    for (const std::string& outcome : outcomes) EXPECT_EQ(outcome, "kaizend stops");
    EXPECT_EQ(late, "kaizend stops");
}

TEST_F(QueryPoolTest, a_quick_question_waits_for_no_usual_one) {
    std::vector<std::string> outcomes(8);
    for (std::string& outcome : outcomes) ask({"for ever", nullptr}, ask_without_end, outcome);
    std::string quick;
    const Job job = [this](Reader& reader) {
        const std::int64_t models = count_models(reader);
        pool_.end_all();  // so that the others end, too
        return models;
    };
    ask({"models", nullptr, Pace::quick}, job, quick);
    io_.run();
    EXPECT_EQ(quick, "0");
}

TEST_F(QueryPoolTest, what_fails_is_told_to_who_asked_and_the_next_question_is_answered) {
    std::string failed;
    std::string next;
    const Job job = [](Reader&) -> std::int64_t { throw std::runtime_error("no such thing"); };
    ask({"failing", nullptr, Pace::quick}, job, failed);
    ask({"models", nullptr, Pace::quick}, count_models, next);
    io_.run();
    EXPECT_EQ(failed, "no such thing");
    EXPECT_EQ(next, "0");
    EXPECT_EQ(failures_, std::vector<std::string>{"no such thing"});
}

TEST_F(QueryPoolTest, ends_when_it_takes_too_long) {
    Pool impatient([this] { return std::make_unique<Reader>(dir_ / "kaizen.db"); },
                   [](const std::exception&) {}, std::chrono::milliseconds(50));
    std::string outcome;
    asio::co_spawn(io_, put(&impatient, {"for ever", nullptr}, ask_without_end, &outcome), asio::detached);
    io_.run();
    impatient.stop();
    EXPECT_EQ(outcome, "the answer takes too long");
}

}  // namespace
}  // namespace kaizen::insight
