#include "daemon/tail/line_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "common/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace kaizen::tail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LineReaderTest : public testing::Test {
  protected:
    // Reads until nothing more comes; returns the lines taken, too long ones as "<too long>".
    std::vector<std::string> read_all(LineReader& reader) {
        std::vector<std::string> lines;
        const UniqueFd fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
        while (true) {
            const auto result = reader.read(fd.get(), limits_, [&](const Line& line) {
                if (line.unterminated && !take_unterminated_) return false;
                lines.push_back(line.too_long ? "<too long>" : std::string(line.bytes));
                numbers_.push_back(line.number);
                return true;
            });
            EXPECT_TRUE(result.has_value());
            if (!result || !result->more) return lines;
        }
    }

    test::TempDir dir_;
    std::string file_ = dir_ / "session.jsonl";
    ReadLimits limits_;
    bool take_unterminated_ = true;
    std::vector<std::int64_t> numbers_;
};

TEST_F(LineReaderTest, leaves_a_torn_line_in_the_file) {
    test::write_file(file_, "one\ntwo\nthr");
    LineReader reader;
    EXPECT_THAT(read_all(reader), ElementsAre("one", "two"));
    EXPECT_EQ(reader.position().offset, 8);
    test::append_file(file_, "ee\n");
    EXPECT_THAT(read_all(reader), ElementsAre("three"));
    EXPECT_THAT(numbers_, ElementsAre(1, 2, 3));
}

TEST_F(LineReaderTest, goes_on_where_a_saved_position_stood) {
    test::write_file(file_, "one\ntwo\n");
    LineReader first;
    read_all(first);
    test::append_file(file_, "three\n");
    LineReader second(first.position());
    EXPECT_THAT(read_all(second), ElementsAre("three"));
    EXPECT_EQ(numbers_.back(), 3);
}

TEST_F(LineReaderTest, gives_blank_lines_and_carriage_returns_as_they_are) {
    test::write_file(file_, "\n\r\nx\r\n");
    LineReader reader;
    EXPECT_THAT(read_all(reader), ElementsAre("", "\r", "x\r"));
}

TEST_F(LineReaderTest, takes_a_line_that_is_longer_than_a_slice) {
    limits_.slice_bytes = 16;
    const std::string line(100, 'x');
    test::write_file(file_, "a\n" + line + "\nb\n");
    LineReader reader;
    EXPECT_THAT(read_all(reader), ElementsAre("a", line, "b"));
}

TEST_F(LineReaderTest, counts_a_line_that_is_too_long_once_and_goes_on_behind_it) {
    limits_.slice_bytes = 16;
    limits_.max_line_bytes = 64;
    test::write_file(file_, "a\n" + std::string(200, 'x') + "\nb\n" + std::string(64, 'y') + "\n");
    LineReader reader;
    EXPECT_THAT(read_all(reader), ElementsAre("a", "<too long>", "b", std::string(64, 'y')));
    EXPECT_THAT(numbers_, ElementsAre(1, 2, 3, 4));
}

TEST_F(LineReaderTest, skips_a_growing_line_over_restarts) {
    limits_.slice_bytes = 16;
    limits_.max_line_bytes = 64;
    test::write_file(file_, std::string(200, 'x'));
    LineReader first;
    EXPECT_THAT(read_all(first), IsEmpty());
    EXPECT_TRUE(first.position().skipping);
    test::append_file(file_, std::string(50, 'x') + "\nb\n");
    LineReader second(first.position());
    EXPECT_THAT(read_all(second), ElementsAre("<too long>", "b"));
}

TEST_F(LineReaderTest, takes_an_unterminated_last_line_when_asked_and_its_newline_later_is_no_line) {
    limits_.take_unterminated = true;
    test::write_file(file_, "{}\n{\"a\":1}");
    LineReader reader;
    EXPECT_THAT(read_all(reader), ElementsAre("{}", "{\"a\":1}"));
    test::append_file(file_, "\n{\"b\":2}");
    EXPECT_THAT(read_all(reader), ElementsAre("{\"b\":2}"));
    EXPECT_THAT(numbers_, ElementsAre(1, 2, 3));
}

TEST_F(LineReaderTest, leaves_an_unterminated_line_that_is_refused) {
    limits_.take_unterminated = true;
    take_unterminated_ = false;
    test::write_file(file_, "{\"a\":");
    LineReader reader;
    EXPECT_THAT(read_all(reader), IsEmpty());
    EXPECT_EQ(reader.position().offset, 0);
    test::append_file(file_, "1}\n");
    EXPECT_THAT(read_all(reader), ElementsAre("{\"a\":1}"));
}

TEST_F(LineReaderTest, finds_lines_in_a_front_that_was_rewritten_while_it_waited) {
    limits_.slice_bytes = 16;
    test::write_file(file_, std::string(60, 'x'));
    LineReader reader;
    EXPECT_THAT(read_all(reader), IsEmpty());
    test::write_file(file_, "short\n" + std::string(70, 'y') + "\n");
    EXPECT_THAT(read_all(reader), ElementsAre("short", std::string(70, 'y')));
}

// Any cut into appends, any slice size and any restart give the lines that a plain split gives.
TEST_F(LineReaderTest, takes_each_line_once_whatever_the_cuts) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 300; ++round) {
        limits_.slice_bytes = 1 + below(40);
        limits_.max_line_bytes = 30 + below(60);
        std::string content;
        std::vector<std::string> expected;
        for (int i = below(30); i > 0; --i) {
            const std::string line(static_cast<std::size_t>(below(120)), static_cast<char>('a' + below(26)));
            content += line + "\n";
            const bool too_long = static_cast<std::int64_t>(line.size()) > limits_.max_line_bytes;
            expected.push_back(too_long ? "<too long>" : line);
        }
        content += std::string(static_cast<std::size_t>(below(20)), 'z');  // torn
        test::write_file(file_, "");
        LineReader reader;
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < content.size();) {
            const std::size_t bytes = 1 + static_cast<std::size_t>(below(100));
            test::append_file(file_, content.substr(at, bytes));
            at += bytes;
            for (std::string& line : read_all(reader)) lines.push_back(std::move(line));
            if (below(3) == 0) reader = LineReader(reader.position());
        }
        ASSERT_EQ(lines, expected) << "round " << round;
    }
}

}  // namespace
}  // namespace kaizen::tail
