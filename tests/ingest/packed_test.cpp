// Rollouts that Codex compressed, and unpacks again when their session is resumed.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/ingest/session_home.h"
#include "tests/support/packed.h"

namespace kaizen::test {
namespace {

constexpr const char* kSession = "019f0000-0000-7000-8000-00000000000a";

std::string response(int number) {
    return fmt::format(R"({{"timestamp":"2026-10-05T09:00:{:02}.000Z","type":"token_usage_record","payload":)"
                       R"({{"response_id":"resp_{}","usage":{{"input_tokens":10,"output_tokens":1}}}}}})"
                       "\n",
                       number, number);
}

class PackedTest : public testing::Test {
  protected:
    [[nodiscard]] std::int64_t responses() {
        std::int64_t all = 0;
        for (const auto& [model, sum] : home_.by_model()) all += sum.responses;
        return all;
    }
    void put(const std::string& path, const std::string& bytes) {
        const SessionFile file{kCodexRoot, path, bytes};
        home_.write(file);
        home_.notice(file);
        home_.read_all();
    }
    const std::string plain_ = std::string("2026/10/05/rollout-2026-10-05T09-00-00-") + kSession + ".jsonl";
    const std::string packed_ = plain_ + ".zst";
    SessionHome home_;
};

TEST_F(PackedTest, are_read_as_what_they_were) {
    put(packed_, packed(response(1) + response(2)));
    EXPECT_EQ(responses(), 2);
    EXPECT_EQ(home_.all_sessions().at(0).state.id, kSession);
    EXPECT_EQ(home_.store().files.totals().at(0).bytes_behind, 0);
}

TEST_F(PackedTest, add_nothing_to_what_was_read_before_and_go_on_when_they_are_unpacked) {
    put(plain_, response(1) + response(2));
    std::filesystem::remove(home_.root(kCodexRoot) + "/" + plain_);
    put(packed_, packed(response(1) + response(2)));
    EXPECT_EQ(responses(), 2);
    home_.restart();
    std::filesystem::remove(home_.root(kCodexRoot) + "/" + packed_);
    put(plain_, response(1) + response(2) + response(3));
    EXPECT_EQ(responses(), 3);
    EXPECT_EQ(home_.all_sessions().size(), 1u);
}

TEST_F(PackedTest, are_not_unpacked_again_when_nothing_changed) {
    put(packed_, packed(response(1)));
    home_.restart();
    home_.ingest().notice_history(kCodexRoot, packed_);
    home_.ingest().history_complete();
    EXPECT_EQ(home_.ingest().step(4'000'000'000'000).history_files, 0);
}

TEST_F(PackedTest, that_are_broken_are_a_problem_of_their_file) {
    put(packed_, "no such thing");
    const auto rows = home_.store().files.of_session(home_.store().sessions.key_of("codex", kSession));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_NE(rows[0].problem.find("no zstd data"), std::string::npos) << rows[0].problem;
    put(packed_, packed(response(1)));
    EXPECT_EQ(responses(), 1);
}

}  // namespace
}  // namespace kaizen::test
