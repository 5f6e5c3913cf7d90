#include "common/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace kaizen {
namespace {

const std::string kReplacement = "\xEF\xBF\xBD";

// RFC 3629 from its definition: decode, then refuse overlong forms, surrogates and what lies beyond U+10FFFF.
bool is_utf8_by_definition(std::string_view bytes) {
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    while (!bytes.empty()) {
        const auto lead = static_cast<unsigned char>(bytes[0]);
        const std::size_t n = lead < 0x80       ? 1
                              : lead >> 5 == 6  ? 2
                              : lead >> 4 == 14 ? 3
                              : lead >> 3 == 30 ? 4
                                                : 0;
        if (n == 0 || bytes.size() < n) return false;
        std::uint32_t code = n == 1 ? lead : lead & (0x7FU >> n);
        for (std::size_t i = 1; i < n; ++i) {
            const auto next = static_cast<unsigned char>(bytes[i]);
            if (next >> 6 != 2) return false;
            code = code << 6 | (next & 0x3FU);
        }
        if (code < kLeast[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
        bytes.remove_prefix(n);
    }
    return true;
}

// Bytes that are nearly UTF-8 more often than not.
std::string random_bytes(std::mt19937& random) {
    constexpr unsigned char kEdges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                        0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                        0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    std::string out;
    for (auto n = random() % 12; n > 0; --n) {
        if (random() % 4 == 0) out += "plain text";
        out += static_cast<char>(kEdges[random() % sizeof kEdges]);
        for (auto k = random() % 4; k > 0; --k) out += static_cast<char>(0x80 | (random() & 0x3F));
    }
    return out;
}

TEST(Utf8, agrees_with_the_definition_on_every_short_text) {
    for (unsigned value = 0; value < 1U << 24; ++value) {
        const char bytes[] = {static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                              static_cast<char>(value)};
        const std::string_view text(bytes, 3);
        if (is_utf8(text) != is_utf8_by_definition(text)) FAIL() << std::hex << value;
    }
}

TEST(Utf8, agrees_with_the_definition_on_random_bytes) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    int valid = 0;
    for (int i = 0; i < 100000; ++i) {
        const std::string bytes = random_bytes(random);
        ASSERT_EQ(is_utf8(bytes), is_utf8_by_definition(bytes)) << testing::PrintToString(bytes);
        valid += is_utf8(bytes) ? 1 : 0;
        const std::string mended = replace_invalid_utf8(bytes);
        ASSERT_TRUE(is_utf8_by_definition(mended)) << testing::PrintToString(bytes);
        ASSERT_EQ(mended == bytes, is_utf8(bytes)) << testing::PrintToString(bytes);
        const std::string_view front = truncate_utf8(mended, random() % (mended.size() + 2));
        ASSERT_TRUE(is_utf8_by_definition(front));
        ASSERT_TRUE(mended.starts_with(front));
    }
    EXPECT_GT(valid, 1000);
    EXPECT_LT(valid, 99000);
}

TEST(Utf8, replaces_each_bad_byte) {
    EXPECT_EQ(replace_invalid_utf8("a\xFFz"), "a" + kReplacement + "z");
    EXPECT_EQ(replace_invalid_utf8("\xE2\x82"), kReplacement + kReplacement) << "torn at the end";
    EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), kReplacement + kReplacement + kReplacement)
        << "a surrogate";
    EXPECT_EQ(replace_invalid_utf8(""), "");
    EXPECT_EQ(replace_invalid_utf8("12345678\xC3\xA9"), "12345678\xC3\xA9");
}

TEST(Utf8, truncates_between_code_points) {
    const std::string text = "a\xC3\xA9\xF0\x9F\x98\x80";  // 1 + 2 + 4 bytes
    EXPECT_EQ(truncate_utf8(text, 100), text);
    EXPECT_EQ(truncate_utf8(text, 7), text);
    EXPECT_EQ(truncate_utf8(text, 6), "a\xC3\xA9");
    EXPECT_EQ(truncate_utf8(text, 3), "a\xC3\xA9");
    EXPECT_EQ(truncate_utf8(text, 2), "a");
    EXPECT_EQ(truncate_utf8(text, 0), "");
}

TEST(Text, trims_and_splits) {
    EXPECT_EQ(trim(" \t\r\n a b \f\v"), "a b");
    EXPECT_EQ(trim(" \n "), "");
    EXPECT_EQ(split("a,b,,c", ','), (std::vector<std::string_view>{"a", "b", "", "c"}));
    EXPECT_EQ(split("", ','), std::vector<std::string_view>{""});
    EXPECT_EQ(split(",", ','), (std::vector<std::string_view>{"", ""}));
}

TEST(Text, is_lowered_in_ascii_alone) { EXPECT_EQ(to_lower("GPT-5 \u00c4z[@"), "gpt-5 \u00c4z[@"); }

TEST(Text, finds_the_nearest_word) {
    const std::vector<std::string_view> known = {"endpoint", "team_id", "team_token", "level"};
    EXPECT_EQ(nearest("endpiont", known), "endpoint");
    EXPECT_EQ(nearest("team_tokn", known), "team_token");
    EXPECT_EQ(nearest("lvel", known), "level");
    EXPECT_EQ(nearest("colour", known), "");
    EXPECT_EQ(nearest("", known), "");
    EXPECT_EQ(nearest("level", {}), "");
}

TEST(Text, one_line_joins_lines_and_cuts) {
    EXPECT_EQ(one_line("  fix\n\n\tthe  bug \n", 100), "fix the bug");
    EXPECT_EQ(one_line("h\xC3\xA9llo", 2), "h");
    EXPECT_EQ(one_line("abc def", 4), "abc ");
    EXPECT_EQ(one_line("\n \n", 10), "");
}

}  // namespace
}  // namespace kaizen
