// Real files (../shared/corpus; skipped where it is not there): each line has an outcome, nothing recorded is
// unknown, what is skipped by its front is what a full parse says, and the tokens are those that the scripted
// model counted.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "common/json.h"
#include "tests/parse/event_text.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {
namespace fs = std::filesystem;

struct CorpusFile {
    const parse::Format* format;
    std::string path;
    parse::FileOwner owner;
};

std::vector<CorpusFile> files_below(const std::string& directory, const parse::Format* format,
                                    bool by_owner) {
    std::vector<CorpusFile> files;
    if (!fs::is_directory(directory)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
        const std::string relative = fs::relative(entry.path(), directory).string();
        const auto owner = format->owner(relative);
        if (by_owner && !owner) continue;
        files.push_back({format, entry.path().string(),
                         owner.value_or(parse::FileOwner{entry.path().stem().string(), {}})});
    }
    std::sort(files.begin(), files.end(),
              [](const CorpusFile& a, const CorpusFile& b) { return a.path < b.path; });
    return files;
}

const std::map<std::string, std::string> kRoots = {{"claude", ".claude/projects"},
                                                   {"codex", ".codex/sessions"}};

std::vector<CorpusFile> recorded_files(const std::string& scenario, std::string_view agent) {
    return files_below(scenario + "/home/" + kRoots.at(std::string(agent)), parse::find_format(agent), true);
}

std::vector<std::string> scenarios(std::string_view agent) {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(corpus_dir() + "/recorded")) {
        if (entry.path().filename().string().starts_with(std::string(agent) + "-"))
            all.push_back(entry.path().string());
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<CorpusFile> all_files() {
    std::vector<CorpusFile> files;
    const std::map<std::string, std::string> folders = {
        {"claude", "claude-code"}, {"codex", "codex"}, {"cursor", "cursor"}};
    for (const auto& [agent, folder] : folders) {
        const auto found = files_below(corpus_dir() + "/public/" + folder, parse::find_format(agent), false);
        files.insert(files.end(), found.begin(), found.end());
        if (agent == "cursor") continue;
        for (const std::string& scenario : scenarios(agent)) {
            const auto recorded = recorded_files(scenario, agent);
            files.insert(files.end(), recorded.begin(), recorded.end());
        }
    }
    return files;
}

// The kind of a record by a way of its own: all of it parsed, `type` and the subtype of those that have one.
std::string kind_by_full_parse(std::string_view agent, const JsonValue& record) {
    const std::string type(find_string(record, "type").value_or("(no type)"));
    const char* holder = agent == "codex" ? "payload" : type == "attachment" ? "attachment" : nullptr;
    const JsonValue* inner = holder == nullptr ? nullptr : find_object(record, holder);
    const auto subtype = inner == nullptr ? std::nullopt : find_string(*inner, "type");
    return subtype ? type + "/" + std::string(*subtype) : type;
}

class Corpus : public testing::Test {
  protected:
    void SetUp() override {
        if (corpus_dir().empty()) GTEST_SKIP() << "no corpus beside this tree";
    }
};

TEST_F(Corpus, every_line_has_an_outcome_and_recorded_ones_are_known) {
    parse::ParsedLine out;
    std::size_t lines = 0;
    for (const CorpusFile& file : all_files()) {
        const auto parser = file.format->make_parser(file.owner, {}, {});
        const bool recorded = file.path.find("/recorded/") != std::string::npos;
        for (const std::string& line : lines_of(file.path)) {
            parser->parse(line, out);
            ++lines;
            EXPECT_EQ(out.outcome == parse::LineOutcome::events, !out.events.empty()) << file.path;
            EXPECT_EQ(out.outcome == parse::LineOutcome::malformed, !out.reason.empty()) << file.path;
            if (!recorded) continue;
            EXPECT_LE(out.outcome, parse::LineOutcome::skipped) << file.path << "\n" << to_string(out);
        }
    }
    EXPECT_GT(lines, 9000u);
}

TEST_F(Corpus, lines_skipped_by_their_front_are_what_a_full_parse_says) {
    parse::ParsedLine out;
    JsonDocument document;
    std::size_t compared = 0;
    for (const CorpusFile& file : all_files()) {
        if (file.format->agent == "cursor") continue;
        const auto parser = file.format->make_parser(file.owner, {}, {});
        for (const std::string& line : lines_of(file.path)) {
            parser->parse(line, out);
            if (out.outcome != parse::LineOutcome::skipped || !document.parse(line) ||
                !document.root().IsObject())
                continue;
            const bool refined = out.kind.starts_with("user/") || out.kind.starts_with("system/");
            const std::string kind = refined ? out.kind.substr(0, out.kind.find('/')) : out.kind;
            EXPECT_EQ(kind, kind_by_full_parse(file.format->agent, document.root()))
                << file.path << line.substr(0, 300);
            ++compared;
        }
    }
    EXPECT_GT(compared, 3000u);
}

TEST_F(Corpus, events_of_one_identity_are_copies_of_each_other) {
    parse::ParsedLine out;
    for (const CorpusFile& file : all_files()) {
        const auto parser = file.format->make_parser(file.owner, {}, {});
        std::map<std::uint64_t, std::string> seen;
        for (const std::string& line : lines_of(file.path)) {
            parser->parse(line, out);
            for (const parse::Event& event : out.events) {
                const std::string content =
                    fmt::format("{} {} {}", static_cast<int>(event.kind), event.name, event.text);
                if (line.find("[trimmed for fixture]") != std::string::npos) continue;  // the ids, too
                EXPECT_EQ(seen.emplace(event.uid, content).first->second, content) << file.path;
            }
        }
    }
}

// ---- tokens; what is booked of them is tested in tests/ingest ----

// Codex's running total, where no resume starts it anew, is the sum of all responses.
TEST_F(Corpus, tokens_of_real_codex_files_add_up_to_their_running_total) {
    parse::ParsedLine out;
    JsonDocument document;
    std::size_t compared = 0;
    for (const CorpusFile& file :
         files_below(corpus_dir() + "/public/codex", parse::find_format("codex"), true)) {
        if (file.path.find("613a9a68") != std::string::npos) continue;  // resumed: tested below
        const auto parser = file.format->make_parser(file.owner, {}, {});
        std::int64_t sum = 0;
        std::int64_t running_total = 0;
        for (const std::string& line : lines_of(file.path)) {
            parser->parse(line, out);
            for (const parse::Event& event : out.events) {
                if (event.tokens)
                    sum +=
                        *event.tokens->input + event.tokens->cache_read.value_or(0) + *event.tokens->output;
            }
            if (!document.parse(line)) continue;
            const JsonValue* payload = find_object(document.root(), "payload");
            const JsonValue* info = payload == nullptr ? nullptr : find_object(*payload, "info");
            const JsonValue* total = info == nullptr ? nullptr : find_object(*info, "total_token_usage");
            if (total != nullptr) running_total = find_int(*total, "total_tokens").value_or(0);
        }
        if (file.path.find(".excerpt.") != std::string::npos || running_total == 0) continue;
        EXPECT_EQ(sum, running_total) << file.path;
        ++compared;
    }
    EXPECT_EQ(compared, 3u);
}

// Resumed by 0.36: the older file's records come again under new times, their tokens are booked there.
TEST_F(Corpus, a_resumed_codex_file_books_only_its_own_responses) {
    constexpr std::int64_t kReplayedTotal =
        2'306'201;  // where the copied running total stops; new ones start from zero
    parse::ParsedLine out;
    const auto parser = parser_for("codex");
    std::int64_t replayed = 0;
    std::int64_t own = 0;
    for (const CorpusFile& file :
         files_below(corpus_dir() + "/public/codex", parse::find_format("codex"), true)) {
        if (file.path.find("613a9a68") == std::string::npos) continue;
        for (const std::string& line : lines_of(file.path)) {
            parser->parse(line, out);
            for (const parse::Event& event : out.events) {
                if (!event.tokens) continue;
                (event.replayed ? replayed : own) +=
                    *event.tokens->input + *event.tokens->cache_read + *event.tokens->output;
            }
        }
    }
    EXPECT_EQ(replayed, kReplayedTotal);
    EXPECT_GT(own, 0);
}

}  // namespace
}  // namespace kaizen::test
