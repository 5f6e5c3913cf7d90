#include "common/plain_text.h"

#include <gtest/gtest.h>

#include <string>

namespace kaizen {
namespace {

std::string utf8(char32_t c) {
    const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
    if (c < 0x80) return std::string(1, static_cast<char>(c));
    if (c < 0x800) return {static_cast<char>(0xc0 | (c >> 6)), tail(0)};
    return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
}

TEST(PlainText, drops_escape_sequences_whole) {
    EXPECT_EQ(plain("a\x1b[31mred\x1b[0m b"), "ared b");
    EXPECT_EQ(plain("\x1b]0;window title\x07text"), "text");
    EXPECT_EQ(plain("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\"), "link");
    EXPECT_EQ(plain("\x1bPdevice\x1b\\x"), "x");
    EXPECT_EQ(plain("\x1b(Bx\x1b"), "Bx");
    EXPECT_EQ(plain("\x1b[é"), "é");  // no sequence ends like that
    EXPECT_EQ(plain("\xc2\x9b"
                    "31mx"),
              "31mx");  // C1: one character
}

// Each by its own: what reorders, hides, joins or breaks a line, and what some terminals obey.
TEST(PlainText, lets_no_such_character_through) {
    for (char32_t c = 1; c < 0x3000; ++c) {
        const bool bidi = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                          (c >= 0x2066 && c <= 0x2069);
        const bool hides = c == 0xad || (c >= 0x200b && c <= 0x200d) || (c >= 0x2060 && c <= 0x2064);
        const bool breaks = c == 0x2028 || c == 0x2029;
        const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
        if (!bidi && !hides && !breaks && !control) continue;
        const std::string bytes = utf8(c);
        EXPECT_EQ(plain("a" + bytes + "b").find(bytes), std::string::npos) << std::hex << static_cast<int>(c);
        EXPECT_EQ(visible_json("a" + bytes + "b").find(bytes), std::string::npos)
            << std::hex << static_cast<int>(c);
    }
}

TEST(PlainText, escapes_what_json_would_hide) {
    EXPECT_EQ(visible_json("\"a\u202e\u009b31m\u00e9 \U0001F3FB\xff\""),
              "\"a\\u202e\\u009b31m\u00e9 \\ud83c\\udffb\uFFFD\"");
    EXPECT_EQ(visible_json(R"({"a":"\u001b[31m"})"), R"({"a":"\u001b[31m"})");
}

// Found by the fuzzer: a broken byte becomes three.
TEST(PlainText, is_no_longer_than_it_may_be) {
    const std::string broken(4096, '\xFF');
    EXPECT_LE(plain(broken).size(), 4096u);
    EXPECT_EQ(plain(plain(broken)), plain(broken));
    EXPECT_EQ(plain(broken, 7).size(), 6u) << "whole characters";
}

TEST(PlainText, makes_one_line_of_visible_characters) {
    EXPECT_EQ(plain("  two\n\t lines\r\n"), "two lines");
    EXPECT_EQ(plain("a\u202Eevil\u202C\u200Bb\uFEFF"), "aevilb");
    EXPECT_EQ(plain(std::string("nul\0 bel\a", 9)), "nul bel");
    EXPECT_EQ(plain("bad \xff utf-8"), "bad \uFFFD utf-8");
    EXPECT_EQ(plain("a\u00A0\u3000b"), "a b");
    EXPECT_EQ(plain("日本", 5), "日");
}

}  // namespace
}  // namespace kaizen
