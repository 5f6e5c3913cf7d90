#include "daemon/ingest/reading_place.h"

#include <fmt/core.h>

#include "common/log.h"

namespace kaizen::ingest {
namespace {

constexpr std::int64_t kNoLine = -1;
constexpr int kTwice = 2;
constexpr int kMostInAFile = 16;
// Lines of this length may take so much memory that the system ends us, with SIGKILL.
constexpr std::size_t kLargeLine = std::size_t{8} << 20;

}  // namespace

ReadingPlace::ReadingPlace(runtime::CrashNote* crash_note) : crash_note_(crash_note), offset_(kNoLine) {
    if (crash_note_ == nullptr || !crash_note_->left()) return;
    const runtime::CrashNote::Left& left = *crash_note_->left();
    log::warn("kaizend died while it read a session file", "file={} offset={} times={}", left.subject,
              left.position, left.deaths);
}

void ReadingPlace::enter(const std::string& file) {
    file_ = file;
    offset_ = kNoLine;
    if (crash_note_ != nullptr) crash_note_->enter(file);
}

void ReadingPlace::at(const tail::Line& line) {
    offset_ = line.offset;
    if (crash_note_ == nullptr) return;
    crash_note_->at(line.offset);
    const bool large = line.bytes.size() >= kLargeLine && !problem_of_line();
    if (large) crash_note_->write();
    noted_ = noted_ || large || died_here();
}

void ReadingPlace::leave() {
    file_.clear();
    offset_ = kNoLine;
    if (crash_note_ != nullptr) crash_note_->leave();
}

void ReadingPlace::stored() {
    if (noted_) crash_note_->clear();
    noted_ = false;
}

ReadingPlace::Failures& ReadingPlace::count(std::string_view why) {
    Failures& failures = failures_[file_];
    failures.here = failures.offset == offset_ ? failures.here + 1 : 1;
    failures.offset = offset_;
    failures.why = why;
    ++failures.in_all;
    return failures;
}

bool ReadingPlace::cannot_read(std::string_view why) {
    if (file_.empty()) return false;
    offset_ = kNoLine;
    count(why).may_pass = true;
    return true;
}

void ReadingPlace::has_read() {
    const auto found = failures_.find(file_);
    if (found != failures_.end() && found->second.may_pass && !problem_of_file()) failures_.erase(found);
}

bool ReadingPlace::try_again_later() {
    const auto found = failures_.find(file_);
    if (found == failures_.end() || !found->second.may_pass) return false;
    failures_.erase(found);
    return true;
}

bool ReadingPlace::failed(std::string_view why) {
    if (file_.empty()) return false;
    const Failures& failures = count(why);
    log::warn("reading a session file failed, its other lines and all other files go on",
              "file={} offset={} reason=\"{}\" times={}", file_, offset_, why, failures.here);
    return true;
}

bool ReadingPlace::died_here() const {
    return crash_note_ != nullptr && crash_note_->left() && crash_note_->left()->subject == file_ &&
           crash_note_->left()->position == offset_;
}

std::optional<std::string> ReadingPlace::problem_of_line() const {
    if (died_here() && crash_note_->left()->deaths >= kTwice) return "kaizend died twice while it read it";
    const auto found = failures_.find(file_);
    if (found == failures_.end() || found->second.offset != offset_ || found->second.here < kTwice)
        return std::nullopt;
    return "reading it failed twice: " + found->second.why;
}

bool ReadingPlace::cannot_be_opened() const {
    const auto found = failures_.find(file_);
    return found != failures_.end() && found->second.offset == kNoLine && found->second.here > kTwice;
}

std::optional<std::string> ReadingPlace::problem_of_file() const {
    const auto found = failures_.find(file_);
    if (found == failures_.end()) return std::nullopt;
    const Failures& failures = found->second;
    const bool outside_lines = failures.offset == kNoLine && failures.here >= kTwice;
    if (!outside_lines && failures.in_all < kMostInAFile) return std::nullopt;
    if (failures.may_pass) return failures.why;
    return fmt::format("reading it failed {} times, it is tried again at the next start: {}", failures.in_all,
                       failures.why);
}

}  // namespace kaizen::ingest
