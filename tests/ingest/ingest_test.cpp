// From a file on disk to rows, through the real parsers and a real database.

#include "daemon/ingest/ingest.h"

#include <SQLiteCpp/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>

#include "tests/support/temp_dir.h"

namespace kaizen::ingest {
namespace {

constexpr UnixMs kFarLater = 4'000'000'000'000;  // every file is quiet by then
constexpr const char* kSession = "11111111-2222-4333-8444-555555555555";

class IngestTest : public testing::Test {
  protected:
    IngestTest() { open(); }

    void open() {
        ingest_.reset();
        store_ = std::make_unique<store::Store>(dir_ / "kaizen.db");
        roots_ = {{dir_ / "claude", parse::find_format("claude")},
                  {dir_ / "cursor", parse::find_format("cursor")}};
        ingest_ = std::make_unique<Ingest>(*store_, roots_, Options(), session::PriceTable::built_in());
    }

    void read_all(UnixMs now = kFarLater) {
        while (ingest_->step(now).more) {
        }
    }

    static std::string prompt(const std::string& uuid, const std::string& text) {
        return R"({"type":"user","uuid":")" + uuid +
               R"(","timestamp":"2026-11-20T10:00:00.000Z","cwd":"/w","message":)" +
               R"({"role":"user","content":")" + text + "\"}}\n";
    }

    store::LineCounts counts() {
        store::LineCounts all;
        for (const auto& source : store_->files.totals()) {
            all.lines += source.counts.lines;
            all.event_lines += source.counts.event_lines;
            all.skipped_lines += source.counts.skipped_lines;
            all.bad_lines += source.counts.bad_lines;
        }
        return all;
    }

    std::vector<std::string> texts() {
        std::vector<std::string> all;
        for (const auto& row : store_->events.list({})) all.push_back(row.event.text);
        return all;
    }

    test::TempDir dir_;
    const std::string path_ = std::string("-w/") + kSession + ".jsonl";
    const std::string file_ = dir_ / ("claude/" + path_);
    std::unique_ptr<store::Store> store_;
    std::vector<Root> roots_;
    std::unique_ptr<Ingest> ingest_;
};

TEST_F(IngestTest, goes_on_in_a_file_after_a_restart_and_stores_each_line_once) {
    test::write_file(file_, prompt("u1", "one") + prompt("u2", "two"));
    ingest_->notice_live(0, path_);
    read_all();
    open();
    test::append_file(file_, prompt("u3", "three"));
    ingest_->notice_live(0, path_);
    read_all();
    EXPECT_THAT(texts(), testing::ElementsAre("one", "two", "three"));
    EXPECT_EQ(counts().event_lines, 3);
}

TEST_F(IngestTest, stores_nothing_when_the_database_refuses_and_all_of_it_when_it_works_again) {
    test::write_file(file_, prompt("u1", "one"));
    ingest_->notice_live(0, path_);
    store_->database.handle().exec("PRAGMA query_only=ON");  // as a full disk: every write fails
    EXPECT_THROW(ingest_->step(kFarLater), SQLite::Exception);
    EXPECT_THAT(texts(), testing::IsEmpty());
    store_->database.handle().exec("PRAGMA query_only=OFF");
    read_all();
    EXPECT_THAT(texts(), testing::ElementsAre("one"));
    EXPECT_EQ(counts().lines, 1);
}

TEST_F(IngestTest, counts_a_repeated_record_as_skipped) {
    test::write_file(file_, prompt("u1", "one") + prompt("u1", "one") + prompt("u2", "two"));
    ingest_->notice_live(0, path_);
    read_all();
    EXPECT_THAT(texts(), testing::ElementsAre("one", "two"));
    EXPECT_EQ(counts().skipped_lines, 1);
}

TEST_F(IngestTest, reads_a_rewritten_file_again_without_counting_its_records_twice) {
    test::write_file(file_, prompt("u1", "one") + prompt("u2", "two"));
    ingest_->notice_live(0, path_);
    read_all();
    test::write_file(file_, prompt("u0", "zero") + prompt("u1", "one") + prompt("u2", "two"));
    ingest_->notice_live(0, path_);
    read_all();
    EXPECT_THAT(texts(), testing::ElementsAre("one", "two", "zero"));
    EXPECT_EQ(store_->files.find(roots_[0].path, path_)->generation, 1);
}

TEST_F(IngestTest, reads_history_in_the_order_it_happened_once_all_of_it_is_known) {
    const std::string later = "-w/22222222-2222-4333-8444-555555555555.jsonl";
    std::string line = prompt("u9", "later");
    line.replace(line.find("10:00:00"), 8, "11:00:00");
    test::write_file(dir_ / ("claude/" + later), line);
    test::write_file(file_, prompt("u1", "earlier"));
    ingest_->notice_history(0, later);
    read_all();
    EXPECT_THAT(texts(), testing::IsEmpty());
    ingest_->notice_history(0, path_);
    ingest_->history_complete();
    read_all();
    EXPECT_THAT(texts(), testing::ElementsAre("earlier", "later"));
}

TEST_F(IngestTest, does_not_open_history_again_that_is_stored_as_it_stands) {
    test::write_file(file_, prompt("u1", "one"));
    ingest_->notice_live(0, path_);
    read_all();
    open();
    ingest_->notice_history(0, path_);
    ingest_->history_complete();
    EXPECT_EQ(ingest_->step(kFarLater).history_files, 0);
}

TEST_F(IngestTest, takes_an_unterminated_line_only_when_the_file_is_quiet) {
    const std::string path = std::string("w/agent-transcripts/") + kSession + "/" + kSession + ".jsonl";
    const std::string file = dir_ / ("cursor/" + path);
    test::write_file(file, R"({"role":"user","message":{"content":[{"type":"text","text":"hi"}]}})");
    struct stat info {};
    ASSERT_EQ(::stat(file.c_str(), &info), 0);
    const UnixMs changed = std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
    ingest_->notice_live(1, path);
    const StepResult first = ingest_->step(changed + 100);
    EXPECT_THAT(texts(), testing::IsEmpty());
    ASSERT_EQ(first.recheck_at, changed + 500);
    read_all(changed + 500);
    EXPECT_THAT(texts(), testing::ElementsAre("hi"));
    EXPECT_EQ(counts().event_lines, 1);
}

TEST_F(IngestTest, does_not_wait_for_the_time_of_a_file_that_was_written_before_the_clock_was_set_back) {
    const std::string path = std::string("w/agent-transcripts/") + kSession + "/" + kSession + ".jsonl";
    const std::string file = dir_ / ("cursor/" + path);
    test::write_file(file, R"({"role":"user","message":{"content":[{"type":"text","text":"hi"}]}})");
    struct stat info {};
    ASSERT_EQ(::stat(file.c_str(), &info), 0);
    const UnixMs changed = std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
    ingest_->notice_live(1, path);
    EXPECT_EQ(ingest_->step(changed - 86'400'000).recheck_at, std::nullopt);
    EXPECT_THAT(texts(), testing::ElementsAre("hi"));
}

TEST_F(IngestTest, titles_a_session_by_a_summary_in_a_neighbours_file_in_either_order) {
    const std::string other = "-w/33333333-2222-4333-8444-555555555555.jsonl";
    test::write_file(file_, prompt("u1", "fix the tests"));
    test::write_file(dir_ / ("claude/" + other),
                     R"({"type":"summary","summary":"Fixing tests","leafUuid":"u1"})"
                     "\n");
    for (const auto& order : {std::vector{path_, other}, std::vector{other, path_}}) {
        std::filesystem::remove(dir_ / "kaizen.db");
        std::filesystem::remove(dir_ / "kaizen.db-wal");
        std::filesystem::remove(dir_ / "kaizen.db-shm");
        open();
        for (const std::string& path : order) {
            ingest_->notice_live(0, path);
            read_all();
        }
        EXPECT_EQ(store_->sessions.find(kSession).at(0).state.title, "Fixing tests");
    }
}

TEST_F(IngestTest, titles_a_session_by_a_summary_in_its_own_file_on_the_first_read) {
    test::write_file(file_, prompt("u1", "fix the tests") +
                                R"({"type":"summary","summary":"Fixing tests","leafUuid":"u1"})"
                                "\n");
    ingest_->notice_live(0, path_);
    read_all();
    EXPECT_EQ(store_->sessions.find(kSession).at(0).state.title, "Fixing tests");
}

TEST_F(IngestTest, keeps_history_of_a_file_that_was_deleted) {
    test::write_file(file_, prompt("u1", "one"));
    ingest_->notice_live(0, path_);
    read_all();
    std::filesystem::remove(file_);
    ingest_->notice_live(0, path_);
    read_all();
    EXPECT_THAT(texts(), testing::ElementsAre("one"));
}

TEST_F(IngestTest, keeps_no_text_when_told_so) {
    ingest_->set_text_max_bytes(0);
    test::write_file(file_, prompt("u1", "a secret"));
    ingest_->notice_live(0, path_);
    read_all();
    const auto rows = store_->events.list({});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].event.text, "");
    EXPECT_EQ(rows[0].event.text_bytes, 8);
    EXPECT_EQ(store_->sessions.find(kSession).at(0).state.title, "");
}

// What the store says of files that are gone with something unread in them.
class GoneFiles : public IngestTest {
  protected:
    [[nodiscard]] std::int64_t gone_unread() {
        std::int64_t files = 0;
        for (const store::ProblemFiles& problem : store_->files.problems())
            files += problem.gone ? problem.files : 0;
        return files;
    }
    [[nodiscard]] std::int64_t bytes_behind() {
        std::int64_t bytes = 0;
        for (const auto& source : store_->files.totals()) bytes += source.bytes_behind;
        return bytes;
    }
};

TEST_F(GoneFiles, are_no_loss_when_all_was_read) {
    test::write_file(file_, prompt("u1", "one"));
    ingest_->notice_live(0, path_, 1);
    read_all();
    std::filesystem::remove(file_);
    ingest_->notice_gone(0);
    ingest_->notice_live(0, path_, 1);
    read_all();
    EXPECT_EQ(gone_unread(), 0);
    EXPECT_TRUE(ingest_->lost().empty());
}

TEST_F(GoneFiles, are_counted_when_they_grew_since_they_were_read_until_they_are_back) {
    const std::string one = prompt("u1", "one");
    const std::string two = prompt("u2", "two");
    test::write_file(file_, one);
    ingest_->notice_live(0, path_, 1);
    read_all();
    std::filesystem::remove(file_);
    ingest_->notice_live(0, path_, static_cast<std::int64_t>((one + two).size()));  // as the watcher saw it
    read_all();
    EXPECT_EQ(gone_unread(), 1);
    EXPECT_EQ(bytes_behind(), 0);
    EXPECT_EQ(store_->files.problems().front().example, path_);
    EXPECT_TRUE(store_->files.with_problem(10).empty());
    open();
    ingest_->notice_gone(0);
    read_all();
    EXPECT_EQ(gone_unread(), 1);
    test::write_file(file_, one + two);
    ingest_->notice_live(0, path_, 1);
    read_all();
    EXPECT_EQ(gone_unread(), 0);
    EXPECT_EQ(texts(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(GoneFiles, are_found_when_they_went_half_read_while_nobody_ran) {
    test::write_file(file_, prompt("u1", "one") + R"({"type":"us)");
    ingest_->notice_live(0, path_, 1);
    read_all();
    ingest_->notice_gone(0);
    read_all();
    EXPECT_EQ(gone_unread(), 0);
    std::filesystem::remove(file_);
    open();
    ingest_->notice_gone(0);
    read_all();
    EXPECT_EQ(gone_unread(), 1);
    EXPECT_EQ(bytes_behind(), 0);
}

TEST_F(GoneFiles, of_which_nothing_is_stored_make_no_session_and_are_remembered) {
    ingest_->notice_live(0, path_, 100);
    read_all();
    EXPECT_EQ(ingest_->lost(), (std::set<FileKey>{{0, path_}}));
    EXPECT_EQ(store_->sessions.count(), 0);
    test::write_file(file_, prompt("u1", "one"));
    ingest_->notice_live(0, path_, 1);
    read_all();
    EXPECT_TRUE(ingest_->lost().empty());
    EXPECT_EQ(texts(), std::vector<std::string>{"one"});
}

TEST_F(IngestTest, reads_a_root_that_is_followed_later_and_no_longer_one_that_is_not) {
    const std::string other = dir_ / "other";
    test::write_file(file_, prompt("u1", "here"));
    test::write_file(other + "/" + path_, prompt("u2", "there"));
    ingest_->notice_history(0, path_);
    ingest_->history_complete();
    ingest_->follow({other, parse::find_format("claude")});
    ingest_->notice_history(2, path_);
    read_all();
    EXPECT_TRUE(texts().empty());  // history waits for that of the new root
    ingest_->history_complete();
    read_all();
    EXPECT_EQ(texts().size(), 2u);
    test::append_file(file_, prompt("u3", "unseen"));
    ingest_->notice_live(0, path_, 1);
    ingest_->unfollow(0);
    ingest_->notice_live(0, path_, 1);
    ingest_->notice_gone(0);
    test::append_file(other + "/" + path_, prompt("u4", "seen"));
    ingest_->notice_live(2, path_, 1);
    read_all();
    EXPECT_THAT(texts(), testing::UnorderedElementsAre("here", "there", "seen"));
    EXPECT_EQ(ingest_->bytes_unread(), (std::vector<std::int64_t>{0, 0, 0}));
    ingest_->follow(roots_[0]);
    ingest_->notice_history(3, path_);
    ingest_->history_complete();
    read_all();
    EXPECT_THAT(texts(), testing::UnorderedElementsAre("here", "there", "seen", "unseen"));
}

}  // namespace
}  // namespace kaizen::ingest
