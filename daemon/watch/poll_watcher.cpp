// Follows trees by looking at them at intervals. Works everywhere; costs a stat() per file and look.

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
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
    [[nodiscard]] const std::vector<TreeState>& states() const override { return states_; }

  private:
    [[nodiscard]] bool busy() const;
    void look_at_all();
    void step();

    const asio::any_io_executor executor_;
    const std::vector<Tree> trees_;
    const std::chrono::milliseconds interval_;
    std::vector<TreeState> states_;
    Batch batch_;
    std::deque<FollowedTree> followed_;  // does not move its elements
    asio::steady_timer timer_;
    bool stopped_ = false;
};

PollWatcher::PollWatcher(asio::any_io_executor executor, std::vector<Tree> trees,
                         std::chrono::milliseconds interval)
    : executor_(std::move(executor)),
      trees_(std::move(trees)),
      interval_(interval),
      states_(trees_.size()),
      timer_(executor_) {
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        followed_.emplace_back(i, trees_[i], states_[i], batch_, FollowedTree::Watch());
    }
    look_at_all();
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
            look_at_all();
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
    for (const FollowedTree& tree : followed_) {
        if (tree.busy()) return true;
    }
    return false;
}

void PollWatcher::look_at_all() {
    for (FollowedTree& tree : followed_) tree.look();
}

void PollWatcher::step() {
    StepBudget budget;
    for (FollowedTree& tree : followed_) tree.step_look(budget);
}

}  // namespace

std::unique_ptr<FileWatcher> make_poll_watcher(asio::any_io_executor executor, std::vector<Tree> trees,
                                               std::chrono::milliseconds interval) {
    return std::make_unique<PollWatcher>(std::move(executor), std::move(trees), interval);
}

}  // namespace kaizen::watch
