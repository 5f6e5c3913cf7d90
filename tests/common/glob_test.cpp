#include "common/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace kaizen {
namespace {

TEST(Glob, star_and_question_mark_stay_within_a_segment) {
    EXPECT_TRUE(glob_matches("/home/ada/work/*", "/home/ada/work/engine"));
    EXPECT_FALSE(glob_matches("/home/ada/work/*", "/home/ada/work/engine/src"));
    EXPECT_TRUE(glob_matches("/home/*/work/e*e", "/home/ada/work/engine"));
    EXPECT_TRUE(glob_matches("/home/ada/p?", "/home/ada/p1"));
    EXPECT_FALSE(glob_matches("/home/ada?p1", "/home/ada/p1"));
    EXPECT_FALSE(glob_matches("/home/ada", "/home/ada2"));
}

TEST(Glob, two_stars_go_over_segments) {
    EXPECT_TRUE(glob_matches("/home/ada/private/**", "/home/ada/private/a/b/c"));
    EXPECT_TRUE(glob_matches("/home/ada/private/**", "/home/ada/private"));
    EXPECT_FALSE(glob_matches("/home/ada/private/**", "/home/ada/privateer"));
    EXPECT_TRUE(glob_matches("**/secret/**", "/srv/x/secret/y"));
    EXPECT_TRUE(glob_matches("**", ""));
    EXPECT_TRUE(glob_matches("/home/**/kaizend", "/home/ada/work/kaizend"));
}

TEST(Glob, many_stars_cost_no_more_than_pattern_times_path) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "*a";
    EXPECT_FALSE(glob_matches(pattern + "b", std::string(4000, 'a')));
}

}  // namespace
}  // namespace kaizen
