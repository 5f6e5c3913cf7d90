#include "ctl/plain_text.h"

#include <gtest/gtest.h>

#include <random>

#include "common/text.h"

namespace kaizen::ctl {
namespace {

TEST(PlainText, finds_the_first_line_that_says_something) {
    EXPECT_EQ(first_line("\n  \n\x1b[0m\nthird\nfourth"), "third");
    EXPECT_EQ(first_line(""), "");
}

TEST(PlainText, measures_columns) {
    EXPECT_EQ(columns_of("abc"), 3);
    EXPECT_EQ(columns_of("日本語"), 6);
    EXPECT_EQ(columns_of("🚀"), 2);
    EXPECT_EQ(columns_of("e\u0301"), 1);
    EXPECT_EQ(columns_of("● ◐ ○ ✔ ✖ – …"), 13);
    EXPECT_EQ(columns_of("ＡＢ"), 4);
    EXPECT_EQ(columns_of(plain("👩‍👩‍👧")),
              6);  // joiners are dropped: three people, two columns each
}

TEST(PlainText, cuts_between_characters) {
    EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
    EXPECT_EQ(cut_to("abcdefg", 6), "abcde…");
    EXPECT_EQ(cut_to("日本語", 5), "日本…");
    EXPECT_EQ(cut_to("日本語", 4), "日…");
    EXPECT_EQ(cut_to("ab cd", 4), "ab…");
    EXPECT_EQ(cut_to("abc", 1), "…");
    EXPECT_EQ(cut_to("abc", 0), "");
    EXPECT_EQ(cut_front_to("/a/long/path.cpp", 9), "…path.cpp");
    EXPECT_EQ(cut_front_to("日本語", 4), "…語");
    EXPECT_EQ(cut_front_to("short", 9), "short");
}

// Whatever bytes come in, what goes out is valid text without control characters, and cuts keep their width.
TEST(PlainText, holds_for_any_bytes) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::string_view parts[] = {"\x1b[",    "\x1b]", "\x07", "m", "日",   "🚀",     "\xe2",
                                      "\xcc\x81", " ",     "\n",   "x", "\x9b", "\u202e"};
    for (int round = 0; round < 3000; ++round) {
        std::string bytes;
        for (std::size_t i = random() % 20; i > 0; --i) {
            if (random() % 4 == 0)
                bytes.push_back(static_cast<char>(random() % 256));
            else
                bytes += parts[random() % std::size(parts)];
        }
        const std::string text = plain(bytes);
        ASSERT_TRUE(is_utf8(text));
        for (const char c : text) ASSERT_FALSE((c >= 0 && c < ' ') || c == 0x7f) << text;
        for (const int columns : {0, 1, 3, 7}) {
            ASSERT_LE(columns_of(cut_to(text, columns)), columns) << text;
            ASSERT_LE(columns_of(cut_front_to(text, columns)), columns) << text;
        }
    }
}

}  // namespace
}  // namespace kaizen::ctl
