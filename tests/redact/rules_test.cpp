// Every rule proves itself on its own examples, made from three seeds.

#include "daemon/redact/rules.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

constexpr std::uint64_t kSeeds[] = {11, 22, 33};

TEST(Rules, find_their_own_examples_and_nothing_in_what_is_left) {
    for (const std::uint64_t seed : kSeeds) {
        Shapes shapes(seed);
        for (const redact::Rule& rule : redact::all_rules()) {
            for (const std::string& example : shapes.make_all(rule.example)) {
                SCOPED_TRACE(testing::Message() << rule.name << ", seed " << seed << ": " << example);
                const std::string out = redacted(example);
                EXPECT_THAT(marks_in(out), testing::Contains(std::string(rule.name)));
                EXPECT_EQ(redacted(out), out);
            }
        }
    }
}

TEST(Rules, leave_what_only_looks_like_them) {
    for (const redact::Rule& rule : redact::all_rules()) {
        const std::string text(rule.counter_example);
        EXPECT_EQ(redacted(text), text) << rule.name;
    }
}

TEST(Rules, have_names_that_a_mark_can_carry) {
    for (const redact::Rule& rule : redact::all_rules()) {
        EXPECT_TRUE(redact::all_in(redact::Alphabet::name, rule.name)) << rule.name;
        EXPECT_LE(rule.name.size(), 32u) << rule.name;
        EXPECT_TRUE(plain_redactor().is_mark(redact::mark(std::string(rule.name) + "#12"))) << rule.name;
    }
}

}  // namespace
}  // namespace kaizen::test
