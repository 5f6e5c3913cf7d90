// Follows trees by inotify: one watch per directory. While nothing changes, nothing runs: next() waits for
// the descriptor, and no timer is armed, unless a tree cannot be watched and is looked at instead.
//
// A root may come and go, and so may each directory and link on the way to it. At first the names on the way
// are watched, in the directories that hold them. But a home directory and /tmp have a name come or go all
// day, so once a tree was looked at its way is watched by the directories and links themselves, which tell
// when they are removed or moved, and by name only the next step that is missing. A directory that is removed
// while somebody holds a file in it tells nobody. It is empty by then: so when something goes from the top of
// a root, the root's name is watched until another one comes or goes beside it.

#include <limits.h>
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
#include <filesystem>
#include <optional>
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
namespace fs = std::filesystem;

// With names of usual length some 300 events, at the least size 1,024: as many as one step may handle.
constexpr std::size_t kReadBytes = 16384;

// Each drop goes through all watches; with more moves than this at once a new start costs less.
constexpr std::size_t kMaxDrops = 32;

// What is not there, or may not be watched, is seen from further up.
bool is_of_the_path(int error) {
    return error == 0 || error == ENOENT || error == ENOTDIR || error == EACCES;
}

class InotifyWatcher final : public FileWatcher {
  public:
    InotifyWatcher(asio::any_io_executor executor, UniqueFd inotify, UniqueFd names, std::vector<Tree> trees,
                   std::chrono::milliseconds poll_interval);

    asio::awaitable<std::vector<Change>> next() override;
    void stop() override;
    std::size_t follow(Tree tree) override;
    void unfollow(std::size_t tree) override;
    [[nodiscard]] const std::deque<TreeState>& states() const override { return states_; }
    [[nodiscard]] std::size_t watches() const override { return watches_.size() + watched_names_.size(); }

  private:
    enum class Way { by_names, by_itself, in_doubt };
    // A tree and what the watcher itself remembers of it.
    struct Followed {
        std::optional<FollowedTree> tree;  // nothing: not followed any more
        bool settling = false;             // a drop of all its watches is queued; a new start follows
        bool polled = false;               // its watches were given up
        Way way = Way::by_names;
    };

    [[nodiscard]] bool busy() const;
    void wake();
    void arm_timer();
    void arm_names();
    void step();
    void read_events();
    bool read_names();
    void handle(InotifyWatches& watches, const inotify_event& event);
    void handle_itself(const Place& place, std::uint32_t mask);
    void handle_name_on_way(const Place& place, const std::string& name, std::uint32_t mask);
    void handle_name(const Place& place, const std::string& name, std::uint32_t mask);
    void handle_directory(std::size_t tree, const std::string& path, std::uint32_t mask);
    void handle_lost_watch(InotifyWatches& watches, int watch);
    void handle_overflow();
    void drop(std::size_t tree, const std::string& directory);
    void settle(std::size_t tree);
    void step_drops(StepBudget& budget);
    void watch_names(std::size_t tree);
    void watch_ways_by_themselves();
    void watch_way_by_itself(std::size_t tree);
    void doubt(std::size_t tree);
    void give_up_watches_of_polled_trees();
    void look_at_polled_trees();

    const asio::any_io_executor executor_;
    const std::chrono::milliseconds poll_interval_;
    asio::posix::stream_descriptor inotify_;
    asio::posix::stream_descriptor
        names_;  // an instance of its own, so that its watches end with their names
    InotifyWatches watches_;
    InotifyWatches watched_names_;
    // By the trees' numbers; a deque does not move its elements.
    std::deque<Tree> trees_;
    std::deque<TreeState> states_;
    std::deque<Followed> followed_;
    Batch batch_;
    std::deque<Drop> drops_;
    asio::steady_timer timer_;  // for the polled trees only
    bool timer_armed_ = false;
    bool names_armed_ = false;
    bool stopped_ = false;
};

InotifyWatcher::InotifyWatcher(asio::any_io_executor executor, UniqueFd inotify, UniqueFd names,
                               std::vector<Tree> trees, std::chrono::milliseconds poll_interval)
    : executor_(std::move(executor)),
      poll_interval_(poll_interval),
      inotify_(executor_, inotify.release()),
      names_(executor_, names.release()),
      watches_(inotify_.native_handle()),
      watched_names_(names_.native_handle()),
      timer_(executor_) {
    for (Tree& tree : trees) follow(std::move(tree));
}

std::size_t InotifyWatcher::follow(Tree tree) {
    const std::size_t number = trees_.size();
    const auto watch = [this](std::size_t of, const std::string& directory, int fd) {
        return watches_.add_directory(fd, of, directory);
    };
    const Tree& followed = trees_.emplace_back(std::move(tree));
    TreeState& state = states_.emplace_back();
    followed_.emplace_back().tree.emplace(number, followed, state, batch_, watch);
    settle(number);
    wake();
    return number;
}

void InotifyWatcher::unfollow(std::size_t tree) {
    followed_[tree].tree.reset();
    states_[tree] = TreeState();
    states_[tree].scanned = true;
    batch_.states_changed();
    settle(tree);
    wake();
}

void InotifyWatcher::wake() { inotify_.cancel(); }

asio::awaitable<std::vector<Change>> InotifyWatcher::next() {
    while (!stopped_) {
        if (busy()) {
            // So that no two steps follow each other directly, however soon the caller asks again.
            co_await asio::post(executor_, asio::use_awaitable);
        } else {
            arm_timer();
            arm_names();
            boost::system::error_code cut_short;  // by wake()
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
    names_.cancel();
    wake();
}

bool InotifyWatcher::busy() const {
    if (!drops_.empty()) return true;
    for (const Followed& followed : followed_) {
        if (followed.tree && followed.tree->busy()) return true;
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
        wake();
    });
}

void InotifyWatcher::arm_names() {
    if (names_armed_) return;
    names_armed_ = true;
    names_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
        if (error) return;  // cancelled; `this` may be gone
        names_armed_ = false;
        wake();
    });
}

void InotifyWatcher::step() {
    StepBudget budget;
    read_events();
    (void)read_names();
    // Drops first, or a look could lose the watches it adds. One that does not end has used up the budget.
    step_drops(budget);
    for (Followed& followed : followed_) {
        if (followed.tree) followed.tree->step_fresh(budget);
    }
    for (Followed& followed : followed_) {
        if (followed.tree) followed.tree->step_look(budget);
    }
    give_up_watches_of_polled_trees();
    watch_ways_by_themselves();
}

// One event after the other to `handle`; how many bytes they were.
template <class Handle>
ssize_t each_event(int inotify, const Handle& handle) {
    alignas(inotify_event) std::array<char, kReadBytes> buffer;
    const ssize_t size = ::read(inotify, buffer.data(), buffer.size());
    for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        handle(*event);
    }
    return size;
}

void InotifyWatcher::read_events() {
    each_event(inotify_.native_handle(), [this](const inotify_event& event) { handle(watches_, event); });
}

// Whether all were read that were there.
bool InotifyWatcher::read_names() {
    constexpr ssize_t kLargestEvent = sizeof(inotify_event) + NAME_MAX + 1;
    const ssize_t size = each_event(names_.native_handle(),
                                    [this](const inotify_event& event) { handle(watched_names_, event); });
    return size < static_cast<ssize_t>(kReadBytes) - kLargestEvent;
}

void InotifyWatcher::handle(InotifyWatches& watches, const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return handle_overflow();
    if ((event.mask & IN_IGNORED) != 0) return handle_lost_watch(watches, event.wd);
    const std::string name = event.len == 0 ? "" : event.name;
    for (const Place& place : watches.places(event.wd)) {
        if (!followed_[place.tree].tree) continue;
        if (name.empty())
            handle_itself(place, event.mask);
        else if (place.role == Place::Role::name)
            handle_name_on_way(place, name, event.mask);
        else if (place.role == Place::Role::directory)
            handle_name(place, name, event.mask);
    }
}

// Of what stands within the root, the directory above says the same with a name. What is removed loses its
// watch.
void InotifyWatcher::handle_itself(const Place& place, std::uint32_t mask) {
    const bool is_root = place.role == Place::Role::directory && place.name.empty();
    const bool moved = (mask & IN_MOVE_SELF) != 0 && (is_root || place.role == Place::Role::itself);
    const bool link_changed = (mask & IN_ATTRIB) != 0 && place.role == Place::Role::itself;
    if (moved || link_changed) settle(place.tree);
}

void InotifyWatcher::handle_name_on_way(const Place& place, const std::string& name, std::uint32_t mask) {
    const TreeState& state = states_[place.tree];
    const bool helps = (mask & IN_ATTRIB) == 0 || !state.present || !state.problem.empty();
    if (name == place.name && helps) settle(place.tree);
    // Its own name is still there, or its event would have come.
    if (name != place.name && followed_[place.tree].way == Way::in_doubt)
        followed_[place.tree].way = Way::by_names;
}

void InotifyWatcher::handle_name(const Place& place, const std::string& name, std::uint32_t mask) {
    FollowedTree& tree = *followed_[place.tree].tree;
    const std::string path = place.name.empty() ? name : place.name + "/" + name;
    const bool gone = (mask & (IN_MOVED_FROM | IN_DELETE)) != 0;
    if (gone && place.name.empty()) doubt(place.tree);
    if ((mask & IN_ISDIR) != 0) return handle_directory(place.tree, path, mask);
    const bool came = (mask & (IN_MOVED_TO | IN_CREATE)) != 0;
    if (gone)
        tree.gone(path);
    else if (came || trees_[place.tree].accepts(path))
        tree.look_at(path);
}

void InotifyWatcher::handle_directory(std::size_t number, const std::string& path, std::uint32_t mask) {
    FollowedTree& tree = *followed_[number].tree;
    if ((mask & IN_MOVED_FROM) != 0) {
        drop(number, path);
        tree.look_later();  // nobody says what was in it
    } else if ((mask & IN_DELETE) != 0) {
        tree.gone(path);
    } else if ((mask & IN_ATTRIB) == 0) {
        tree.look_into(path);
    } else if (!states_[number].problem.empty()) {
        tree.look();
    } else {
        tree.look_whether_open(path);
    }
}

// The kernel drops a watch when its directory is deleted or its file system unmounted; within the root only
// the latter comes unannounced.
void InotifyWatcher::handle_lost_watch(InotifyWatches& watches, int watch) {
    for (const Place& place : watches.forget(watch)) {
        if (place.role != Place::Role::directory || place.name.empty()) settle(place.tree);
    }
}

void InotifyWatcher::handle_overflow() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (states_[i].polling || !followed_[i].tree) continue;
        followed_[i].tree->report_all();
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
        Followed& followed = followed_[done.tree];
        followed.settling = false;
        watched_names_.drop_names(done.tree, {});
        if (!followed.tree) continue;
        if (!states_[done.tree].polling) watch_names(done.tree);
        followed.tree->look();
    }
}

void InotifyWatcher::watch_names(std::size_t tree) {
    followed_[tree].way = Way::by_names;
    int error = 0;
    std::string last;
    const auto watch_name = [&](const std::string& directory, const std::string& name) {
        last = directory;
        error = watched_names_.add_name(directory, tree, name);
        // One may pass where one may not watch; then only the last name is missed.
        return error == 0 || error == EACCES;
    };
    visit_names_on_path(trees_[tree].path, watch_name);
    if (!is_of_the_path(error)) followed_[tree].tree->turn_to_polling(last, error);
}

void InotifyWatcher::watch_ways_by_themselves() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        const Followed& followed = followed_[i];
        const bool looked = followed.tree && !followed.settling && !followed.tree->busy();
        if (looked && !states_[i].polling && followed.way == Way::by_names) watch_way_by_itself(i);
    }
}

// Its names are watched until nothing is to be read of them after that, so no change is missed in between.
void InotifyWatcher::watch_way_by_itself(std::size_t tree) {
    int error = 0;
    bool forbidden = false;
    std::string last_name;
    const auto watch_it = [&](const std::string& directory, const std::string& name) {
        last_name = name;
        error = watches_.add_itself((fs::path(directory) / name).string(), tree);
        forbidden = forbidden || error == EACCES;
        return error == 0 || error == EACCES;
    };
    visit_names_on_path(trees_[tree].path, watch_it);
    if (!read_names() || followed_[tree].settling) return;
    followed_[tree].way = Way::by_itself;
    if (!is_of_the_path(error)) return;  // there is no room for more watches
    if (followed_[tree].tree->root_is_open()) return watched_names_.drop_names(tree, {});
    // Permissions may change anywhere on the way; else it is the last name that is waited for.
    if (!forbidden) watched_names_.drop_names(tree, last_name);
}

// Something went from the top of the root, so that the root itself may be next.
void InotifyWatcher::doubt(std::size_t tree) {
    Followed& followed = followed_[tree];
    if (followed.way != Way::by_itself || followed.settling || states_[tree].polling) return;
    followed.way = Way::in_doubt;
    std::string directory;
    std::string name;
    visit_names_on_path(trees_[tree].path, [&](const std::string& in, const std::string& next) {
        directory = in;
        name = next;
        return true;
    });
    if (watched_names_.add_name(directory, tree, name) != 0) followed.way = Way::by_itself;
    // It may have gone before that.
    if (!watches_.is_watched((fs::path(directory) / name).string(), tree)) settle(tree);
}

void InotifyWatcher::give_up_watches_of_polled_trees() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (states_[i].polling && !std::exchange(followed_[i].polled, true)) settle(i);
    }
}

void InotifyWatcher::look_at_polled_trees() {
    for (std::size_t i = 0; i < followed_.size(); ++i) {
        if (states_[i].polling && !followed_[i].tree->busy()) followed_[i].tree->look();
    }
}

UniqueFd new_instance() {
    UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify) throw std::system_error(errno, std::generic_category(), "inotify_init1");
    return inotify;
}

}  // namespace

std::unique_ptr<FileWatcher> make_inotify_watcher(asio::any_io_executor executor, std::vector<Tree> trees,
                                                  std::chrono::milliseconds poll_interval) {
    UniqueFd inotify = new_instance();
    UniqueFd names = new_instance();
    return std::make_unique<InotifyWatcher>(std::move(executor), std::move(inotify), std::move(names),
                                            std::move(trees), poll_interval);
}

}  // namespace kaizen::watch
