#include "common/open_below.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/support/temp_dir.h"

namespace kaizen {
namespace {

namespace fs = std::filesystem;
using test::write_file;

std::string text_of(const UniqueFd& fd) {
    std::array<char, 64> buffer{};
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    return n < 0 ? "unreadable" : std::string(buffer.data(), static_cast<std::size_t>(n));
}

int lowest_free_descriptor() { return UniqueFd(::open("/", O_RDONLY | O_CLOEXEC)).get(); }

// A root with one file at each of three depths, and the same names outside.
class OpenBelow : public testing::TestWithParam<WayDown> {
  protected:
    OpenBelow() {
        for (const char* place : {"root", "outside"}) {
            for (const char* file : {"/f", "/a/f", "/a/b/f"}) write_file(dir_ / place + file, place);
        }
    }

    [[nodiscard]] std::string read(const std::string& path) const {
        const auto fd = open_below(root_, path, O_RDONLY | O_NONBLOCK, GetParam());
        return fd ? text_of(*fd) : std::string(strerrorname_np(fd.error()));
    }
    [[nodiscard]] std::string stat(const std::string& path) const {
        const auto info = stat_below(root_, path, GetParam());
        if (!info) return strerrorname_np(info.error());
        return S_ISREG(info->st_mode) ? "file" : S_ISLNK(info->st_mode) ? "link" : "other";
    }
    // In place of `path` in the root, one to its twin outside.
    void put_link(const std::string& path) const {
        fs::remove_all(root_ + "/" + path);
        fs::create_symlink(dir_ / "outside" + "/" + path, root_ + "/" + path);
    }

    const test::TempDir dir_;
    const std::string root_ = dir_ / "root";
};

std::string name_of(const testing::TestParamInfo<WayDown>& info) {
    return info.param == WayDown::in_one_call ? "in_one_call" : "name_by_name";
}

INSTANTIATE_TEST_SUITE_P(Both, OpenBelow, testing::Values(WayDown::in_one_call, WayDown::name_by_name),
                         name_of);

TEST_P(OpenBelow, opens_what_stands_there) {
    for (const char* path : {"f", "a/f", "a/b/f"}) {
        EXPECT_EQ(read(path), "root");
        EXPECT_EQ(stat(path), "file");
    }
    EXPECT_EQ(read("g"), "ENOENT");
    EXPECT_EQ(stat("a/g"), "ENOENT");
    EXPECT_EQ(read("f/g"), "ENOTDIR");
    EXPECT_EQ(stat("a/b"), "other");
}

TEST_P(OpenBelow, opens_directories_to_list_them_the_root_too) {
    EXPECT_TRUE(open_below(root_, "", O_RDONLY | O_DIRECTORY, GetParam()));
    EXPECT_TRUE(open_below(root_, "a/b", O_RDONLY | O_DIRECTORY, GetParam()));
    put_link("a");
    const auto link = open_below(root_, "a", O_RDONLY | O_DIRECTORY, GetParam());
    ASSERT_FALSE(link);
    EXPECT_EQ(link.error(), ELOOP);
}

TEST_P(OpenBelow, refuses_a_link_as_the_last_component) {
    put_link("a/b/f");
    EXPECT_EQ(read("a/b/f"), "ELOOP");
    EXPECT_EQ(stat("a/b/f"), "link");
}

TEST_P(OpenBelow, refuses_a_link_as_a_middle_component) {
    put_link("a/b");
    EXPECT_EQ(read("a/b/f"), "ELOOP");
    EXPECT_EQ(stat("a/b/f"), "ELOOP");
}

TEST_P(OpenBelow, refuses_a_link_as_the_first_component) {
    put_link("a");
    for (const char* path : {"a/f", "a/b/f"}) {
        EXPECT_EQ(read(path), "ELOOP");
        EXPECT_EQ(stat(path), "ELOOP");
    }
}

TEST_P(OpenBelow, refuses_links_that_stay_inside_and_those_that_lead_nowhere) {
    fs::create_symlink("f", root_ + "/to_f");
    fs::create_directory_symlink("a", root_ + "/to_a");
    fs::create_symlink("missing", root_ + "/to_nothing");
    for (const char* path : {"to_f", "to_a/f", "to_nothing", "to_nothing/f"}) EXPECT_EQ(read(path), "ELOOP");
}

TEST_P(OpenBelow, refuses_paths_that_are_not_plainly_below) {
    for (const std::string path :
         {"..", "../outside/f", "a/../f", "a/..", ".", "./f", "a//f", "a/", "/", "/f"}) {
        EXPECT_EQ(read(path), "EINVAL") << path;
        EXPECT_EQ(stat(path), "EINVAL") << path;
    }
    EXPECT_EQ(read(root_ + "/f"), "EINVAL");
    EXPECT_EQ(stat(""), "EINVAL");
}

TEST_P(OpenBelow, refuses_paths_and_names_that_are_too_long) {
    std::string path = "a";
    while (path.size() < 5000) path += "/a";
    const std::string name(300, 'x');
    for (const std::string& too_long : {path, name, "a/" + name, name + "/f"}) {
        EXPECT_EQ(read(too_long), "ENAMETOOLONG");
        EXPECT_EQ(stat(too_long), "ENAMETOOLONG");
    }
}

TEST_P(OpenBelow, follows_links_at_the_root_wherever_they_lead_now) {
    const std::string real = dir_ / "real";
    fs::rename(root_, real);
    EXPECT_EQ(read("f"), "ENOENT");
    fs::create_directory_symlink(real, root_);
    EXPECT_EQ(read("a/b/f"), "root");
    EXPECT_EQ(stat("a/b/f"), "file");
    fs::remove(root_);
    fs::create_directory_symlink("outside", root_);
    EXPECT_EQ(read("a/b/f"), "outside");
    fs::remove(root_);
    fs::rename(real, root_);
    EXPECT_EQ(read("a/b/f"), "root");
    fs::remove_all(root_);
    write_file(root_, "a file");
    EXPECT_EQ(read("f"), "ENOTDIR");
}

TEST_P(OpenBelow, keeps_no_descriptor) {
    const int before = lowest_free_descriptor();
    (void)read("a/b/f"), (void)read("a/missing/f"), (void)stat("a/b/f"), (void)stat("missing/f");
    EXPECT_EQ(lowest_free_descriptor(), before);
}

TEST_P(OpenBelow, never_sees_the_outside_while_a_directory_is_swapped_for_a_link) {
    constexpr int kRounds = 20'000;
    std::atomic<bool> done = false;
    std::thread swapper([&] {
        for (int round = 0; round < kRounds; ++round) {
            fs::rename(root_ + "/a/b", dir_ / "away");
            fs::create_directory_symlink(dir_ / "outside/a/b", root_ + "/a/b");
            fs::remove(root_ + "/a/b");
            fs::rename(dir_ / "away", root_ + "/a/b");
        }
        done = true;
    });
    const auto outside = stat_below(dir_ / "outside", "a/b/f", GetParam());
    int inside = 0;
    int links = 0;
    while (!done) {
        const std::string text = read("a/b/f");
        EXPECT_TRUE(text == "root" || text == "ELOOP" || text == "ENOENT" || text == "ENOTDIR") << text;
        inside += text == "root" ? 1 : 0;
        links += text == "ELOOP" ? 1 : 0;
        const auto info = stat_below(root_, "a/b/f", GetParam());
        EXPECT_TRUE(!info || info->st_ino != outside->st_ino);
    }
    swapper.join();
    EXPECT_EQ(read("a/b/f"), "root");
    std::printf("%d reads inside, %d links met\n", inside, links);
}

}  // namespace
}  // namespace kaizen
