// The small parts that rules are made of.

#include <gtest/gtest.h>

#include "daemon/redact/alphabet.h"
#include "daemon/redact/checksums.h"
#include "daemon/redact/literal_table.h"
#include "daemon/redact/names.h"
#include "daemon/redact/randomness.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

using namespace redact;

constexpr std::uint64_t kSeed = 2026;

TEST(Checksums, are_the_published_ones) {
    EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
    EXPECT_EQ(in_base(crc32("hello"), 62, 6), "0zNvy2");
    EXPECT_TRUE(luhn_holds("4111111111111111"));
    EXPECT_FALSE(luhn_holds("4111111111111112"));
    EXPECT_TRUE(mod97_holds("GB82 WEST 1234 5698 7654 32"));
    EXPECT_FALSE(mod97_holds("GB82 WEST 1234 5698 7654 33"));
}

TEST(Checksums, base64_goes_there_and_back) {
    for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\x00\x7f"})
        EXPECT_EQ(decode_base64(encode_base64(text)), text);
    EXPECT_EQ(encode_base64("abcd"), "YWJjZA==");
    EXPECT_EQ(decode_base64("_-8"), decode_base64("/+8="));
    EXPECT_FALSE(decode_base64("a b"));
}

TEST(Alphabet, a_token_may_begin_behind_an_escape) {
    for (const std::string_view before : {"", " ", "\n", "\\n", "\\\\n", "=", "%3D", "\\u003d", "\\x1b",
                                          "\x1b[32m", "\\u001b[1;31m", "_", "-", "\xE8\xAF\xB7"})
        EXPECT_TRUE(begins_word(std::string(before) + "token", before.size())) << before;
    for (const std::string_view before : {"a", "9", "n", "3D", "[m]m", "x[9z;m"})
        EXPECT_FALSE(begins_word(std::string(before) + "token", before.size())) << before;
}

TEST(Names, are_folded_and_judged_by_their_end) {
    for (const std::string_view name :
         {"password", "DB_PASSWORD", "dbPassword", "client-secret", "clientSecret", "PGPASS", "db_pass",
          "SECRET_KEY", "credentials", "passphrase", "pwd"})
        EXPECT_EQ(sensitivity(name), Sensitivity::password) << name;
    for (const std::string_view name :
         {"token", "accessToken", "API_KEY", "x-api-key", "Authorization", "oauth", "cookie", "session_key",
          "signature", "ConnectionString", "dsn", "salt", "aws_access_key", "sig"})
        EXPECT_EQ(sensitivity(name), Sensitivity::key) << name;
    for (const std::string_view name : {"API_KEY_PROD", "token_url", "passwordHint", "encryption_key_id2"})
        EXPECT_NE(sensitivity(name), Sensitivity::password) << name;
    for (const std::string_view name :
         {"max_tokens", "input_tokens", "tokens", "key", "primary_key", "cacheKey", "author", "keyboard",
          "compass", "bypass", "design", "description", "", "session_id"})
        EXPECT_EQ(sensitivity(name), Sensitivity::none) << name;
}

TEST(Randomness, tells_made_up_strings_from_written_ones) {
    Shapes shapes(kSeed);
    int below = 0;
    for (int i = 0; i < 1000; ++i) below += randomness(shapes.make("{a32}")) < 14 ? 1 : 0;
    EXPECT_LE(below, 10) << "seed " << kSeed;
    for (int i = 0; i < 100; ++i) EXPECT_GE(randomness(shapes.make("{h32}")), 14) << "seed " << kSeed;
    for (const std::string_view text :
         {"PROJECT_NAME_ALIAS", "findUserByAddress", "the-quick-brown-fox",
          "src/daemon/redact/randomness.cpp", "1234567890123456", "createObjectFromPrototype",
          "kaizen_redact_test", "libboost-url1.81-dev"})
        EXPECT_LT(randomness(text), 12) << text;
}

TEST(LiteralTable, finds_what_a_plain_search_finds) {
    Shapes shapes(kSeed);
    for (int round = 0; round < 50; ++round) {
        std::vector<std::string> literals;
        for (int i = 0; i < 12; ++i) literals.push_back(shapes.some("abAB-", 1 + shapes.below(4)));
        const std::string text = shapes.some("abAB-x", 200);
        std::vector<std::pair<std::size_t, std::uint32_t>> expected;
        for (std::size_t end = 1; end <= text.size(); ++end) {
            for (std::uint32_t index = 0; index < literals.size(); ++index) {
                const std::size_t size = literals[index].size();
                if (size <= end && equal_folded(text.substr(end - size, size), literals[index]))
                    expected.emplace_back(end, index);
            }
        }
        std::vector<std::pair<std::size_t, std::uint32_t>> found;
        LiteralTable(literals).scan(
            text, [&](std::uint32_t index, std::size_t end) { found.emplace_back(end, index); });
        std::sort(found.begin(), found.end());
        EXPECT_EQ(found, expected) << "seed " << kSeed << ", round " << round;
    }
}

}  // namespace
}  // namespace kaizen::test
