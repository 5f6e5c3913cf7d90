// Whatever happens to a tree, in the end each file was reported as it is, and each other thing is counted.
// The steps of the watcher and random changes to the tree alternate at random.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/watch/watch_harness.h"

namespace kaizen::watch::test {
namespace {

namespace fs = std::filesystem;
using kaizen::test::append_file;
using kaizen::test::TempDir;

using Content = std::pair<ino_t, off_t>;  // files only grow, so these two say it all

Content content_of(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return {};
    return {info.st_ino, info.st_size};
}

class RandomChanges {
  public:
    RandomChanges(std::string root, std::uint32_t seed) : root_(std::move(root)), random_(seed) {}

    unsigned pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

    void change() {
        std::error_code
            refused;  // a rename onto a full directory, or into itself, and the like: no change then
        switch (pick(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return append();
            case 4:
            case 5:
                return fs::rename(directory() + file(), directory() + file(), refused);
            case 6:
                fs::create_directories(directory(), refused);
                return;
            case 7:
            case 8:
                return fs::rename(directory(), directory(), refused);
            case 9:
                fs::remove_all(directory(), refused);
                return;
            case 10:
                return fs::create_symlink(directory(), directory() + file(), refused);
            default:
                return pick(4) == 0 ? change_root() : append();
        }
    }

  private:
    std::string directory() {
        std::string path = root_;
        for (unsigned depth = 1 + pick(3); depth > 0; --depth) {
            path += '/';
            path += static_cast<char>('p' + pick(3));
        }
        return path;
    }
    std::string file() { return "/" + std::to_string(pick(3)) + (pick(5) == 0 ? ".tmp" : ".jsonl"); }

    void append() {
        const std::string path = directory() + file();
        std::error_code error;
        if (fs::is_symlink(fs::symlink_status(path, error)) || fs::is_directory(path, error)) return;
        try {
            append_file(path, std::string(1 + pick(9), 'x'));
        } catch (const std::system_error&) {  // a name on the way is a file or a link to nothing
        }
    }

    void change_root() {
        std::error_code refused;
        if (pick(2) == 0) fs::remove_all(root_, refused);
        fs::rename(root_, root_ + "-away", refused);
        if (pick(2) == 0) fs::rename(root_ + "-away", root_, refused);
    }

    const std::string root_;
    std::mt19937 random_;
};

std::string unreported(const std::string& root, const std::map<std::string, Content>& reported) {
    std::error_code gone;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root, gone)) {
        if (entry.is_symlink() || !entry.is_regular_file() || entry.path().extension() != ".jsonl") continue;
        std::string file = entry.path().lexically_relative(root).string();
        const auto known = reported.find(file);
        if (known == reported.end() || known->second != content_of(entry.path().string())) return file;
    }
    return {};
}

using Counts = std::map<std::string, std::int64_t>;

Counts counts_below(const std::string& root) {
    Counts counts = {{"file", 0}, {"link", 0}, {"other", 0}};
    std::error_code gone;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root, gone)) {
        if (entry.is_symlink())
            ++counts["link"];
        else if (entry.is_regular_file())
            ++counts[entry.path().extension() == ".jsonl" ? "file" : "other"];
    }
    return counts;
}

Counts counts_of(const TreeState& state) {
    const auto left_out = [&state](const char* reason) {
        const auto found = state.left_out.find(reason);
        return found == state.left_out.end() ? std::int64_t{0} : found->second.count;
    };
    return {{"file", static_cast<std::int64_t>(state.files)},
            {"link", left_out("link")},
            {"other", left_out("other")}};
}

class WatcherProperty : public testing::TestWithParam<Kind> {};

INSTANTIATE_TEST_SUITE_P(Both, WatcherProperty, testing::Values(Kind::inotify, Kind::poll), name_of);

void run_random_changes(Kind kind, std::uint32_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", to be had again with KAIZEN_TEST_SEED");
    const TempDir dir;
    const std::string root = dir / "root";
    RandomChanges random(root, seed);
    Tree tree = session_tree(root);
    tree.leaves_out = [](std::string_view, bool is_directory) -> std::string_view {
        return is_directory ? "" : "other";
    };
    Harness watcher(kind, {tree});
    std::map<std::string, Content> reported;
    watcher.on_change(
        [&](const Change& change) { reported[change.file] = content_of(root + "/" + change.file); });

    for (int i = 0; i < 400; ++i) {
        random.change();
        for (unsigned steps = random.pick(4); steps > 0; --steps) watcher.io().poll_one();
    }
    fs::create_directories(root);
    ASSERT_TRUE(watcher.catches_up(root));
    EXPECT_EQ(unreported(root, reported), "");
    EXPECT_FALSE(watcher.any_batch_with_duplicates());
    EXPECT_EQ(watcher.state().problem, "");
    // What was moved out is counted until the next look ends.
    (void)watcher.run_until([&] { return counts_of(watcher.state()) == counts_below(root); });
    EXPECT_EQ(counts_of(watcher.state()), counts_below(root));
    for (const auto& [reason, left_out] : watcher.state().left_out) {
        EXPECT_TRUE(left_out.count == 0 || fs::exists(fs::symlink_status(root + "/" + left_out.example)))
            << reason << " " << left_out.example;
    }
}

TEST_P(WatcherProperty, each_file_has_been_reported_as_it_is) {
    const char* given = std::getenv("KAIZEN_TEST_SEED");
    const auto first =
        given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device()();
    const std::uint32_t rounds = given != nullptr ? 1 : 40;
    for (std::uint32_t i = 0; i < rounds; ++i) run_random_changes(GetParam(), first + i);
}

}  // namespace
}  // namespace kaizen::watch::test
