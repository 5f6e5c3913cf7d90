#pragma once

// Drives a real watcher on real directories. A test changes files between two handlers of the watcher's
// io_context, never during one. The deadline only ends a test that hangs.

#include <gtest/gtest.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/watch/file_watcher.h"
#include "tests/support/temp_dir.h"

namespace kaizen::watch::test {

enum class Kind { inotify, poll };
[[nodiscard]] std::string name_of(const testing::TestParamInfo<Kind>& info);

// Enters all but "skipped", accepts *.jsonl.
[[nodiscard]] Tree session_tree(const std::string& path);

// The same, and counts what is left out: directories that it does not enter, *.zst, links and pipes.
[[nodiscard]] Tree counting_tree(const std::string& path);

class Harness {
  public:
    Harness(Kind kind, std::vector<Tree> trees,
            std::chrono::milliseconds interval = std::chrono::milliseconds(1));
    ~Harness();
    Harness(const Harness&) = delete;
    Harness& operator=(const Harness&) = delete;

    // Runs handlers until the condition holds; false when the deadline came first.
    [[nodiscard]] bool run_until(const std::function<bool()>& condition);

    [[nodiscard]] bool first_look_ends();
    [[nodiscard]] bool reports(const std::string& file, std::size_t tree = 0);
    // Two new files below `root`, one after the other: when both were reported, so was all that changed
    // before them.
    [[nodiscard]] bool catches_up(const std::string& root, std::size_t tree = 0);

    [[nodiscard]] std::size_t times(const std::string& file, std::size_t tree = 0) const;
    [[nodiscard]] const TreeState& state(std::size_t tree = 0) const { return watcher_->states().at(tree); }
    [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
    [[nodiscard]] std::size_t largest_batch() const { return largest_batch_; }
    [[nodiscard]] bool any_batch_with_duplicates() const { return duplicates_; }
    [[nodiscard]] bool ended() const { return ended_; }
    void forget_changes() { changes_.clear(); }
    // How often it was said that files may be gone.
    [[nodiscard]] std::size_t gone(std::size_t tree = 0) { return gone_[tree]; }
    [[nodiscard]] FileWatcher& watcher() { return *watcher_; }
    void on_change(std::function<void(const Change&)> call) { on_change_ = std::move(call); }
    void stop();

    boost::asio::io_context& io() { return io_; }

  private:
    boost::asio::awaitable<void> pump();
    void take(const std::vector<Change>& batch);

    boost::asio::io_context io_;
    std::unique_ptr<FileWatcher> watcher_;
    std::vector<Change> changes_;
    std::map<std::size_t, std::size_t> gone_;
    std::function<void(const Change&)> on_change_;
    std::size_t largest_batch_ = 0;
    int markers_ = 0;
    bool duplicates_ = false;
    bool stopping_ = false;
    bool ended_ = false;
};

// A tree at root_, not made yet.
class WatcherTest : public testing::TestWithParam<Kind> {
  protected:
    [[nodiscard]] Harness watch_root() const { return Harness(GetParam(), {session_tree(root_)}); }

    const kaizen::test::TempDir dir_;
    const std::string root_ = dir_ / "root";
};

}  // namespace kaizen::watch::test
