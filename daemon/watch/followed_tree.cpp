#include "daemon/watch/followed_tree.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/open_below.h"
#include "daemon/watch/inotify_limits.h"

namespace kaizen::watch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnlistable = "directory";
constexpr std::string_view kTooDeep = "too_deep";

std::string text_of(int error) {
    if (error == ENOSPC) return limit_text(kWatchLimit);
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
      fresh_(tree),
      left_out_(state.left_out) {
    state_.polling = !watch_;
}

void FollowedTree::look() {
    report_all_ = report_all_ || !fresh_.done();  // this look is to find what that one was to report
    looking_ = true;
    look_again_ = false;
    root_is_open_ = false;
    failure_.clear();
    known_.begin_look();
    left_out_.begin_look();
    root_ = find_root();
    set(state_.present, !root_.empty());
    whole_.start(root_);
    fresh_.start(root_);
    if (state_.present) whole_.add("");
}

void FollowedTree::look_later() {
    if (looking_)
        look_again_ = true;
    else
        look();
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
    if (!state_.present) return;
    if (tree_.enters(directory)) return fresh_.add(directory);
    if (tree_.leaves_out) leave_out(directory, tree_.leaves_out(directory, true));
}

void FollowedTree::look_at(const std::string& file) {
    if (!state_.present) return;
    const auto info = stat_below(root_, file);
    if (!info) return;
    const Found found = judged(tree_, file, *info);
    if (found.kind == Found::Kind::nothing) return leave_out(file, {});
    take(found, Report{false, true});
}

void FollowedTree::look_whether_open(const std::string& directory) {
    if (!state_.present || !tree_.enters(directory)) return;
    const auto fd = open_below(root_, directory, O_RDONLY | O_DIRECTORY);
    if (!fd && fd.error() == EACCES) take_failure(Found{Found::Kind::failure, directory, -1, 0, EACCES});
}

void FollowedTree::gone(const std::string& path) {
    if (left_out_.forget(path)) look_later();
    file_gone(path);
}

void FollowedTree::file_gone(const std::string& path) {
    if (!known_.forget(path)) return;
    state_.files = known_.size();
    batch_.add_gone(index_);
}

// It may have taken the place of something else. Without a reason it is of no interest.
void FollowedTree::leave_out(const std::string& path, std::string_view reason) {
    if (reason.empty()) return gone(path);
    file_gone(path);
    left_out_.note(path, reason);
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
            if (found.path.empty()) root_is_open_ = true;
            if (left_out_.forget(found.path)) look_later();
            if (state_.polling) return;
            if (const int error = watch_(index_, found.path, found.fd); error != 0) {
                turn_to_polling(place(found.path), error);
            }
            return;
        case Found::Kind::file:
            if (known_.update(found.path, found.stamp) || report.all) {
                batch_.add(index_, found.path, report.initial, found.bytes);
            }
            state_.files = known_.size();
            if (left_out_.forget(found.path)) look_later();
            return;
        case Found::Kind::left_out:
            return leave_out(found.path, found.reason);
        case Found::Kind::failure:
            return take_failure(found);
    }
}

void FollowedTree::take_failure(const Found& found) {
    if (tree_.leaves_out) leave_out(found.path, found.error == ENAMETOOLONG ? kTooDeep : kUnlistable);
    if (failure_.empty()) failure_ = place(found.path) + ": " + text_of(found.error);
    if (state_.problem.empty()) set(state_.problem, failure_);
    // The directory above tells when permissions change; nobody tells when descriptors are free again.
    if (found.error == EACCES || found.error == ENAMETOOLONG || state_.polling) return;
    turn_to_polling(place(found.path), found.error);
}

void FollowedTree::finish_look() {
    looking_ = false;
    report_all_ = false;
    state_.files = known_.size();
    left_out_.forget_unseen();
    if (state_.present && (!state_.scanned || known_.any_unseen())) batch_.add_gone(index_);
    set(state_.scanned, true);
    set(state_.problem, why_polling_.empty() ? failure_ : why_polling_);
    if (std::exchange(look_again_, false)) look();
}

void FollowedTree::turn_to_polling(const std::string& path, int error) {
    why_polling_ = path + ": changes are not notified, " + text_of(error);
    if (error == ENOSPC) state_.limit = kWatchLimit;
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
