#include "daemon/ingest/file_queue.h"

#include <gtest/gtest.h>

namespace kaizen::ingest {
namespace {

TEST(FileQueue, gives_live_files_before_history_and_history_in_the_order_it_happened) {
    FileQueue queue;
    queue.add_history({0, "late"}, 200, 0, 1);
    queue.add_history({0, "early"}, 100, 0, 1);
    queue.open_history();
    queue.add_live({0, "now"});
    EXPECT_EQ(queue.next()->file.path, "now");
    EXPECT_EQ(queue.next()->file.path, "early");
    EXPECT_EQ(queue.next()->file.path, "late");
    EXPECT_FALSE(queue.next());
}

TEST(FileQueue, holds_history_back_until_all_of_it_is_known) {
    FileQueue queue;
    queue.add_history({0, "late"}, 200, 0, 1);
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.next());
    queue.add_history({0, "early"}, 100, 0, 1);
    queue.open_history();
    EXPECT_EQ(queue.next()->file.path, "early");
}

TEST(FileQueue, gives_of_two_files_that_begin_alike_the_one_first_that_was_left_alone_first) {
    FileQueue queue;
    queue.add_history({0, "a fork"}, 100, 2000, 1);
    queue.add_history({0, "the original"}, 100, 1000, 1);
    queue.open_history();
    EXPECT_EQ(queue.next()->file.path, "the original");
    queue.put_back({{0, "the original"}, false, 100, 1000});
    EXPECT_EQ(queue.next()->file.path, "the original");
    EXPECT_EQ(queue.next()->file.path, "a fork");
}

TEST(FileQueue, goes_on_with_a_history_file_at_once_and_with_a_live_one_in_turn) {
    FileQueue queue;
    queue.open_history();
    queue.add_history({0, "a"}, 100, 0, 1);
    queue.add_history({0, "b"}, 200, 0, 1);
    queue.put_back(*queue.next());
    EXPECT_EQ(queue.next()->file.path, "a");
    queue.add_live({0, "x"});
    queue.add_live({0, "y"});
    queue.put_back(*queue.next());
    EXPECT_EQ(queue.next()->file.path, "y");
    EXPECT_EQ(queue.next()->file.path, "x");
}

TEST(FileQueue, holds_a_live_file_once_however_often_it_changes) {
    FileQueue queue;
    queue.add_live({0, "x"});
    queue.add_live({0, "x"});
    EXPECT_TRUE(queue.next());
    EXPECT_FALSE(queue.next());
}

TEST(FileQueue, remembers_the_largest_size_of_which_it_was_told) {
    FileQueue queue;
    queue.add_live({0, "x"}, 10);
    queue.add_live({0, "x"}, 30);
    queue.add_live({0, "x"}, 20);
    const auto work = queue.next();
    ASSERT_TRUE(work);
    EXPECT_EQ(work->size, 30);
    queue.put_back(*work);
    EXPECT_EQ(queue.next()->size, 30);
    queue.add_history({0, "y"}, 1, 1, 5, 40);
    queue.open_history();
    EXPECT_EQ(queue.next()->size, 40);
}

TEST(FileQueue, forgets_what_waits_of_a_root_and_no_other) {
    FileQueue queue;
    queue.open_history();
    queue.add_live({0, "x"});
    queue.add_live({1, "x"});
    queue.add_history({0, "y"}, 1, 1, 5);
    queue.add_history({1, "y"}, 1, 1, 7);
    queue.forget_root(0);
    EXPECT_EQ(queue.history_bytes_of(0), 0);
    EXPECT_EQ(queue.history_bytes_of(1), 7);
    EXPECT_EQ(queue.next()->file, (FileKey{1, "x"}));
    EXPECT_EQ(queue.next()->file, (FileKey{1, "y"}));
    EXPECT_TRUE(queue.empty());
    queue.add_live({0, "x"});
    EXPECT_FALSE(queue.empty());
}

}  // namespace
}  // namespace kaizen::ingest
