#include "daemon/watch/followed_tree.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/open_below.h"

namespace kaizen::watch {
namespace {

namespace fs = std::filesystem;

std::string text_of(int error) {
    if (error == ENOSPC) return "fs.inotify.max_user_watches is too low";
    return std::generic_category().message(error);
}

}  // namespace

FollowedTree::FollowedTree(std::size_t index, const Tree& tree, TreeState& state, Batch& batch, Watch watch)
    : index_(index),
      tree_(tree),
      state_(state),
      batch_(batch),
      watch_(std::move(watch)),
      whole_(tree),
      fresh_(tree) {
    state_.polling = !watch_;
}

void FollowedTree::look() {
    report_all_ = report_all_ || !fresh_.done();  // this look is to find what that one was to report
    looking_ = true;
    failure_.clear();
    known_.begin_look();
    root_ = find_root();
    set(state_.present, !root_.empty());
    whole_.start(root_);
    fresh_.start(root_);
    if (state_.present) whole_.add("");
}

std::string FollowedTree::find_root() {
    std::error_code error;
    const fs::path real = fs::canonical(tree_.path, error);
    if (!error && fs::is_directory(real, error)) return real.string();
    if (!error) error = std::make_error_code(std::errc::not_a_directory);
    if (error != std::errc::no_such_file_or_directory) failure_ = tree_.path + ": " + error.message();
    return {};
}

void FollowedTree::look_into(const std::string& directory) {
    if (state_.present && tree_.enters(directory)) fresh_.add(directory);
}

void FollowedTree::look_at(const std::string& file) {
    if (!state_.present || !tree_.accepts(file)) return;
    const auto info = stat_below(root_, file);
    if (!info || !S_ISREG(info->st_mode)) return;
    known_.update(file, file_stamp(*info));
    state_.files = known_.size();
    batch_.add(index_, file, false);
}

void FollowedTree::step_fresh(StepBudget& budget) {
    if (!fresh_.done()) (void)advance(fresh_, Report{false, true}, budget);
}

void FollowedTree::step_look(StepBudget& budget) {
    if (!looking_) return;
    const Report report{!state_.scanned, report_all_};
    if (advance(whole_, report, budget) && known_.forget_unseen(budget)) finish_look();
}

bool FollowedTree::advance(TreeScan& scan, Report report, StepBudget& budget) {
    while (!scan.done()) {
        if (!budget.take()) return false;
        take(scan.next(), report);
    }
    return true;
}

void FollowedTree::take(const Found& found, Report report) {
    switch (found.kind) {
        case Found::Kind::nothing:
            return;
        case Found::Kind::directory:
            if (state_.polling) return;
            if (const int error = watch_(index_, found.path, found.fd); error != 0) {
                turn_to_polling(place(found.path), error);
            }
            return;
        case Found::Kind::file:
            if (known_.update(found.path, found.stamp) || report.all) {
                batch_.add(index_, found.path, report.initial);
            }
            state_.files = known_.size();
            return;
        case Found::Kind::failure:
            if (failure_.empty()) failure_ = place(found.path) + ": " + text_of(found.error);
            if (state_.problem.empty()) set(state_.problem, failure_);
            // The directory above tells when permissions change; nobody tells when descriptors are free
            // again.
            if (found.error == EACCES || found.error == ENAMETOOLONG || state_.polling) return;
            turn_to_polling(place(found.path), found.error);
            return;
    }
}

void FollowedTree::finish_look() {
    looking_ = false;
    report_all_ = false;
    state_.files = known_.size();
    set(state_.scanned, true);
    set(state_.problem, why_polling_.empty() ? failure_ : why_polling_);
}

void FollowedTree::turn_to_polling(const std::string& path, int error) {
    why_polling_ = path + ": changes are not notified, " + text_of(error);
    set(state_.polling, true);
    set(state_.problem, why_polling_);
}

std::string FollowedTree::place(const std::string& directory) const {
    const std::string& root = root_.empty() ? tree_.path : root_;
    return directory.empty() ? root : root + "/" + directory;
}

template <class T>
void FollowedTree::set(T& field, T value) {
    if (field == value) return;
    field = std::move(value);
    batch_.states_changed();
}

}  // namespace kaizen::watch
