// Follows trees by looking at them at intervals. Works everywhere; costs a stat() per file and look.

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <optional>
#include <utility>

#include "daemon/watch/batch.h"
#include "daemon/watch/file_watcher.h"
#include "daemon/watch/followed_tree.h"
#include "daemon/watch/step_budget.h"

namespace kaizen::watch {
namespace {

namespace asio = boost::asio;

class PollWatcher final : public FileWatcher {
  public:
    PollWatcher(asio::any_io_executor executor, std::vector<Tree> trees, std::chrono::milliseconds interval);

    asio::awaitable<std::vector<Change>> next() override;
    void stop() override;
    std::size_t follow(Tree tree) override;
    void unfollow(std::size_t tree) override;
    [[nodiscard]] const std::deque<TreeState>& states() const override { return states_; }
    [[nodiscard]] std::size_t watches() const override { return 0; }

  private:
    [[nodiscard]] bool busy() const;
    void look_at_all();
    void step();

    const asio::any_io_executor executor_;
    const std::chrono::milliseconds interval_;
    Batch batch_;
    // By the trees' numbers; a deque does not move its elements.
    std::deque<Tree> trees_;
    std::deque<TreeState> states_;
    std::deque<std::optional<FollowedTree>> followed_;  // nothing: not followed any more
    asio::steady_timer timer_;
    bool stopped_ = false;
};

PollWatcher::PollWatcher(asio::any_io_executor executor, std::vector<Tree> trees,
                         std::chrono::milliseconds interval)
    : executor_(std::move(executor)), interval_(interval), timer_(executor_) {
    for (Tree& tree : trees) follow(std::move(tree));
}

std::size_t PollWatcher::follow(Tree tree) {
    const std::size_t number = trees_.size();
    const Tree& followed = trees_.emplace_back(std::move(tree));
    TreeState& state = states_.emplace_back();
    followed_.emplace_back().emplace(number, followed, state, batch_, FollowedTree::Watch());
    followed_.back()->look();
    timer_.cancel();
    return number;
}

void PollWatcher::unfollow(std::size_t tree) {
    followed_[tree].reset();
    states_[tree] = TreeState();
    states_[tree].scanned = true;
    batch_.states_changed();
    timer_.cancel();
}

asio::awaitable<std::vector<Change>> PollWatcher::next() {
    while (!stopped_) {
        if (busy()) {
            // So that no two steps follow each other directly, however soon the caller asks again.
            co_await asio::post(executor_, asio::use_awaitable);
        } else {
            boost::system::error_code cut_short;
            auto token = asio::redirect_error(asio::use_awaitable, cut_short);
            timer_.expires_after(interval_);
            co_await timer_.async_wait(token);
            if (!cut_short) look_at_all();
        }
        if (stopped_) break;
        step();
        if (batch_.ready()) co_return batch_.take();
    }
    co_return std::vector<Change>();
}

void PollWatcher::stop() {
    stopped_ = true;
    timer_.cancel();
}

bool PollWatcher::busy() const {
    for (const auto& tree : followed_) {
        if (tree && tree->busy()) return true;
    }
    return false;
}

void PollWatcher::look_at_all() {
    for (auto& tree : followed_) {
        if (tree) tree->look();
    }
}

void PollWatcher::step() {
    StepBudget budget;
    for (auto& tree : followed_) {
        if (tree) tree->step_look(budget);
    }
}

}  // namespace

std::unique_ptr<FileWatcher> make_poll_watcher(asio::any_io_executor executor, std::vector<Tree> trees,
                                               std::chrono::milliseconds interval) {
    return std::make_unique<PollWatcher>(std::move(executor), std::move(trees), interval);
}

}  // namespace kaizen::watch
