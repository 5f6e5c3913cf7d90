#include "ctl/tool_input.h"

#include <gtest/gtest.h>

#include <random>

namespace kaizen::ctl {
namespace {

std::string telling(std::string_view input) { return telling_argument(input).text; }

TEST(ToolInput, takes_the_most_telling_member) {
    EXPECT_EQ(telling(R"({"description":"Run tests","command":"ninja -j2 \"all\" && ctest"})"),
              "ninja -j2 \"all\" && ctest");
    EXPECT_EQ(telling(R"({"replace_all":false,"file_path":"/a/b.cpp","old_string":"x"})"), "/a/b.cpp");
    EXPECT_TRUE(telling_argument(R"({"file_path":"/a/b.cpp"})").is_path);
    EXPECT_EQ(telling(R"({"path":"/src","pattern":"TODO|FIXME"})"), "TODO|FIXME");
    EXPECT_EQ(telling(R"({ "prompt" : "long", "description" : "Explore" })"), "Explore");
    EXPECT_EQ(telling(R"({"unknown":{"command":"inner"},"other":"said"})"), "said");
}

TEST(ToolInput, leaves_the_shell_around_a_command_out) {
    EXPECT_EQ(telling(R"({"command":["bash","-lc","pytest -q"],"timeout_ms":1000})"), "pytest -q");
    EXPECT_EQ(telling(R"({"command":["git","status", "-sb"]})"), "git status -sb");
}

TEST(ToolInput, names_the_file_of_a_patch) {
    EXPECT_EQ(telling("*** Begin Patch\n*** Update File: src/cli.py\n@@ def main"), "src/cli.py");
    EXPECT_EQ(
        telling(
            R"({"command":["bash","-lc","apply_patch <<'P'\n*** Begin Patch\n*** Add File: a/b.txt\n+x"]})"),
        "a/b.txt");
}

TEST(ToolInput, reads_input_that_was_cut_off) {
    EXPECT_EQ(telling(R"({"command":"make all && ctes)"), "make all && ctes");
    EXPECT_EQ(telling(R"({"command":"line\nnext\)"), "line next");
    EXPECT_EQ(telling(R"({"command":"smile \ud83d\ude0)"), "smile \uFFFD");
    EXPECT_EQ(telling(R"({"command":["bash","-lc","rg foo)"), "rg foo");
    EXPECT_EQ(telling(R"({"todos":[{"content":"a"},{"con)"), R"({"todos":[{"content":"a"},{"con)");
}

TEST(ToolInput, takes_plain_text_as_it_is) {
    EXPECT_EQ(telling("console.log(1)\nmore"), "console.log(1) more");
    EXPECT_EQ(telling("{}"), "");
    EXPECT_EQ(telling(""), "");
    EXPECT_EQ(telling(R"({"command":"a\u001b[31mb"})"), "ab");
}

TEST(ToolInput, holds_for_any_damage) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::string good = R"({"a":[1,{"b":"c\"d"}],"command":["bash","-lc","x\\\u00e9 y"],"path":"/p"})";
    for (int round = 0; round < 3000; ++round) {
        std::string text = good.substr(0, random() % (good.size() + 1));
        for (std::size_t hits = random() % 4; hits > 0 && !text.empty(); --hits) {
            text[random() % text.size()] = "\"\\{}[],: x"[random() % 10];
        }
        const std::string found = telling(text);
        ASSERT_EQ(found.find_first_of("\n\x1b"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace kaizen::ctl
