#include "common/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace kaizen::log {
namespace {

// In a process of its own: the format is chosen once.
TEST(LogDeathTest, shows_no_character_that_a_terminal_obeys_or_hides) {
    const auto log_a_name = [] {
        start(Level::info, Format::text);
        info("file skipped", "path={}", "/tmp/a\x1b[2Jb\u202ec\u2028\nd\u009be");
        std::exit(0);
    };
    EXPECT_EXIT(log_a_name(), testing::ExitedWithCode(0),
                testing::HasSubstr("file skipped  path=/tmp/abc de\n"));
}

TEST(Log, knows_its_levels) {
    Level level = Level::error;
    EXPECT_TRUE(parse_level("debug", level));
    EXPECT_EQ(level, Level::debug);
    EXPECT_TRUE(parse_level("warn", level));
    EXPECT_EQ(level, Level::warn);
    EXPECT_FALSE(parse_level("loud", level));
    EXPECT_EQ(level, Level::warn) << "not written when the word is unknown";
}

TEST(Log, writes_json_lines_that_hold_any_text) {
    testing::internal::CaptureStderr();
    start(Level::info, Format::json);
    info("file \"skipped\"", "path={} n={}", "a\\b\n\u202e", 3);
    debug("not shown", "n={}", 1);
    EXPECT_FALSE(enabled(Level::debug));
    const std::string out = testing::internal::GetCapturedStderr();
    EXPECT_NE(out.find(R"("event":"file \"skipped\"","fields":"path=a\\b\n\u202e n=3"})"), std::string::npos)
        << out;
    EXPECT_EQ(out.find("not shown"), std::string::npos);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

}  // namespace
}  // namespace kaizen::log
