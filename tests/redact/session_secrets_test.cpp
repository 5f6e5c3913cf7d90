#include "daemon/redact/session_secrets.h"

#include <gtest/gtest.h>

#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

using redact::SessionSecrets;

constexpr std::uint64_t kSeed = 99;

TEST(SessionSecrets, go_on_where_their_state_was_taken) {
    Shapes shapes(kSeed);
    const std::string password = shapes.make("{l6}-{d4}-{l4}");
    SessionSecrets before("/w");
    static_cast<void>(plain_redactor().text("user grace@acme.io, password: " + password, before));
    auto after = SessionSecrets::restore(before.state(), "/w");
    ASSERT_TRUE(after);
    EXPECT_EQ(plain_redactor().text("bare " + password + " of grace@acme.io and x@acme.io", *after),
              "bare <REDACTED:password#1> of <REDACTED:email#2> and <REDACTED:email#3>");
    EXPECT_EQ(before.state().find(password), std::string::npos);
}

TEST(SessionSecrets, a_state_that_is_none_is_an_error) {
    const std::string good = SessionSecrets().state();
    EXPECT_TRUE(SessionSecrets::restore(good));
    for (const std::string& bad : {std::string(), std::string("secrets 2 ff\n"), good + "label x\n",
                                   good + "label x zz\n", good + "known 1 8 2 5\n", good + "what\n"})
        EXPECT_FALSE(SessionSecrets::restore(bad)) << bad;
}

TEST(SessionSecrets, stop_numbering_when_there_are_too_many) {
    SessionSecrets secrets;
    for (int i = 0; i < 10'000; ++i)
        EXPECT_EQ(secrets.label("x", std::to_string(i)), "x#" + std::to_string(i + 1));
    EXPECT_EQ(secrets.label("x", "one more"), "x");
    EXPECT_EQ(secrets.label("x", "41"), "x#42");
    secrets.remember("x", "one-more-1234");
    EXPECT_EQ(secrets.remembered(), 0u);
}

TEST(SessionSecrets, find_the_longest_value_at_a_place) {
    SessionSecrets secrets;
    secrets.remember("a", "abcdefg-1");
    secrets.remember("b", "abcdefg-1-longer");
    std::vector<std::string> found;
    const std::string text = "xabcdefg-1-longerabcdefg-1";
    secrets.find(
        text, [&](redact::Place place) { found.push_back(text.substr(place.begin, place.size())); },
        [](std::size_t) {});
    EXPECT_EQ(found, (std::vector<std::string>{"abcdefg-1-longer", "abcdefg-1"}));
}

}  // namespace
}  // namespace kaizen::test
