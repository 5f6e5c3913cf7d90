// What holds for any text: rule examples, literals, separators and bytes thrown together from a seed, which a
// failure prints.

#include <gtest/gtest.h>

#include <algorithm>

#include "common/text.h"
#include "daemon/redact/rules.h"
#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

constexpr std::uint64_t kSeeds[] = {7, 70, 700};
constexpr int kRounds = 400;

class AnyText {
  public:
    explicit AnyText(std::uint64_t seed) : shapes_(seed) {
        for (const redact::Rule& rule : redact::all_rules()) {
            for (const std::string_view literal : split(rule.literals, ' ')) {
                if (!literal.empty()) literals_.emplace_back(literal);
            }
            if (!rule.example.empty()) examples_.emplace_back(rule.example);
            if (rule.more.kind == redact::Kind::secret) secrets_.emplace_back(rule.example);
        }
    }

    [[nodiscard]] std::string next(std::string_view between = "") {
        std::string text;
        const std::size_t parts = 1 + shapes_.below(12);
        for (std::size_t i = 0; i < parts; ++i) text += part().append(between);
        return replace_invalid_utf8(text);
    }

    [[nodiscard]] Shapes& shapes() { return shapes_; }
    [[nodiscard]] std::string secret() { return shapes_.one_of(shapes_.make_all(shapes_.one_of(secrets_))); }

  private:
    std::string part() {
        static const std::vector<std::string> kSeparators = {" ",
                                                             "\n",
                                                             "\\n",
                                                             "=",
                                                             ":",
                                                             "\"",
                                                             "'",
                                                             "\\\"",
                                                             ", ",
                                                             "; ",
                                                             "@",
                                                             "/",
                                                             "\\",
                                                             "%20",
                                                             "://",
                                                             "<",
                                                             ">",
                                                             "$",
                                                             "{",
                                                             "}",
                                                             "-",
                                                             "--",
                                                             ".",
                                                             "|",
                                                             "\t",
                                                             "\x1b[32m",
                                                             "is ",
                                                             "<REDACTED:",
                                                             "<REDACTED:token#1>"};
        switch (shapes_.below(6)) {
            case 0:
                return shapes_.one_of(shapes_.make_all(shapes_.one_of(examples_)));
            case 1:
                return shapes_.one_of(literals_);
            case 2:
                return shapes_.make(shapes_.one_of<std::string>({"{a12}", "{d6}", "{h32}", "{l7}", "{u24}"}));
            case 3: {  // its beginning or its end
                const std::string example = shapes_.one_of(shapes_.make_all(shapes_.one_of(examples_)));
                const std::size_t cut = shapes_.below(example.size());
                return shapes_.below(2) == 0 ? example.substr(0, cut) : example.substr(cut);
            }
            case 4: {
                std::string bytes;
                for (std::size_t n = shapes_.below(6); n > 0; --n)
                    bytes.push_back(static_cast<char>(shapes_.below(256)));
                return bytes;
            }
            default:
                return shapes_.one_of(kSeparators);
        }
    }

    Shapes shapes_;
    std::vector<std::string> literals_;
    std::vector<std::string> examples_;
    std::vector<std::string> secrets_;
};

// Parts stand apart here: where a mark has replaced a neighbour that was glued to it, a name or a path may
// begin that was the middle of something before, and a second redaction finds more.
TEST(AnyText, is_the_same_after_a_second_redaction) {
    for (const std::uint64_t seed : kSeeds) {
        AnyText any(seed);
        for (int round = 0; round < kRounds; ++round) {
            const std::string text = any.next(round % 2 == 0 ? " " : "\n");
            const std::string once = redacted(text);
            ASSERT_EQ(redacted(once), once) << "seed " << seed << ", round " << round << ": " << text;
        }
    }
}

TEST(AnyText, stays_json) {
    for (const std::uint64_t seed : kSeeds) {
        AnyText any(seed);
        for (int round = 0; round < kRounds; ++round) {
            JsonText tree;
            tree.StartObject();
            tree.key(any.next());
            tree.string(any.next());
            tree.EndObject();
            const std::string out = redacted_json(tree.str());
            JsonDocument document;
            ASSERT_TRUE(document.parse(out)) << "seed " << seed << ", round " << round << ": " << tree.str();
            ASSERT_TRUE(document.root().IsObject() && document.root().MemberCount() == 1);
        }
    }
}

// What its rule takes out of an example standing alone does not leave, whatever stands around it.
TEST(AnyText, leaks_no_example_between_plain_separators) {
    static const std::vector<std::string> kPlain = {" ", "  ", "\t"};
    for (const std::uint64_t seed : kSeeds) {
        AnyText any(seed);
        for (int round = 0; round < kRounds; ++round) {
            Shapes& shapes = any.shapes();
            const std::string example = any.secret();
            const std::string alone = redacted(example);
            const std::string before = any.next();
            const std::string after = any.next();
            const std::string out =
                redacted(before + shapes.one_of(kPlain) + example + shapes.one_of(kPlain) + after);
            for (std::size_t i = 0; i + 8 <= example.size(); ++i) {
                const std::string piece = example.substr(i, 8);
                if ((alone + " " + before + " " + after).find(piece) != std::string::npos) continue;
                ASSERT_EQ(out.find(piece), std::string::npos)
                    << "seed " << seed << ", round " << round << ": " << piece << " of " << example << " in "
                    << out;
            }
        }
    }
}

}  // namespace
}  // namespace kaizen::test
