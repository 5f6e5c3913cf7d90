// Every rule's own example with text of any script around it, and every secret made long. Seeded: KAIZEN_SEED
// and KAIZEN_REDACT_ROUNDS repeat a run.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "common/text.h"
#include "daemon/redact/rules.h"
#include "daemon/redact/values.h"
#include "tests/redact/redaction.h"
#include "tests/redact/shapes.h"

namespace kaizen::test {
namespace {

constexpr std::size_t kPiece = 12;  // bytes in a row of a secret that nobody may read

std::uint64_t number_in_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class AnyBounds : public testing::Test {
  protected:
    AnyBounds() { std::cout << "KAIZEN_SEED=" << seed_ << " KAIZEN_REDACT_ROUNDS=" << rounds_ << "\n"; }

    // Some characters of one to four bytes, joined ones among them.
    std::string foreign(std::size_t most) {
        static const std::vector<std::string> kCharacters = {
            "\xE6\xBC\xA2", "\xE5\xAD\x97", "\xED\x95\x9C", "\xF0\x9F\x98\x80", "e\xCC\x81", "\xC3\xA9",
            "\xD0\xB6",     "\xD7\xA9",     "\xE2\x80\x8D", "\xE2\x82\xAC",     "\xC2\xA0",  "x"};
        std::string text;
        for (std::size_t n = shapes_.below(most + 1); n > 0; --n) text += shapes_.one_of(kCharacters);
        return text;
    }

    std::uint64_t seed_ = number_in_environment("KAIZEN_SEED", std::random_device{}());
    std::uint64_t rounds_ = number_in_environment("KAIZEN_REDACT_ROUNDS", 3);
    Shapes shapes_{seed_};
};

// Also in the example, at any place of it: then it may be none any more, but stays a text.
TEST_F(AnyBounds, of_any_example_are_between_characters) {
    for (std::uint64_t round = 0; round < rounds_; ++round) {
        for (const redact::Rule& rule : redact::all_rules()) {
            for (std::string text : shapes_.make_all(rule.example)) {
                for (int n = 0; n < 3; ++n) text.insert(shapes_.below(text.size() + 1), foreign(40));
                const std::string valid = replace_invalid_utf8(text);
                ASSERT_TRUE(is_utf8(redacted(valid))) << "KAIZEN_SEED=" << seed_ << ": " << valid;
            }
        }
    }
}

TEST_F(AnyBounds, hold_beside_text_of_any_script) {
    for (std::uint64_t round = 0; round < rounds_; ++round) {
        for (const redact::Rule& rule : redact::all_rules()) {
            for (const std::string& example : shapes_.make_all(rule.example)) {
                const std::string alone = redacted(example);
                // Alone in a line, a phone number is a number that a diff added.
                const std::string front = example.starts_with('+') ? " " : "\n";
                const std::string out = redacted(foreign(40) + front + example + "\n" + foreign(2000));
                ASSERT_TRUE(is_utf8(out)) << "KAIZEN_SEED=" << seed_ << ": " << example;
                for (std::size_t i = 0; i + kPiece <= example.size(); ++i) {
                    const std::string piece = example.substr(i, kPiece);
                    if (alone.find(piece) != std::string::npos) continue;
                    ASSERT_EQ(out.find(piece), std::string::npos)
                        << "KAIZEN_SEED=" << seed_ << ": " << piece << " of " << example << " in " << out;
                }
            }
        }
    }
}

// The last {…} of a token's shape made `times` as long: "ghp_{a36}" to "ghp_{a360}". Empty when its length
// is part of its format.
std::string longer(std::string_view shape, std::size_t times) {
    const std::size_t open = shape.rfind('{');
    if (open == std::string_view::npos || shape.find('}', open) + 1 != shape.size()) return {};
    const std::string part(shape.substr(open + 1, shape.size() - open - 2));
    if (part.size() < 2 || part == "b64" || part.find_first_not_of("0123456789-", 1) != std::string::npos)
        return {};
    const std::size_t count = std::stoul(part.substr(1)) * times;
    return std::string(shape.substr(0, open + 2)).append(std::to_string(count)).append("}");
}

TEST_F(AnyBounds, a_long_token_goes_to_its_end) {
    std::size_t made = 0;
    for (const redact::Rule& rule : redact::all_rules()) {
        if (rule.more.find != redact::find_token) continue;
        for (const std::size_t times : {10U, 1000U}) {
            const std::string shape = longer(rule.example.substr(0, rule.example.find(" | ")), times);
            if (shape.empty()) continue;
            ++made;
            const std::string token = shapes_.make(shape);
            if (redact::is_placeholder(std::string_view(token).substr(0, 300))) continue;  // by chance
            const std::string out = redacted("see " + token + " there");
            EXPECT_FALSE(leaks(out, shapes_.made(), kPiece)) << "KAIZEN_SEED=" << seed_ << ", " << rule.name
                                                             << ": " << shape << " -> " << out.substr(0, 99);
        }
    }
    EXPECT_GT(made, 150u);
}

TEST_F(AnyBounds, a_long_value_goes_to_its_end) {
    static const std::vector<std::string> kPlaces = {"postgres://app:{a%}@db/x",
                                                     "https://{a%}@host/x",
                                                     "redis://:a/{a%}@db",
                                                     "jdbc:oracle:thin:scott/{a%}@//db:1521/x",
                                                     "app:{a%}@tcp(db:3306)/app",
                                                     "db:5432:app:app:{a%}",
                                                     "DB_PASSWORD={a%}",
                                                     "\"client_secret\": \"{a%}\"",
                                                     "--password {a%} x",
                                                     "password: 'hunter-{a%}'",
                                                     "the password is now {a%}.",
                                                     "API_KEY={a%}",
                                                     "?sig={a%}&x=1",
                                                     "curl -u ada:{a%} https://x",
                                                     "mysql -p{a%} app",
                                                     "sshpass -p {a%} ssh x",
                                                     "echo {a%} | docker login --password-stdin",
                                                     "echo '{a%}'|sudo -kS ls",
                                                     "docker login --password-stdin <<< {a%}",
                                                     "htpasswd -nb grace {a%}",
                                                     "Authorization: Bearer {a%}",
                                                     "Authorization: Digest a=\"u\", b=\"{h%}\"",
                                                     "Bearer {u%}",
                                                     "Cookie: session={a%}; theme=dark",
                                                     "CREATE USER a IDENTIFIED BY '{a%}'",
                                                     "INSERT INTO u (a, password) VALUES (1, '{a%}')",
                                                     "sqlplus scott/{a%}@orcl",
                                                     "mc alias set m http://h KEY1 {a%}",
                                                     "<entry key=\"password\">{a%}</entry>",
                                                     "kind: Secret\ndata:\n  app: {b%}\n",
                                                     "/home/{l%}/x",
                                                     "/Users/grace/{l%}.txt",
                                                     "C:\\Users\\{l%}\\x",
                                                     "-home-{l%}-work",
                                                     "~u{l%}/bin",
                                                     "{l%}@navy.com",
                                                     "grace@{l%}.com",
                                                     "machine h login a password {a%}"};
    for (const std::string& place : kPlaces) {
        for (const std::size_t bytes : {20U, 200U, 2000U, 20'000U, 200'000U}) {
            std::string shape = place;
            shape.replace(shape.find('%'), 1, std::to_string(bytes));
            const std::string text = shapes_.make(shape);
            const std::string out = redacted(foreign(20) + "\n" + text + "\n" + foreign(20));
            EXPECT_TRUE(is_utf8(out));
            EXPECT_FALSE(leaks(out, shapes_.made(), kPiece))
                << "KAIZEN_SEED=" << seed_ << ": " << shape << " -> " << out.substr(0, 99);
        }
    }
}

}  // namespace
}  // namespace kaizen::test
