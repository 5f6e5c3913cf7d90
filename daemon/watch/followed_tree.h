#pragma once

// One tree under a watcher's eyes: the looks at it, what is known of its files, its state. What differs
// between the watchers is only who asks for a look, and whether directories get a watch on the way.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/watch/batch.h"
#include "daemon/watch/file_watcher.h"
#include "daemon/watch/known_files.h"
#include "daemon/watch/left_out_things.h"
#include "daemon/watch/step_budget.h"
#include "daemon/watch/tree_scan.h"

namespace kaizen::watch {

class FollowedTree {
  public:
    // Makes changes in a directory known from here on, before it is listed; 0, or the errno that forbids it.
    using Watch = std::function<int(std::size_t tree, const std::string& directory, int fd)>;

    // All references outlive the tree. Without `watch` the tree is polled.
    FollowedTree(std::size_t index, const Tree& tree, TreeState& state, Batch& batch, Watch watch);

    // A look at all of it, starting over when one is under way. Files that are new or changed are reported,
    // or all of them.
    void look();
    void look_later();                         // behind the one that is under way
    void report_all() { report_all_ = true; }  // in the next look that completes

    // Somebody says that these are new or changed. All files in such a directory are reported: who wanted to
    // read them while it was elsewhere could not.
    void look_into(const std::string& directory);
    void look_at(const std::string& file);
    // Whether a directory can still be listed.
    void look_whether_open(const std::string& directory);
    void gone(const std::string& path);  // a file, or a directory with nothing in it

    [[nodiscard]] bool busy() const { return !fresh_.done() || looking_; }
    [[nodiscard]] bool root_is_open() const {
        return root_is_open_;
    }                                     // it could be listed in the latest look
    void step_fresh(StepBudget& budget);  // directories from look_into()
    void step_look(StepBudget& budget);   // the look at all of it

    // Changes at `path` (absolute) will not be notified: from here on the tree is looked at instead.
    void turn_to_polling(const std::string& path, int error);

  private:
    struct Report {
        bool initial;  // as history
        bool all;      // also what is known and unchanged
    };

    [[nodiscard]] std::string find_root();
    [[nodiscard]] bool advance(TreeScan& scan, Report report, StepBudget& budget);
    void take(const Found& found, Report report);
    void take_failure(const Found& found);
    void file_gone(const std::string& path);
    void leave_out(const std::string& path, std::string_view reason);
    void finish_look();
    [[nodiscard]] std::string place(const std::string& directory) const;
    template <class T>
    void set(T& field, T value);

    const std::size_t index_;
    const Tree& tree_;
    TreeState& state_;
    Batch& batch_;
    const Watch watch_;
    std::string root_;  // real path; empty when there is none
    TreeScan whole_;
    TreeScan fresh_;
    KnownFiles known_;
    LeftOutThings left_out_;
    bool looking_ = false;
    bool look_again_ = false;
    bool report_all_ = false;
    bool root_is_open_ = false;
    std::string failure_;      // the first one of this look
    std::string why_polling_;  // stays: a tree does not return to notification before a restart
};

}  // namespace kaizen::watch
