// A byte of the database is not what it was: either all answers are right, or it is noticed, moved aside and
// made anew from the session files, with the same rows.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "daemon/store/aside.h"
#include "daemon/store/fault.h"
#include "daemon/store/file_check.h"
#include "tests/ingest/session_home.h"

namespace kaizen::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr const char* kLine =
    R"({"type":"user","uuid":"5d0e1f5e-aaaa-4000-8000-000000000001","timestamp":"2026-11-20T10:00:00.000Z",)"
    R"("cwd":"/w","message":{"role":"user","content":"and one more"}})"
    "\n";

// What people may ask for, without the numbers that one database gives.
std::set<std::string> facts(SessionHome& home) {
    std::set<std::string> facts;
    store::EventFilter all;
    all.limit = std::numeric_limits<std::int64_t>::max();
    for (const store::EventRow& row : home.store().events.list(all)) {
        std::ostringstream text;
        text << row.agent << ' ' << row.session_id << ' ' << row.seq << ' ' << row.event.uid << ' '
             << static_cast<int>(row.event.kind) << ' ' << row.event.at.value_or(0) << ' ' << row.event.name
             << ' ' << row.event.text;
        facts.insert(text.str());
    }
    for (const auto& [session, sum] : home.by_session()) facts.insert(session + " used " + sum.pack());
    for (const store::LineKind& kind : home.store().lines.kinds())
        facts.insert(kind.agent + " " + kind.kind + " " + std::to_string(kind.lines));
    for (const store::SourceTotals& source : home.store().files.totals())
        facts.insert(source.agent + " read " + std::to_string(source.bytes_read));
    facts.insert("spans " + std::to_string(home.store().spans.count()));
    return facts;
}

enum class Outcome { unharmed, rebuilt, refused, unnoticed };

class Damage : public testing::Test {
  protected:
    Damage() : files_(fixture_files()) {
        home_.import(files_);
        home_.close();
        bytes_ = read_file(home_.database());
        home_.append(files_.front(), kLine);  // so that each start has something to store
        start();
        expected_ = facts(home_);
    }

    void start() {
        home_.restart();
        for (const SessionFile& file : files_) home_.ingest().notice_history(file.root, file.path);
        home_.ingest().history_complete();
        home_.read_all();
    }

    // As the daemon does: what is damaged is noticed when it is opened, or later.
    Outcome outcome_of(std::size_t byte, char flip) {
        lay_out(byte, flip);
        std::set<std::string> found;
        try {
            start();
            found = facts(home_);
        } catch (const store::Unusable&) {
            return Outcome::refused;
        } catch (const std::exception& error) {
            const store::Fault fault = store::fault_of(error, home_.database());
            const std::atomic<bool> cancelled = false;
            if (fault != store::Fault::damaged) {
                EXPECT_EQ(fault, store::Fault::statement) << "byte " << byte << ": " << error.what();
                const store::FileCheck proof = store::full_check(home_.database(), cancelled);
                EXPECT_EQ(proof.outcome, store::FileCheck::Outcome::damaged)
                    << "byte " << byte << ": " << error.what() << "; check: " << proof.fault;
            }
            home_.close();
            store::set_aside(home_.database(), now());
            start();
            found = facts(home_);
        }
        const bool rebuilt = !store::set_aside_before(home_.database()).empty();
        if (found == expected_) return rebuilt ? Outcome::rebuilt : Outcome::unharmed;
        EXPECT_FALSE(rebuilt) << "byte " << byte << ": rebuilt with other rows";
        return Outcome::unnoticed;
    }

    SessionHome home_;
    std::vector<SessionFile> files_;
    std::string bytes_;
    std::set<std::string> expected_;

  private:
    void lay_out(std::size_t byte, char flip) {
        home_.close();
        for (const store::Aside& old : store::set_aside_before(home_.database())) {
            for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(old.path + end);
        }
        std::string bytes = bytes_;
        bytes[byte] = static_cast<char>(bytes[byte] ^ flip);
        write_file(home_.database(), bytes);
    }
};

TEST_F(Damage, in_the_head_of_any_page_is_harmless_or_mended) {
    std::map<Outcome, int> outcomes;
    for (std::size_t page = 0; page < bytes_.size() / kPage; ++page) {
        const Outcome outcome = outcome_of(page * kPage + (page == 0 ? 100 : 0), 0x55);
        EXPECT_TRUE(outcome == Outcome::unharmed || outcome == Outcome::rebuilt) << "page " << page + 1;
        ++outcomes[outcome];
    }
    std::cout << bytes_.size() / kPage << " pages: " << outcomes[Outcome::rebuilt] << " rebuilt, "
              << outcomes[Outcome::unharmed] << " unharmed\n";
    EXPECT_GT(outcomes[Outcome::rebuilt], 10);
}

TEST_F(Damage, in_any_byte_of_the_header_is_harmless_mended_or_refused) {
    for (std::size_t byte = 0; byte < 100; ++byte) {
        const Outcome outcome = outcome_of(byte, 0x04);
        EXPECT_NE(outcome, Outcome::unnoticed) << "byte " << byte;
        // It may look like a database of a newer kaizend.
        EXPECT_TRUE(outcome != Outcome::refused || (byte >= 60 && byte < 64)) << "byte " << byte;
    }
}

// SQLite has no checksums: a letter that became another one in a text is not noticed. Whatever is noticed
// must be mended.
TEST_F(Damage, in_any_byte_never_does_worse_than_another_letter) {
    const char* given = std::getenv("KAIZEN_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
    std::cout << "KAIZEN_SEED=" << seed << '\n';
    std::mt19937 random(seed);
    std::map<Outcome, int> outcomes;
    for (int i = 0; i < 150; ++i) {
        const std::size_t byte = std::uniform_int_distribution<std::size_t>(0, bytes_.size() - 1)(random);
        ++outcomes[outcome_of(byte,
                              static_cast<char>(1 << std::uniform_int_distribution<int>(0, 7)(random)))];
    }
    std::cout << outcomes[Outcome::rebuilt] << " rebuilt, " << outcomes[Outcome::unharmed] << " unharmed, "
              << outcomes[Outcome::unnoticed] << " unnoticed, " << outcomes[Outcome::refused] << " refused\n";
}

TEST_F(Damage, a_second_time_within_the_hour_is_not_rebuilt_again) {
    ASSERT_EQ(outcome_of(16, 0x55), Outcome::rebuilt);
    home_.close();
    std::string bytes = read_file(home_.database());
    bytes[16] ^= 0x55;
    write_file(home_.database(), bytes);
    EXPECT_THROW(home_.restart(), std::exception);
    EXPECT_THROW(store::set_aside(home_.database(), now()), store::Unusable);
    EXPECT_EQ(read_file(home_.database()), bytes);
}

}  // namespace
}  // namespace kaizen::test
