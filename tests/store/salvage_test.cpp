// What a rebuilt database takes over from the outbox of the damaged one. Rows and batches are the product's
// own.

#include "daemon/store/salvage.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "daemon/outbox/outbox.h"
#include "daemon/store/store.h"
#include "tests/outbox/waiting_rows.h"
#include "tests/support/temp_dir.h"

namespace kaizen::test {
namespace {

constexpr std::size_t kPage = 4096;

// A copy of what `rows` has, as the damaged database that was moved aside; and the new one.
class Rebuilt {
  public:
    explicit Rebuilt(WaitingRows& rows) {
        rows.store().database.handle().exec("PRAGMA wal_checkpoint(TRUNCATE)");
        bytes_ = read_file(rows.store().database.path());
    }

    [[nodiscard]] std::size_t root_of(const std::string& table) const {
        write_file(dir_ / "look.db", bytes_);
        SQLite::Database db(dir_ / "look.db", SQLite::OPEN_READONLY);
        return static_cast<std::size_t>(
            db.execAndGet("SELECT rootpage FROM sqlite_master WHERE name = '" + table + "'").getInt());
    }
    void damage(std::size_t page) { bytes_[(page - 1) * kPage] ^= 0x55; }
    // A leaf in the middle of a table without rowid.
    [[nodiscard]] std::size_t middle_of(const std::string& table) const {
        constexpr char kInner = 2;
        std::size_t page = root_of(table);
        while (bytes_[(page - 1) * kPage] == kInner) {
            const std::size_t at = (page - 1) * kPage;
            const std::size_t cells = number(at + 3, 2);
            page = number(at + number(at + 12 + 2 * (cells / 2), 2), 4);
        }
        return page;
    }

    void open() {
        write_file(dir_ / "kaizen.db", bytes_);
        store::set_aside(dir_ / "kaizen.db", kTestNow);
        store_ = std::make_unique<store::Store>(dir_ / "kaizen.db");
        outbox_ = std::make_unique<outbox::Outbox>(*store_);
        outbox_->use_receivers(receivers_);
        while (outbox_->clear_some()) continue;
    }
    void use_receivers(std::vector<std::string> names) { receivers_ = std::move(names); }
    [[nodiscard]] outbox::Queue queue(const std::string& receiver = outbox::kIngest) {
        outbox::Queue queue(*store_, receiver);
        queue.use_decides(receiver == outbox::kIngest);
        return queue;
    }
    [[nodiscard]] store::Store& store() { return *store_; }
    [[nodiscard]] outbox::Outbox& outbox() { return *outbox_; }

    // Sends all that can be sent; ids of rows in the order in which they left.
    std::vector<std::int64_t> drain(const std::string& receiver = outbox::kIngest) {
        std::vector<std::int64_t> ids;
        outbox::Queue mine = queue(receiver);
        outbox::Receiver counts = mine.receiver();
        while (const auto batch = mine.take({}, "team", {}, kTestNow)) {
            for (const outbox::Row& row : batch->rows) ids.push_back(row.id);
            mine.acknowledge(batch->key, counts, 0, {}, kTestNow);
        }
        EXPECT_EQ(mine.waiting(), 0);
        return ids;
    }

    void expect_balance() { static_cast<void>(test::checked_balance(*store_, *outbox_)); }

  private:
    [[nodiscard]] std::size_t number(std::size_t at, std::size_t bytes) const {
        std::size_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i)
            value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
        return value;
    }

    TempDir dir_;
    std::string bytes_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<outbox::Outbox> outbox_;
    std::vector<std::string> receivers_ = {outbox::kIngest};
};

// 30 rows: ten delivered, ten in a batch that was begun, one dead, the rest free. Paused by the user.
std::string some_history(WaitingRows& rows) {
    rows.add_events("/w/a", 30);
    outbox::Queue queue = rows.queue();
    outbox::Receiver receiver = queue.receiver();
    const auto delivered = queue.take({10, 1'000'000}, "team", {}, kTestNow);
    queue.acknowledge(delivered->key, receiver, 0, {}, kTestNow);
    const auto dead = queue.take({1, 1'000'000}, "team", {}, kTestNow);
    queue.bury(dead->key, {400, "bad_row", "the server says no"}, kTestNow);
    const auto begun = queue.take({10, 1'000'000}, "team", {}, kTestNow);
    receiver.paused = "by_user";
    queue.save(receiver);
    return begun->key;
}

TEST(Salvage, all_of_it_comes_when_all_of_it_is_readable) {
    WaitingRows rows;
    const std::string key = some_history(rows);
    Rebuilt rebuilt(rows);
    rebuilt.open();
    const outbox::Summary summary = rebuilt.outbox().summary();
    EXPECT_EQ(summary.balance.enqueued, 30);
    EXPECT_EQ(summary.balance.delivered, 10);
    EXPECT_EQ(summary.balance.pending, 19);
    EXPECT_EQ(summary.balance.dead, 1);
    EXPECT_EQ(rebuilt.queue().receiver().paused, "by_user");
    EXPECT_EQ(rebuilt.outbox().dead(0, 10).rows.front().reason, "the server says no");
    const auto next = rebuilt.queue().take({}, "team", {}, kTestNow);
    EXPECT_EQ(next->key, key) << "the batch that was begun goes on under its key";
    EXPECT_EQ(next->attempts, 2);
    EXPECT_EQ(next->rows.size(), 10);
    EXPECT_EQ(rebuilt.drain().size(), 19);
    rebuilt.expect_balance();
    EXPECT_GT(rebuilt.store().outbox.count(store::Count::kept_before), kTestNow - 86'400'000'000)
        << "the time of the file";
}

constexpr const char* kExporter = "export/behind";

std::vector<std::int64_t> ids(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> all;
    for (std::int64_t id = first; id <= last; ++id) all.push_back(id);
    return all;
}

// 40 rows. The endpoint has 20 and refused one of them for good, ten more are in a batch of its. An exporter
// has five, of which it refused one, and five are in a batch of its. What an exporter refused waits for it
// once more, behind all.
void history_with_an_exporter(WaitingRows& rows) {
    rows.use_receivers({outbox::kIngest, kExporter});
    rows.add_events("/w/a", 40);
    outbox::Queue endpoint = rows.queue();
    outbox::Queue exporter = rows.queue(kExporter);
    exporter.use_decides(false);
    outbox::Receiver counts = endpoint.receiver();
    const auto had = endpoint.take({19, 1'000'000}, "team", {}, kTestNow);
    endpoint.acknowledge(had->key, counts, 0, {}, kTestNow);
    const auto dead = endpoint.take({1, 1'000'000}, "team", {}, kTestNow);
    endpoint.bury(dead->key, {400, "bad_row", "the server says no"}, kTestNow);
    ASSERT_TRUE(endpoint.take({10, 1'000'000}, "team", {}, kTestNow));
    counts = exporter.receiver();
    const auto exported = exporter.take({4, 1'000'000}, "team", {}, kTestNow);
    exporter.acknowledge(exported->key, counts, 0, {}, kTestNow);
    const auto unfit = exporter.take({1, 1'000'000}, "team", {}, kTestNow);
    exporter.bury(unfit->key, {400, "bad_row", "the exporter says no"}, kTestNow);
    ASSERT_TRUE(rows.outbox().retry(41, kTestNow)) << "its copy has an id of its own";
    ASSERT_TRUE(exporter.take({5, 1'000'000}, "team", {}, kTestNow));
    static_cast<void>(rows.checked_balance());
}

TEST(Salvage, each_receiver_gets_what_it_did_not_have_and_nothing_else) {
    WaitingRows rows;
    history_with_an_exporter(rows);
    Rebuilt rebuilt(rows);
    rebuilt.use_receivers({outbox::kIngest, kExporter});
    rebuilt.open();
    rebuilt.expect_balance();
    EXPECT_EQ(rebuilt.queue().waiting(), rows.queue().waiting());
    EXPECT_EQ(rebuilt.queue(kExporter).waiting(), rows.queue(kExporter).waiting());
    EXPECT_EQ(rebuilt.drain(), ids(21, 40));
    rebuilt.expect_balance();
    std::vector<std::int64_t> behind = ids(6, 40);
    behind.push_back(42);  // what was retried
    EXPECT_EQ(rebuilt.drain(kExporter), behind);
    rebuilt.expect_balance();
    EXPECT_EQ(rebuilt.outbox().summary().balance.delivered, 39);
    EXPECT_EQ(rebuilt.outbox().summary().balance.dead, 1);
}

TEST(Salvage, an_exporter_that_is_gone_meanwhile_keeps_no_rows) {
    WaitingRows rows;
    history_with_an_exporter(rows);
    for (const bool is_known : {true, false}) {
        Rebuilt rebuilt(rows);
        if (!is_known) rebuilt.damage(rebuilt.root_of("receivers"));
        rebuilt.open();
        rebuilt.expect_balance();
        EXPECT_EQ(rebuilt.drain(), ids(21, 40)) << is_known;
        rebuilt.expect_balance();
    }
}

// It gets all that is kept again, rather than too little.
TEST(Salvage, where_it_is_unknown_how_far_a_receiver_was_nothing_is_left_out) {
    WaitingRows rows;
    history_with_an_exporter(rows);
    for (const char* table : {"outbox_cursors", "outbox_batches"}) {
        Rebuilt rebuilt(rows);
        rebuilt.use_receivers({outbox::kIngest, kExporter});
        rebuilt.damage(rebuilt.root_of(table));
        rebuilt.open();
        rebuilt.expect_balance();
        EXPECT_EQ(rebuilt.drain(), ids(21, 40)) << "what is settled, the endpoint has: " << table;
        std::vector<std::int64_t> behind = ids(6, 40);
        behind.push_back(42);
        EXPECT_EQ(rebuilt.drain(kExporter), behind) << "what it has alone is not kept: " << table;
        rebuilt.expect_balance();
    }
    Rebuilt rebuilt(rows);
    rebuilt.use_receivers({outbox::kIngest, kExporter});
    rebuilt.damage(rebuilt.root_of("outbox_cursors"));
    rebuilt.damage(rebuilt.root_of("receivers"));
    rebuilt.open();
    rebuilt.expect_balance();
    std::vector<std::int64_t> all = ids(6, 40);
    EXPECT_EQ(rebuilt.drain(), all);
    all.push_back(42);
    EXPECT_EQ(rebuilt.drain(kExporter), all);
    rebuilt.expect_balance();
}

TEST(Salvage, rows_that_come_after_it_leave_although_nothing_says_which_ids_were_given) {
    WaitingRows rows;
    rows.add_events("/w/a", 3);
    outbox::Queue queue = rows.queue();
    outbox::Receiver receiver = queue.receiver();
    const auto batch = queue.take({}, "team", {}, kTestNow);
    queue.acknowledge(batch->key, receiver, 0, {}, kTestNow);
    Rebuilt rebuilt(rows);
    rebuilt.damage(rebuilt.root_of("outbox_counts"));
    rebuilt.open();
    EXPECT_EQ(rebuilt.store().outbox.count(store::Count::last_id), 3);
}

TEST(Salvage, ids_are_not_given_twice) {
    WaitingRows rows;
    some_history(rows);
    Rebuilt rebuilt(rows);
    rebuilt.damage(rebuilt.root_of("outbox_counts"));
    rebuilt.open();
    rebuilt.expect_balance();
    EXPECT_EQ(rebuilt.store().outbox.count(store::Count::last_id), 30);
}

TEST(Salvage, without_batches_their_rows_leave_under_new_keys_and_once) {
    WaitingRows rows;
    const std::string key = some_history(rows);
    Rebuilt rebuilt(rows);
    rebuilt.damage(rebuilt.root_of("outbox_batches"));
    rebuilt.open();
    const auto next = rebuilt.queue().take({5, 1'000'000}, "team", {}, kTestNow);
    EXPECT_NE(next->key, key);
    const auto ids = rebuilt.drain();
    EXPECT_EQ(ids.size(), 19);
    EXPECT_EQ(std::set<std::int64_t>(ids.begin(), ids.end()).size(), 19);
    rebuilt.expect_balance();
}

TEST(Salvage, rows_on_both_sides_of_the_damage_come) {
    WaitingRows rows;
    rows.add_events("/w/a", 2000, 400);
    Rebuilt rebuilt(rows);
    rebuilt.damage(rebuilt.middle_of("outbox"));
    testing::internal::CaptureStdout();
    rebuilt.open();
    const std::string log = testing::internal::GetCapturedStdout();
    const auto ids = rebuilt.drain();
    ASSERT_FALSE(ids.empty());
    EXPECT_EQ(ids.front(), 1);
    EXPECT_EQ(ids.back(), 2000);
    EXPECT_LT(ids.size(), 2000);
    EXPECT_GT(ids.size(), 1900) << "one page is missing, no more";
    EXPECT_NE(log.find("known_to_be_lost=" + std::to_string(2000 - ids.size())), std::string::npos) << log;
    rebuilt.expect_balance();
}

TEST(Salvage, nothing_readable_is_no_obstacle) {
    WaitingRows rows;
    some_history(rows);
    for (const char* table : {"outbox_lanes", "outbox"}) {
        Rebuilt rebuilt(rows);
        rebuilt.damage(rebuilt.root_of(table));
        rebuilt.open();
        EXPECT_EQ(rebuilt.outbox().summary().balance.pending, 0) << table;
        rebuilt.expect_balance();
    }
    Rebuilt rebuilt(rows);
    rebuilt.damage(1);
    rebuilt.open();
    EXPECT_EQ(rebuilt.outbox().summary().balance.enqueued, 0);
    EXPECT_GT(rebuilt.store().outbox.count(store::Count::kept_before), 0) << "nothing leaves twice by itself";
}

}  // namespace
}  // namespace kaizen::test
