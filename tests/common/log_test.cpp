#include "common/log.h"

#include <gtest/gtest.h>

namespace kaizen::log {
namespace {

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
    info("file \"skipped\"", "path={} n={}", "a\\b\n", 3);
    debug("not shown", "n={}", 1);
    EXPECT_FALSE(enabled(Level::debug));
    const std::string out = testing::internal::GetCapturedStderr();
    EXPECT_NE(out.find(R"("event":"file \"skipped\"","fields":"path=a\\b\n n=3"})"), std::string::npos)
        << out;
    EXPECT_EQ(out.find("not shown"), std::string::npos);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

}  // namespace
}  // namespace kaizen::log
