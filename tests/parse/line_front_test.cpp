#include "daemon/parse/line_front.h"

#include <gtest/gtest.h>

#include <string>

namespace kaizen::parse {
namespace {

// The members that can be seen, as key=text; "{" for an object.
std::string seen(std::string_view line) {
    LineFront front(line);
    FrontMember member;
    std::string out;
    while (front.next(member))
        out += std::string(member.key) + "=" + (member.is_object ? "{" : std::string(member.text)) + " ";
    return out;
}

TEST(LineFront, walks_scalars_and_enters_objects) {
    EXPECT_EQ(seen(R"({"a":"x","b":null,"c":-1.5e3,"d":{"type":"y","z":1},"e":2})"),
              "a=x b=null c=-1.5e3 d={ type=y z=1 ");
}

TEST(LineFront, takes_white_space_between_tokens) {
    EXPECT_EQ(seen(R"({ "a" : "x" , "b" : true })"), "a=x b=true ");
}

TEST(LineFront, is_not_fooled_by_text_inside_strings) {
    EXPECT_EQ(seen(R"({"a":"\",\"type\":\"progress","b":"x\\","type":"user"})"),
              "a=\\\",\\\"type\\\":\\\"progress b=x\\\\ type=user ");
}

TEST(LineFront, stops_at_what_it_cannot_tell) {
    EXPECT_EQ(seen(R"({"a":1,"b":[1],"type":"x"})"), "a=1 ");
    EXPECT_EQ(seen("{\"a\":\"" + std::string(5000, 'x') + "\",\"type\":\"y\"}"), "");
    EXPECT_EQ(seen(R"([{"type":"x"}])"), "");
    EXPECT_EQ(seen(R"({"a":"x)"), "");
    EXPECT_EQ(seen(R"({"a")"), "");
    EXPECT_EQ(seen("{}"), "");
    EXPECT_EQ(seen(""), "");
}

TEST(LineFront, a_line_with_a_second_record_or_no_end_is_not_one_object) {
    EXPECT_TRUE(is_one_object(R"({"a":{"b":1}})"));
    EXPECT_FALSE(is_one_object(R"({"a":1}{"b":2})"));
    EXPECT_FALSE(is_one_object(R"({"a":1)"));
    EXPECT_FALSE(is_one_object(""));
}

}  // namespace
}  // namespace kaizen::parse
