#pragma once

// Which files may have grown. A watcher follows directory trees and says the paths of files that are new or
// changed, nothing about what is in them. I/O thread only; nothing here takes longer than 5 ms at a time.
//
// Two implementations behave alike and pass the same tests: inotify (Linux), and polling for everything else.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kaizen::watch {

// A tree to follow. The root need not exist yet and may go and come again. A symbolic link at the root is
// followed, links below it are not. The functions get paths relative to the root, '/'-separated.
struct Tree {
    std::string path;  // absolute
    std::function<bool(std::string_view directory)> enters;
    std::function<bool(std::string_view file)> accepts;
    // Why something is to be counted that the other two refuse: a word that lives for ever, empty for
    // "it is of no interest". Without the function nothing is counted, links and pipes neither.
    std::function<std::string_view(std::string_view path, bool is_directory)> leaves_out = {};
};

struct Change {
    std::size_t tree;        // as follow() numbers them
    std::string file;        // relative to the tree's path; empty: files of the tree may be gone, see which
    bool initial;            // found by the first look at a tree (history), not by a change while we ran
    std::int64_t bytes = 0;  // the file's size then
};

// Things of one kind below a root that are not followed.
struct LeftOut {
    std::int64_t count = 0;  // 65,536 at most of all kinds of a tree
    std::string example;     // one of them, relative to the root
};

struct TreeState {
    bool present = false;   // the root exists
    bool polling = false;   // changes are found by looking, not by notification
    bool scanned = false;   // the first look is complete
    std::size_t files = 0;  // accepted files that are there
    std::string problem;    // why something cannot be followed (permissions, watch limit), with its path;
                            // empty: nothing
    std::string limit;      // which limit of the kernel is in the way, as under /proc/sys/fs/inotify
    // What is not followed, by reason: "link", "special" (a pipe, socket or device), "directory" (it cannot
    // be listed), "too_deep", and what Tree::leaves_out says. A reason may be there with none left.
    std::map<std::string, LeftOut, std::less<>> left_out;
};

class FileWatcher {
  public:
    virtual ~FileWatcher() = default;

    // The next changes, one or more, each file once per batch; waits until there are some. History comes
    // first, in batches found within about 2 ms each. A lost notification (queue overflow) shows as every
    // file reported once more. An empty batch means that only the states changed, or that the watcher was
    // stopped.
    virtual boost::asio::awaitable<std::vector<Change>> next() = 0;

    // next() returns an empty batch at once, now and from here on.
    virtual void stop() = 0;

    // One more tree; its number. Numbers are given out from 0 on, and never twice.
    virtual std::size_t follow(Tree tree) = 0;
    // Nothing more is said of it. Its state is one of a tree that is not there.
    virtual void unfollow(std::size_t tree) = 0;

    [[nodiscard]] virtual const std::deque<TreeState>& states() const = 0;  // by the trees' numbers
    [[nodiscard]] virtual std::size_t watches() const = 0;                  // of the kernel
};

// Throws std::system_error when the kernel refuses an inotify instance; the caller falls back to polling
// then.
[[nodiscard]] std::unique_ptr<FileWatcher> make_inotify_watcher(boost::asio::any_io_executor executor,
                                                                std::vector<Tree> trees,
                                                                std::chrono::milliseconds poll_interval);
[[nodiscard]] std::unique_ptr<FileWatcher> make_poll_watcher(boost::asio::any_io_executor executor,
                                                             std::vector<Tree> trees,
                                                             std::chrono::milliseconds interval);

}  // namespace kaizen::watch
