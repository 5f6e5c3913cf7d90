#include "daemon/redact/user_rules.h"

#include <gtest/gtest.h>

#include "daemon/redact/redactor.h"

namespace kaizen::test {
namespace {

using redact::leading_literal;
using redact::UserRules;

std::string with_rule(const std::string& pattern, std::string_view text) {
    auto rules = UserRules::compile({{"ticket", pattern}});
    if (!rules) return rules.error().message;
    const redact::Redactor redactor({}, redact::Settings{{}, std::move(*rules), std::string(32, '\0')});
    redact::SessionSecrets secrets;
    return redactor.text(text, secrets);
}

TEST(UserRules, redact_what_they_match) {
    EXPECT_EQ(with_rule("ACME-[0-9]{6}", "see ACME-123456, ACME-12 and ACME-1234567"),
              "see <REDACTED:ticket#1>, ACME-12 and <REDACTED:ticket#1>7");
    EXPECT_EQ(with_rule(R"(\bACME-[0-9]{6}\b)", "ACME-123456 xACME-123456"),
              "<REDACTED:ticket#1> xACME-123456");
    EXPECT_EQ(with_rule("ACME-[0-9]{6}", "acme-123456"), "acme-123456");
}

TEST(UserRules, redact_a_long_match_to_its_end) {
    for (const std::size_t bytes : {4090U, 4091U, 4092U, 5000U, 300'000U})
        EXPECT_EQ(with_rule("ACME-[0-9]+", "ACME-" + std::string(bytes, '7') + "."), "<REDACTED:ticket#1>.");
    std::string text = "ACME-";
    for (int i = 0; i < 3000; ++i) text += "\xE6\xBC\xA2";
    EXPECT_EQ(with_rule("ACME-[^.]+", text + "."), "<REDACTED:ticket#1>.");
}

TEST(UserRules, marks_of_theirs_are_known_as_marks) {
    EXPECT_EQ(with_rule("REDACTED:[a-z]+", "<REDACTED:ticket#1>"), "<REDACTED:ticket#1>");
}

TEST(UserRules, begin_with_a_literal) {
    EXPECT_EQ(leading_literal("ACME-[0-9]{6}"), "ACME-");
    EXPECT_EQ(leading_literal(R"(\bproj\.x+)"), "proj.x");
    EXPECT_EQ(leading_literal("abcd?e"), "abc");
    EXPECT_EQ(leading_literal("abc{2}"), "ab");
    EXPECT_EQ(leading_literal("abc|def"), "");
    EXPECT_EQ(leading_literal("abc(d|e)[|]"), "abc");
    EXPECT_EQ(leading_literal(R"(abc\d+)"), "abc");
    EXPECT_EQ(leading_literal("[a]bc"), "");
}

TEST(UserRules, that_cannot_be_used_are_refused_by_name) {
    for (const RedactRule& rule : {RedactRule{"x", "[0-9]{6}"},
                                   {"x", "ab[0-9]"},
                                   {"x", "abc|def"},
                                   {"x", "abc("},
                                   {"Has Blank", "abcd"},
                                   {"", "abcd"}}) {
        const auto compiled = UserRules::compile({rule});
        ASSERT_FALSE(compiled) << rule.pattern;
        EXPECT_NE(compiled.error().message.find("redact.rule \"" + rule.name + "\""), std::string::npos);
    }
}

TEST(UserRules, that_would_take_too_long_make_the_text_fail) {
    std::string text;
    while (text.size() < 3u << 20) text += "aaa";
    EXPECT_THROW(static_cast<void>(with_rule("aaa.*b", text)), std::runtime_error);
}

}  // namespace
}  // namespace kaizen::test
