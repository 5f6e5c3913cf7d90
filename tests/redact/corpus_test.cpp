// Real session files (../shared/corpus; skipped where it is not there): what has left them holds no home
// directory, no name of the people who recorded them, no e-mail address and no known format. The patterns are
// the test's own.

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>

#include "tests/redact/redaction.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

// Who recorded them, as their own daemon would know.
const std::vector<std::string> kUsers = {"soph",     "masa",         "roblou", "gtrrz-victor",
                                         "tyleonha", "peytonmontei", "damia",  "dealenx"};

struct Pattern {
    std::string_view what;
    std::string_view expression;  // the part in parentheses is what counts
};
constexpr Pattern kPatterns[] = {
    {"home", R"((?:^|[\s"'=:(\[,])(?:/home|/Users)/([A-Za-z0-9_][A-Za-z0-9._-]*))"},
    {"Windows home", R"([A-Za-z]:\\+Users\\+([A-Za-z0-9_][A-Za-z0-9._-]*))"},
    {"slug", R"((?:^|[\s"'/])-(?:home|Users)-([A-Za-z0-9]+)-)"},
    {"mail",
     R"(\b([A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|org|net|de|io|edu|dev))\b)"},
    {"GitHub", R"(\b(gh[pousr]_[A-Za-z0-9]{36}))"},
    {"Anthropic", R"((sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{40}))"},
    {"OpenAI", R"((sk-proj-[A-Za-z0-9_-]{40}))"},
    {"AWS", R"(\b(A[KS]IA[A-Z2-7]{16})\b)"},
    {"Google", R"((AIza[A-Za-z0-9_-]{35}))"},
    {"Slack", R"((xox[abpers]-[0-9]{10,}-[A-Za-z0-9-]{20}))"},
    {"JWT", R"((eyJhbGciOi[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+))"},
    {"key", R"((-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}))"},
    {"URL", R"([a-z]://([A-Za-z0-9_-]+:[A-Za-z0-9_-]{8,}@))"},
};

// Accounts of machines, placeholders of documentation, addresses of nobody.
bool is_nobody(const std::string& found) {
    static const std::set<std::string> kNobodies = {"user", "runner",   "name", "Shared", "project",
                                                    "node", "username", "you",  "Public", "example"};
    return kNobodies.contains(found) || found.ends_with("@example.com") || found.starts_with("noreply@") ||
           found.starts_with("git@") || found.ends_with(".example.com");
}

struct Strings {
    std::vector<std::string> before;
    std::size_t bytes = 0;
};

void collect(const JsonValue& value, Strings& strings) {
    if (value.IsString()) {
        strings.before.emplace_back(as_view(value));
        strings.bytes += value.GetStringLength();
    } else if (value.IsArray()) {
        for (const JsonValue& entry : value.GetArray()) collect(entry, strings);
    } else if (value.IsObject()) {
        for (const auto& member : value.GetObject()) {
            strings.before.emplace_back(as_view(member.name));
            collect(member.value, strings);
        }
    }
}

class RedactedCorpus : public testing::Test {
  protected:
    void SetUp() override {
        if (corpus_dir().empty()) GTEST_SKIP() << "no corpus beside this tree";
    }

    template <class Take>
    void for_each_line(Take&& take) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus_dir())) {
            if (!entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
            redact::SessionSecrets secrets;
            std::istringstream in(read_file(entry.path().string()));
            JsonDocument document;
            for (std::string line; std::getline(in, line);) {
                if (document.parse(line)) take(document.root(), secrets);
            }
        }
    }

    redact::Redactor redactor_{redact::Identity{kUsers, {"/Users/soph", "/Users/masa"}, {}, {}, {}},
                               redact::Settings{{}, {}, std::string(32, '\0')}};
};

TEST_F(RedactedCorpus, holds_nobody_and_nothing_secret) {
    std::vector<std::unique_ptr<re2::RE2>> patterns;
    for (const Pattern& pattern : kPatterns)
        patterns.push_back(std::make_unique<re2::RE2>(
            re2::StringPiece(pattern.expression.data(), pattern.expression.size())));
    re2::RE2 users(
        "(?i)(?:^|[^A-Za-z0-9])(soph|masa|roblou|gtrrz-victor|tyleonha|peytonmontei|damia|dealenx)(?:$|[^A-"
        "Za-z0-9])");
    std::size_t before = 0;
    std::size_t strings_seen = 0;
    for_each_line([&](const JsonValue& line, redact::SessionSecrets& secrets) {
        Strings strings;
        collect(line, strings);
        for (const std::string& string : strings.before) {
            const std::string out = redactor_.text(string, secrets);
            ++strings_seen;
            std::string found;
            before += re2::RE2::PartialMatch(string, users) ? 1 : 0;
            EXPECT_FALSE(re2::RE2::PartialMatch(out, users, &found)) << found << " in " << out.substr(0, 400);
            for (std::size_t i = 0; i < patterns.size(); ++i) {
                re2::StringPiece rest(out);
                while (re2::RE2::FindAndConsume(&rest, *patterns[i], &found))
                    EXPECT_TRUE(is_nobody(found))
                        << kPatterns[i].what << ": " << found << " in " << out.substr(0, 400);
            }
        }
    });
    std::cout << strings_seen << " strings, " << before << " of them named a user before\n";
    EXPECT_GT(strings_seen, 100'000u);
    EXPECT_GT(before, 1000u);
}

TEST_F(RedactedCorpus, stays_json_and_stays_as_it_is_the_second_time) {
    std::size_t lines = 0;
    for_each_line([&](const JsonValue& line, redact::SessionSecrets& secrets) {
        const std::string once = redactor_.json(line, secrets);
        const auto twice = redactor_.json(once, secrets);
        ASSERT_TRUE(twice) << once.substr(0, 400);
        EXPECT_EQ(*twice, once);
        ++lines;
    });
    EXPECT_GT(lines, 9000u);
}

}  // namespace
}  // namespace kaizen::test
