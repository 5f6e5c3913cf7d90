// Any order of files, any duplication of files or lines, any damage before a line, any cut into appends with
// restarts in between: the same totals per model and day, and the same prompts and tool calls. Seeded:
// KAIZEN_SEED and KAIZEN_USAGE_ROUNDS repeat a run.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "common/text.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

using Random = std::mt19937_64;

std::uint64_t number_in_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::size_t below(Random& random, std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

// All recorded files and fixtures, and with `made_up` some public ones: among these are many that people
// wrote for their tests, with the same record ids in sessions that are no copies.
std::vector<SessionFile> some_files(Random& random, bool made_up) {
    constexpr std::size_t kLargest = 1'500'000;
    std::vector<SessionFile> files = fixture_files();
    for (const std::string& scenario : recorded_scenarios()) {
        const auto more = recorded_files(scenario);
        files.insert(files.end(), more.begin(), more.end());
    }
    for (const SessionFile& file : public_files()) {
        if (made_up && file.content.size() < kLargest && below(random, 2) == 0) files.push_back(file);
    }
    // Half a last line is not there yet, so that a whole copy of it would be news.
    for (SessionFile& file : files) file.content.resize(file.content.rfind('\n') + 1);
    return files;
}

// The same session under another directory, or the same lines under another session's name.
SessionFile copy_of(const SessionFile& file, std::size_t number) {
    SessionFile copy = file;
    const std::string mark = "copy" + std::to_string(number);
    if (file.root == kCodexRoot)
        copy.path = number % 2 == 0 ? "2025/02/0" + std::to_string(1 + number % 9) +
                                          file.path.substr(file.path.rfind('/'))
                                    : "2025/02/01/rollout-" + mark + ".jsonl";
    else if (file.path.find("/agent-") != std::string::npos || number % 2 == 0)
        copy.path = "-" + mark + "/" + file.path.substr(file.path.find('/') + 1);
    else
        copy.path = file.path.substr(0, file.path.rfind('/') + 1) + mark + ".jsonl";
    return copy;
}

// Lines that stand twice: right behind themselves, or a block of them again behind it or at the end.
std::string with_doubled_lines(const std::string& content, Random& random) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(content, '\n')) lines.emplace_back(line);
    if (lines.back().empty()) lines.pop_back();
    if (lines.size() < 2) return content;
    const std::size_t begin = below(random, lines.size());
    const std::size_t end = begin + 1 + below(random, std::min<std::size_t>(20, lines.size() - begin));
    const std::vector<std::string> block(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                                         lines.begin() + static_cast<std::ptrdiff_t>(end));
    const std::size_t place = below(random, 2) == 0 ? end : lines.size();
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place), block.begin(), block.end());
    const std::size_t single = below(random, lines.size());
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(single), lines[single]);
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

// Something that is no record stands before some lines, as after a crash or a full disk.
std::string with_damage(const std::string& content, Random& random) {
    const std::array<std::string, 3> damages = {std::string(7, '\0'), R"({"type":"user","mess)",
                                                "garbage \x01 "};
    std::string out;
    for (const std::string_view line : split(content, '\n')) {
        if (!line.empty() && below(random, 10) == 0) out += damages[below(random, damages.size())];
        out += std::string(line) + "\n";
    }
    out.pop_back();
    return out;
}

// Prompts, tool calls and failed ones that are no copies. Of Claude Code alone: a Codex rollout under another
// session's name is that session.
std::array<std::int64_t, 3> own_work(SessionHome& home) {
    std::array<std::int64_t, 3> work{};
    for (const store::SessionRow& row : home.all_sessions()) {
        if (row.state.agent != "claude") continue;
        work[0] += row.state.prompts - row.state.copied_prompts;
        work[1] += row.state.tool_calls;
        work[2] += row.state.tool_errors;
    }
    return work;
}

// Each file comes in pieces that ignore lines, in any order, and the daemon restarts now and then.
void import_in_pieces(SessionHome& home, std::vector<SessionFile> files, Random& random) {
    struct Growing {
        SessionFile file;
        std::size_t written = 0;
    };
    std::vector<Growing> growing;
    for (SessionFile& file : files) growing.push_back({std::move(file)});
    while (!growing.empty()) {
        const std::size_t i = below(random, growing.size());
        Growing& one = growing[i];
        const std::size_t rest = one.file.content.size() - one.written;
        const std::size_t piece = below(random, 3) != 0 ? rest : below(random, rest + 1);
        home.append(one.file, std::string_view(one.file.content).substr(one.written, piece));
        one.written += piece;
        home.notice(one.file);
        if (below(random, 3) == 0) home.read_all();
        if (below(random, 20) == 0) {
            home.read_all();
            home.restart();
        }
        if (one.written == one.file.content.size())
            growing.erase(growing.begin() + static_cast<std::ptrdiff_t>(i));
    }
    home.read_all();
}

// Tokens only: what the sums say of costs follows from them.
template <class Map>
std::string difference(const Map& expected, const Map& found) {
    for (const auto& [key, sum] : expected) {
        const auto other = found.find(key);
        const auto text = [](const session::UsageSum& s) {
            return std::to_string(s.responses) + " responses, " + std::to_string(s.input.sum) + " in, " +
                   std::to_string(s.cache_read.sum) + " read, " + std::to_string(s.cache_write.sum) +
                   " written, " + std::to_string(s.output.sum) + " out";
        };
        if (other == found.end())
            return key.first + " on day " + std::to_string(key.second) + " is missing: " + text(sum);
        if (other->second != sum)
            return key.first + " on day " + std::to_string(key.second) + ": expected " + text(sum) +
                   ", found " + text(other->second);
    }
    return expected.size() == found.size() ? "" : "there are models or days too many";
}

// The sums are those of the responses, counted anew.
void expect_sums_of_responses(SessionHome& home) {
    std::map<store::UsageKey, session::UsageSum> counted;
    for (const store::ResponseRow& row :
         home.store().usage.from(std::numeric_limits<std::int64_t>::min(), 1'000'000)) {
        const session::Response& response = row.response;
        counted[{session::quarter_of(response.at), response.session,
                 home.store().usage.model_id(response.model)}]
            .add(response);
    }
    home.store().usage.each(0, std::numeric_limits<std::int64_t>::max(),
                            [&](const store::UsageKey& key, const session::UsageSum& sum) {
                                EXPECT_EQ(counted[key], sum);
                                counted.erase(key);
                            });
    EXPECT_TRUE(counted.empty());
}

TEST(UsageProperty, totals_do_not_depend_on_order_duplicates_or_cuts) {
    const std::uint64_t seed = number_in_environment("KAIZEN_SEED", std::random_device{}());
    const std::uint64_t rounds = number_in_environment("KAIZEN_USAGE_ROUNDS", 10);
    std::cout << "KAIZEN_SEED=" << seed << " rounds=" << rounds << "\n";
    Random random(seed);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << " round " << round);
        const bool made_up = round % 2 == 0;
        std::vector<SessionFile> files = some_files(random, made_up);
        SessionHome plain;
        plain.import(files);
        expect_sums_of_responses(plain);
        const std::size_t originals = files.size();
        for (std::size_t i = 0; i < originals; ++i) {
            if (below(random, 4) == 0) files.push_back(copy_of(files[i], i));
        }
        for (SessionFile& file : files) {
            if (below(random, 3) == 0) file.content = with_doubled_lines(file.content, random);
            if (below(random, 4) == 0) file.content = with_damage(file.content, random);
        }
        SessionHome disturbed;
        import_in_pieces(disturbed, files, random);
        expect_sums_of_responses(disturbed);
        EXPECT_EQ(difference(plain.by_model_and_day(), disturbed.by_model_and_day()), "");
        if (!made_up) {
            EXPECT_EQ(own_work(plain), own_work(disturbed)) << "prompts, tool calls, failed ones";
        }
    }
}

}  // namespace
}  // namespace kaizen::test
