// Where reading fails again and again, one line or one file is left out, and everything else is read.

#include <SQLiteCpp/Database.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ingest/reading_place.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

std::string line(std::string_view session, int number, std::string_view text) {
    return fmt::format(
        R"({{"type":"user","uuid":"{0}-{1}","sessionId":"{0}","timestamp":"2026-11-20T10:00:{1:02}.000Z",)"
        R"("cwd":"/w","message":{{"role":"user","content":"{2}"}}}})"
        "\n",
        session, number, text);
}

SessionFile session(int number, std::string content) {
    return {kClaudeRoot, fmt::format("-w/{:08}-aaaa-4000-8000-000000000001.jsonl", number),
            std::move(content)};
}

class FailingReads : public testing::Test {
  protected:
    FailingReads() { home_.expect_refusals(); }

    // From now on the database refuses what `when` says.
    void refuse(const std::string& what, const std::string& when) {
        home_.store().database.handle().exec(fmt::format(
            "CREATE TRIGGER refuse_{} BEFORE {} WHEN {} BEGIN SELECT RAISE(ABORT, 'refused'); END",
            ++refusals_, what, when));
    }
    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        store::EventFilter all;
        all.limit = 1000;
        for (const store::EventRow& row : home_.store().events.list(all)) texts.push_back(row.event.text);
        return texts;
    }
    store::FileRow row(const SessionFile& file) {
        return home_.store().files.find(home_.root(file.root), file.path).value_or(store::FileRow());
    }

    SessionHome home_;
    int refusals_ = 0;
};

TEST(ReadingPlace, a_read_error_that_has_passed_does_not_count_when_another_comes) {
    ingest::ReadingPlace place(nullptr);
    for (int i = 0; i < 3; ++i) {
        place.enter("/file");
        EXPECT_TRUE(place.cannot_read("Input/output error"));
        EXPECT_EQ(place.problem_of_file(), std::nullopt);
        place.enter("/file");
        place.has_read();
        place.leave();
    }
    place.enter("/file");
    EXPECT_TRUE(place.cannot_read("Input/output error"));
    EXPECT_TRUE(place.cannot_read("Input/output error"));
    EXPECT_EQ(place.problem_of_file(), "Input/output error");
    place.has_read();  // left alone, which is no reading
    EXPECT_EQ(place.problem_of_file(), "Input/output error");
}

TEST_F(FailingReads, a_line_that_fails_twice_is_bad_and_all_others_are_read) {
    refuse("INSERT ON events", "NEW.text LIKE '%poison%'");
    const SessionFile failing =
        session(1, line("a", 1, "one") + line("a", 2, "poison") + line("a", 3, "three"));
    home_.import({session(2, line("b", 1, "before")), failing, session(3, line("c", 1, "after"))});
    EXPECT_THAT(texts(), testing::UnorderedElementsAre("before", "one", "three", "after"));
    const store::FileRow file = row(failing);
    EXPECT_EQ(file.counts.lines, 3);
    EXPECT_EQ(file.counts.bad_lines, 1);
    EXPECT_EQ(file.problem, "");
    const auto bad = home_.store().database.handle().execAndGet(
        "SELECT line || ' at ' || offset || ': ' || reason FROM bad_lines");
    EXPECT_EQ(bad.getString(),
              fmt::format("2 at {}: reading it failed twice: refused", line("a", 1, "one").size()));
}

TEST_F(FailingReads, a_file_that_fails_at_line_after_line_is_left_alone) {
    refuse("INSERT ON events", "NEW.text LIKE '%poison%'");
    std::string lines;
    for (int i = 0; i < 50; ++i) lines += line("a", i, "poison");
    const SessionFile failing = session(1, lines);
    home_.import({failing, session(2, line("b", 1, "fine"))});
    EXPECT_THAT(texts(), testing::ElementsAre("fine"));
    EXPECT_THAT(row(failing).problem, testing::StartsWith("reading it failed 16 times"));
    home_.store().database.handle().exec("DROP TRIGGER refuse_1");
    home_.restart();
    home_.ingest().notice_history(failing.root, failing.path);
    home_.ingest().history_complete();
    home_.read_all();
    EXPECT_EQ(texts().size(), 51U - static_cast<std::size_t>(row(failing).counts.bad_lines));
    EXPECT_EQ(row(failing).problem, "");
}

TEST_F(FailingReads, a_file_that_cannot_even_be_begun_holds_up_nobody) {
    refuse("INSERT ON sessions", "NEW.id LIKE '00000001%'");
    home_.import({session(1, line("a", 1, "never")), session(2, line("b", 1, "fine"))});
    EXPECT_THAT(texts(), testing::ElementsAre("fine"));
}

TEST_F(FailingReads, what_fails_at_the_end_of_a_transaction_is_found_file_by_file) {
    refuse("UPDATE ON sessions", "NEW.id LIKE '00000001%' AND NEW.prompts > 0");
    home_.import({session(1, line("a", 1, "never")), session(2, line("b", 1, "fine")),
                  session(3, line("c", 1, "fine, too"))});
    EXPECT_THAT(texts(), testing::UnorderedElementsAre("fine", "fine, too"));
    const SessionFile live = session(2, line("b", 1, "fine"));
    home_.append(live, line("b", 2, "and later"));
    home_.notice(live);
    home_.read_all();
    EXPECT_THAT(texts(), testing::Contains("and later"));
}

// ---- what is known across a death ----

class Deaths : public testing::Test {
  protected:
    static tail::Line at(std::int64_t offset, std::string_view bytes = "{}") {
        return {bytes, offset, 1, false, false};
    }
    // As a process that dies at that line.
    void die(const std::string& file, std::int64_t offset) {
        runtime::CrashNote note(path_);
        ingest::ReadingPlace place(&note);
        place.enter(file);
        place.at(at(offset));
        note.write();
    }
    std::optional<std::string> problem(const std::string& file, std::int64_t offset) {
        runtime::CrashNote note(path_);
        ingest::ReadingPlace place(&note);
        place.enter(file);
        place.at(at(offset));
        return place.problem_of_line();
    }

    TempDir dir_;
    std::string path_ = dir_ / "reading";
};

TEST_F(Deaths, the_second_one_at_a_line_makes_it_bad) {
    die("/home/a.jsonl", 4711);
    EXPECT_EQ(problem("/home/a.jsonl", 4711), std::nullopt);
    die("/home/a.jsonl", 4711);
    EXPECT_EQ(problem("/home/a.jsonl", 4711), "kaizend died twice while it read it");
    EXPECT_EQ(problem("/home/a.jsonl", 0), std::nullopt);
    EXPECT_EQ(problem("/home/b.jsonl", 4711), std::nullopt);
}

TEST_F(Deaths, elsewhere_in_between_does_not_count) {
    die("/home/a.jsonl", 4711);
    die("/home/a.jsonl", 12);
    die("/home/a.jsonl", 4711);
    EXPECT_EQ(problem("/home/a.jsonl", 4711), std::nullopt);
}

TEST_F(Deaths, are_forgotten_when_the_line_was_got_over) {
    die("/home/a.jsonl", 4711);
    {
        runtime::CrashNote note(path_);
        ingest::ReadingPlace place(&note);
        place.enter("/home/a.jsonl");
        place.at(at(4711));
        place.leave();
        place.stored();
    }
    die("/home/a.jsonl", 4711);
    EXPECT_EQ(problem("/home/a.jsonl", 4711), std::nullopt);
}

// The system's memory killer gives no signal that could be handled.
TEST_F(Deaths, at_a_large_line_are_noted_before_they_happen) {
    const std::string large(std::size_t{8} << 20, 'x');
    for (int i = 0; i < 2; ++i) {
        runtime::CrashNote note(path_);
        ingest::ReadingPlace place(&note);
        place.enter("/home/a.jsonl");
        place.at(at(100, large));
    }
    EXPECT_TRUE(problem("/home/a.jsonl", 100));
}

}  // namespace
}  // namespace kaizen::test
