#include "daemon/redact/cut_text.h"

#include <gtest/gtest.h>

#include "common/json.h"
#include "common/text.h"

namespace kaizen::redact {
namespace {

TEST(CutText, loses_its_last_word) {
    EXPECT_EQ(without_last_word("the key is ghp_0123"), "the key is ");
    EXPECT_EQ(without_last_word("口令ghp_0123"), "口令");
    EXPECT_EQ(without_last_word("ghp_0123"), "");
    EXPECT_EQ(without_last_word("line\n"), "line\n");
}

TEST(CutText, loses_all_groups_of_its_last_number) {
    EXPECT_EQ(without_last_word("paid with 4111 1111 1111 11"), "paid with ");
    EXPECT_EQ(without_last_word("call +49 (30) 23125 1"), "call ");
    EXPECT_EQ(without_last_word("to GB82 WEST 1234 5698 7"), "to ");
    EXPECT_EQ(closed_json(R"({"a":"paid with 4111 1111 1111 11)"), R"({"a":"paid with "})");
}

TEST(ClosedJson, closes_what_is_open) {
    EXPECT_EQ(closed_json(R"({"a":1,"b":{"c":["x","y z w)"), R"({"a":1,"b":{"c":["x","y z "]}})");
    EXPECT_EQ(closed_json(R"({"a":"one","b":12)"), R"({"a":"one"})");
    EXPECT_EQ(closed_json(R"({"a":"one","be)"), R"({"a":"one"})");
    EXPECT_EQ(closed_json(R"({"a":"one","be":)"), R"({"a":"one"})");
    EXPECT_EQ(closed_json(R"({"a":"x\nyz)"), R"({"a":"x\n"})");
    EXPECT_EQ(closed_json(R"({"a":"x \)"), R"({"a":"x "})");
    EXPECT_EQ(closed_json("{"), "{}");
    EXPECT_EQ(closed_json(R"({"a":1})"), R"({"a":1})");
    EXPECT_EQ(closed_json("plain text"), "");
}

// Wherever a text is cut: what comes out is JSON, and nothing that was not there.
TEST(ClosedJson, of_every_front_is_json) {
    const std::string whole =
        R"( {"command":"echo \"a\" \\ b\u00e9 \ud83d\ude00 é","n":[1,-2.5e3,true,null,{"k é":"v"}],"":"x"} )";
    JsonDocument document;
    ASSERT_TRUE(document.parse(whole));
    for (std::size_t end = 2; end <= whole.size(); ++end) {
        const std::string front(truncate_utf8(whole, end));
        const std::string closed = closed_json(front);
        EXPECT_TRUE(document.parse(closed)) << front << " → " << closed;
        EXPECT_FALSE(document.repaired()) << closed;
    }
}

TEST(FrontOfRedacted, never_ends_within_a_mark) {
    const std::string text = "see <REDACTED:token#12> and <b>";
    for (std::size_t end = 0; end < text.size(); ++end) {
        const std::string_view front = front_of_redacted(text, end);
        const std::size_t mark = front.find("<REDACTED");
        EXPECT_TRUE(mark == std::string_view::npos || front.find('>', mark) != std::string_view::npos)
            << front;
        EXPECT_TRUE(text.starts_with(front));
    }
    EXPECT_EQ(front_of_redacted("a < b and so on", 9), "a < b and");
}

}  // namespace
}  // namespace kaizen::redact
