#include "daemon/insight/latest_events.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

// Prompts of one session, a minute apart; every tenth has no time of its own.
SessionFile session_file(int number, int first_minute, int prompts) {
    const std::string id = fmt::format("{:08}-2222-4333-8444-555555555555", number);
    SessionFile file{kClaudeRoot, fmt::format("-w/{}.jsonl", id), {}};
    for (int i = 0; i < prompts; ++i) {
        const int minute = first_minute + i;
        const std::string at = i % 10 == 9 ? ""
                                           : fmt::format(R"("timestamp":"2026-11-20T{:02}:{:02}:00.000Z",)",
                                                         minute / 60 % 24, minute % 60);
        file.content +=
            fmt::format(R"({{"type":"user","uuid":"{}-{}",{}"message":{{"role":"user","content":"{} {}"}}}})"
                        "\n",
                        number, i, at, number, i);
    }
    return file;
}

std::vector<std::int64_t> ids_of(const std::vector<store::EventRow>& rows) {
    std::vector<std::int64_t> ids;
    for (const store::EventRow& row : rows) ids.push_back(row.id);
    return ids;
}

TEST(LatestEvents, are_those_that_a_look_at_all_of_them_finds) {
    const char* given = std::getenv("KAIZEN_SEED");  // NOLINT(concurrency-mt-unsafe)
    const auto seed = given == nullptr ? std::random_device()() : static_cast<unsigned>(std::stoul(given));
    SCOPED_TRACE(fmt::format("KAIZEN_SEED={}", seed));
    std::mt19937 random(seed);
    const auto number = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    SessionHome home;
    std::vector<SessionFile> files;
    for (int i = 0; i < 30; ++i) files.push_back(session_file(i, number(1200), 1 + number(number(3) * 60)));
    home.import(files);
    std::vector<std::pair<UnixMs, std::int64_t>> all;
    store::EventFilter everything;
    everything.limit = 100'000;
    auto rows = home.store().events.list(everything);
    std::int64_t session = 0;
    UnixMs at = 0;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {  // each file was read in one go
        if (row->session != session)
            at = home.store().sessions.load(session = row->session).last_activity.value_or(0);
        at = row->event.at.value_or(at);
        all.emplace_back(at, row->id);
    }
    std::sort(all.begin(), all.end());
    for (const std::int64_t limit : {1, 7, 50, 333, 100'000}) {
        store::EventFilter filter;
        filter.limit = limit;
        std::vector<std::int64_t> expected;
        const auto n = std::min(all.size(), static_cast<std::size_t>(limit));
        for (auto it = all.end() - static_cast<std::ptrdiff_t>(n); it != all.end(); ++it)
            expected.push_back(it->second);
        EXPECT_EQ(ids_of(insight::latest_events(home.store(), filter)), expected) << limit;
        filter.agent = "codex";
        EXPECT_TRUE(insight::latest_events(home.store(), filter).empty());
    }
}

}  // namespace
}  // namespace kaizen::test
