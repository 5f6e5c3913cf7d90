#include "daemon/watch/tree_scan.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/watch/watch_harness.h"

namespace kaizen::watch::test {
namespace {

namespace fs = std::filesystem;
using kaizen::test::TempDir;
using kaizen::test::write_file;

std::vector<Found> all_of(TreeScan& scan) {
    std::vector<Found> all;
    while (!scan.done()) {
        Found found = scan.next();
        if (found.kind != Found::Kind::nothing) all.push_back(std::move(found));
    }
    return all;
}

TEST(TreeScan, opens_a_directory_before_it_lists_it) {
    const TempDir dir;
    const Tree tree = session_tree(dir.path());
    TreeScan scan(tree);
    scan.start(dir.path());
    scan.add("");
    EXPECT_EQ(scan.next().kind, Found::Kind::directory);
    write_file(dir / "a.jsonl",
               "1\n");  // whoever watches since the line above will hear of it, and the listing has it, too
    const std::vector<Found> rest = all_of(scan);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].path, "a.jsonl");
}

TEST(TreeScan, does_not_follow_a_link_that_took_a_directorys_place) {
    const TempDir dir;
    write_file(dir / "outside/b/a.jsonl", "1\n");
    fs::create_directory(dir / "root");
    fs::create_directory_symlink("../outside", dir / "root/link");
    const Tree tree = session_tree(dir / "root");
    TreeScan scan(tree);
    scan.start(dir / "root");
    scan.add("link");
    scan.add("link/b");
    EXPECT_TRUE(all_of(scan).empty());
}

TEST(TreeScan, says_where_paths_become_too_long_to_be_opened) {
    const TempDir dir;
    const Tree tree = session_tree(dir.path());
    TreeScan scan(tree);
    scan.start(dir.path());
    scan.add(std::string(5000, 'x'));
    const std::vector<Found> all = all_of(scan);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].kind, Found::Kind::failure);
    EXPECT_EQ(all[0].error, ENAMETOOLONG);
}

}  // namespace
}  // namespace kaizen::watch::test
