#include "tests/watch/watch_harness.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

namespace kaizen::watch::test {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kDeadline{60};

}  // namespace

std::string name_of(const testing::TestParamInfo<Kind>& info) {
    return info.param == Kind::inotify ? "inotify" : "poll";
}

Tree session_tree(const std::string& path) {
    const auto enters = [](std::string_view directory) { return !directory.ends_with("skipped"); };
    const auto accepts = [](std::string_view file) { return file.ends_with(".jsonl"); };
    return Tree{path, enters, accepts};
}

Tree counting_tree(const std::string& path) {
    Tree tree = session_tree(path);
    tree.leaves_out = [](std::string_view name, bool is_directory) -> std::string_view {
        if (is_directory) return "skipped";
        return name.ends_with(".zst") ? "compressed" : "";
    };
    return tree;
}

Harness::Harness(Kind kind, std::vector<Tree> trees, std::chrono::milliseconds interval) {
    const auto make = kind == Kind::inotify ? make_inotify_watcher : make_poll_watcher;
    watcher_ = make(io_.get_executor(), std::move(trees), interval);
    asio::co_spawn(io_, pump(), asio::detached);
}

Harness::~Harness() {
    stop();
    (void)run_until([this] { return ended_; });
}

asio::awaitable<void> Harness::pump() {
    while (!stopping_) {
        const std::vector<Change> batch = co_await watcher_->next();
        take(batch);
    }
    ended_ = true;
}

void Harness::take(const std::vector<Change>& batch) {
    std::set<std::pair<std::size_t, std::string>> seen;
    for (const Change& change : batch) {
        if (change.file.empty()) {
            ++gone_[change.tree];
            continue;
        }
        duplicates_ = duplicates_ || !seen.emplace(change.tree, change.file).second;
        changes_.push_back(change);
        if (on_change_) on_change_(change);
    }
    largest_batch_ = std::max(largest_batch_, batch.size());
}

bool Harness::run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    io_.restart();
    while (!condition()) {
        if (io_.run_one_until(deadline) == 0) return false;
    }
    return true;
}

bool Harness::first_look_ends() {
    return run_until([this] {
        const auto& states = watcher_->states();
        return std::all_of(states.begin(), states.end(),
                           [](const TreeState& state) { return state.scanned; });
    });
}

bool Harness::reports(const std::string& file, std::size_t tree) {
    return run_until([&] { return times(file, tree) > 0; });
}

bool Harness::catches_up(const std::string& root, std::size_t tree) {
    for (int i = 0; i < 2; ++i) {
        const std::string marker = "marker-" + std::to_string(++markers_) + ".jsonl";
        kaizen::test::write_file(std::filesystem::path(root) / marker, "m\n");
        if (!reports(marker, tree)) return false;
    }
    return true;
}

std::size_t Harness::times(const std::string& file, std::size_t tree) const {
    const auto is_it = [&](const Change& change) { return change.tree == tree && change.file == file; };
    return static_cast<std::size_t>(std::count_if(changes_.begin(), changes_.end(), is_it));
}

void Harness::stop() {
    stopping_ = true;
    watcher_->stop();
}

}  // namespace kaizen::watch::test
