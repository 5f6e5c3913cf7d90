// Follows trees by inotify: one watch per directory. While nothing changes, nothing runs: next() waits for
// the descriptor, and no timer is armed, unless a tree cannot be watched and is looked at instead.

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <system_error>
#include <utility>

#include "common/unique_fd.h"
#include "daemon/watch/batch.h"
#include "daemon/watch/file_watcher.h"
#include "daemon/watch/followed_tree.h"
#include "daemon/watch/inotify_watches.h"
#include "daemon/watch/names_on_path.h"
#include "daemon/watch/step_budget.h"

namespace kaizen::watch {
namespace {

namespace asio = boost::asio;

// With names of usual length some 300 events, at the least size 1,024: as many as one step may handle.
constexpr std::size_t kReadBytes = 16384;

// Each drop goes through all watches; with more moves than this at once a new start costs less.
constexpr std::size_t kMaxDrops = 32;

class InotifyWatcher final : public FileWatcher {
  public:
    InotifyWatcher(asio::any_io_executor executor, UniqueFd inotify, std::vector<Tree> trees,
                   std::chrono::milliseconds poll_interval);

    asio::awaitable<std::vector<Change>> next() override;
    void stop() override;
    [[nodiscard]] const std::vector<TreeState>& states() const override { return states_; }

  private:
    // A tree and what the watcher itself remembers of it.
    struct Followed {
        FollowedTree tree;
        bool settling = false;  // a drop of all its watches is queued; a new start follows
        bool polled = false;    // its watches were given up
    };

    [[nodiscard]] bool busy() const;
    void arm_timer();
    void step();
    void read_events();
    void handle(const inotify_event& event);
    void handle_name(const Place& place, const std::string& name, std::uint32_t mask);
    void handle_lost_watch(int watch);
    void handle_overflow();
    void drop(std::size_t tree, const std::string& directory);
    void settle(std::size_t tree);
    void step_drops(StepBudget& budget);
    void anchor(std::size_t tree);
    void give_up_watches_of_polled_trees();
    void look_at_polled_trees();

    const asio::any_io_executor executor_;
    const std::vector<Tree> trees_;
    const std::chrono::milliseconds poll_interval_;
    asio::posix::stream_descriptor inotify_;
    InotifyWatches watches_;
    std::vector<TreeState> states_;
    Batch batch_;
    std::deque<Followed> followed_;  // does not move its elements
    std::deque<Drop> drops_;
    asio::steady_timer timer_;  // for the polled trees only
    bool timer_armed_ = false;
    bool stopped_ = false;
};

InotifyWatcher::InotifyWatcher(asio::any_io_executor executor, UniqueFd inotify, std::vector<Tree> trees,
                               std::chrono::milliseconds poll_interval)
    : executor_(std::move(executor)),
      trees_(std::move(trees)),
      poll_interval_(poll_interval),
      inotify_(executor_, inotify.release()),
      watches_(inotify_.native_handle()),
      states_(trees_.size()),
      timer_(executor_) {
    const auto watch = [this](std::size_t tree, const std::string& directory, int fd) {
        return watches_.add_directory(fd, Place{tree, Place::Role::directory, directory});
    };
    for (std::size_t i = 0; i < trees_.size(); ++i) {
        followed_.push_back(Followed{FollowedTree(i, trees_[i], states_[i], batch_, watch)});
        settle(i);
    }
}

asio::awaitable<std::vector<Change>> InotifyWatcher::next() {
    while (!stopped_) {
        if (busy()) {
            // So that no two steps follow each other directly, however soon the caller asks again.
            co_await asio::post(executor_, asio::use_awaitable);
        } else {
            arm_timer();
            boost::system::error_code cut_short;  // by stop() or by the timer
            auto token = asio::redirect_error(asio::use_awaitable, cut_short);
            co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, token);
        }
        if (stopped_) break;
        step();
        if (batch_.ready()) co_return batch_.take();
    }
    co_return std::vector<Change>();
}

void InotifyWatcher::stop() {
    stopped_ = true;
    timer_.cancel();
    inotify_.cancel();
}

bool InotifyWatcher::busy() const {
    if (!drops_.empty()) return true;
    for (const Followed& followed : followed_) {
        if (followed.tree.busy()) return true;
    }
    return false;
}

void InotifyWatcher::arm_timer() {
    bool any = false;
    for (const TreeState& state : states_) any = any || state.polling;
    if (!any || timer_armed_) return;
    timer_armed_ = true;
    timer_.expires_after(poll_interval_);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;  // cancelled; `this` may be gone
        timer_armed_ = false;
        look_at_polled_trees();
        inotify_.cancel();
    });
}

void InotifyWatcher::step() {
    StepBudget budget;
    read_events();
    // Drops first, or a look could lose the watches it adds. One that does not end has used up the budget.
    step_drops(budget);
    for (Followed& followed : followed_) followed.tree.step_fresh(budget);
    for (Followed& followed : followed_) followed.tree.step_look(budget);
    give_up_watches_of_polled_trees();
}

void InotifyWatcher::read_events() {
    alignas(inotify_event) std::array<char, kReadBytes> buffer;
    const ssize_t size = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
    for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        handle(*event);
    }
}

void InotifyWatcher::handle(const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return handle_overflow();
    if ((event.mask & IN_IGNORED) != 0) return handle_lost_watch(event.wd);
    if (event.len == 0) return;  // about the directory itself; the one above says the same with a name
    const std::string name = event.name;
    for (const Place& place : watches_.places(event.wd)) handle_name(place, name, event.mask);
}

void InotifyWatcher::handle_name(const Place& place, const std::string& name, std::uint32_t mask) {
    FollowedTree& tree = followed_[place.tree].tree;
    const TreeState& state = states_[place.tree];
    const bool permissions = (mask & IN_ATTRIB) != 0;
    if (place.role == Place::Role::anchor) {
        const bool helps = !permissions || !state.present || !state.problem.empty();
        if (name == place.name && helps) settle(place.tree);
        return;
    }
    const std::string path = place.name.empty() ? name : place.name + "/" + name;
    const bool gone = (mask & (IN_MOVED_FROM | IN_DELETE)) != 0;
    if ((mask & IN_ISDIR) == 0) {
        if (!gone) tree.look_at(path);
    } else if ((mask & IN_MOVED_FROM) != 0) {
        drop(place.tree, path);
    } else if (permissions) {
        if (!state.problem.empty()) tree.look();
    } else if (!gone) {
        tree.look_into(path);
    }
}

// The kernel drops a watch when its directory is deleted or its file system unmounted; only the latter comes
// unannounced.
void InotifyWatcher::handle_lost_watch(int watch) {
    for (const Place& place : watches_.forget(watch)) {
        if (place.role == Place::Role::anchor || place.name.empty()) settle(place.tree);
    }
}

void InotifyWatcher::handle_overflow() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (states_[i].polling) continue;
        followed_[i].tree.report_all();
        settle(i);
    }
}

void InotifyWatcher::drop(std::size_t tree, const std::string& directory) {
    if (drops_.size() >= kMaxDrops) return settle(tree);
    drops_.push_back(Drop{tree, false, directory});
}

// Begins anew with a tree whose root may be another one, or none.
void InotifyWatcher::settle(std::size_t tree) {
    if (std::exchange(followed_[tree].settling, true)) return;
    drops_.push_back(Drop{tree, true, ""});
}

void InotifyWatcher::step_drops(StepBudget& budget) {
    while (!drops_.empty() && budget.take() && watches_.drop(drops_.front(), budget)) {
        const Drop done = std::move(drops_.front());
        drops_.pop_front();
        if (!done.whole_tree) continue;
        followed_[done.tree].settling = false;
        if (!states_[done.tree].polling) anchor(done.tree);
        followed_[done.tree].tree.look();
    }
}

void InotifyWatcher::anchor(std::size_t tree) {
    int error = 0;
    std::string last;
    const auto watch_name = [&](const std::string& directory, const std::string& name) {
        last = directory;
        error = watches_.add_anchor(directory, Place{tree, Place::Role::anchor, name});
        // One may pass where one may not watch; then only the last name is missed.
        return error == 0 || error == EACCES;
    };
    visit_names_on_path(trees_[tree].path, watch_name);
    if (error == 0 || error == ENOENT || error == ENOTDIR) return;
    followed_[tree].tree.turn_to_polling(last, error);
}

void InotifyWatcher::give_up_watches_of_polled_trees() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (states_[i].polling && !std::exchange(followed_[i].polled, true)) settle(i);
    }
}

void InotifyWatcher::look_at_polled_trees() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (states_[i].polling && !followed_[i].tree.busy()) followed_[i].tree.look();
    }
}

}  // namespace

std::unique_ptr<FileWatcher> make_inotify_watcher(asio::any_io_executor executor, std::vector<Tree> trees,
                                                  std::chrono::milliseconds poll_interval) {
    UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify) throw std::system_error(errno, std::generic_category(), "inotify_init1");
    return std::make_unique<InotifyWatcher>(std::move(executor), std::move(inotify), std::move(trees),
                                            poll_interval);
}

}  // namespace kaizen::watch
