#include "ctl/json_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ctl/samples.h"

namespace kaizen::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(JsonView, indents_one_member_a_line) {
    EXPECT_EQ(json_lines(look_of(80), R"({"a":1,"b":[true,null,"x"],"c":{},"d":{"e":1.5}})"),
              "{\n"
              "  \"a\": 1,\n"
              "  \"b\": [\n"
              "    true,\n"
              "    null,\n"
              "    \"x\"\n"
              "  ],\n"
              "  \"c\": {},\n"
              "  \"d\": {\n"
              "    \"e\": 1.5\n"
              "  }\n"
              "}\n");
}

TEST(JsonView, colours_keys_and_what_redaction_took_out) {
    const std::string text = json_lines(look_of(80, true), R"({"cmd":"-H <REDACTED:bearer#1> <x"})");
    EXPECT_THAT(text, HasSubstr("\x1b[36m\"cmd\"\x1b[0m"));
    EXPECT_THAT(text, HasSubstr("\"-H \x1b[33m<REDACTED:bearer#1>\x1b[0m <x\""));
    EXPECT_EQ(mark_redactions(look_of(80, true), "cut <REDACTED:bea…"), "cut <REDACTED:bea…");
}

TEST(JsonView, makes_control_characters_harmless) {
    const std::string text = json_lines(look_of(80), "{\"a\\u001b[2J\":\"b\\u001b]0;x\\u0007\u202e\u009b\"}");
    EXPECT_EQ(text, "{\n  \"a\\u001B[2J\": \"b\\u001B]0;x\\u0007\\u202e\\u009b\"\n}\n");
    EXPECT_EQ(json_lines(look_of(80), "no \x1b[31mjson\n"), "no json\n");
}

TEST(JsonView, goes_as_deep_as_parsing_does) {
    const std::string deep = std::string(200, '[') + std::string(200, ']');
    EXPECT_THAT(json_lines(look_of(80), deep), HasSubstr("[]"));
    const std::string bottomless = std::string(100'000, '[');
    EXPECT_THAT(json_lines(look_of(80), bottomless), Not(HasSubstr("\n ")));
}

}  // namespace
}  // namespace kaizen::ctl
