#include "daemon/runtime/crash_note.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/log.h"

namespace kaizen::runtime {
namespace {

constexpr std::array<int, 5> kSignals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr std::size_t kSignalStack = std::size_t{64} << 10;
constexpr std::size_t kNumbers = 48;  // "<deaths> <position> " before the subject

std::atomic<CrashNote*> watching = nullptr;
std::array<struct sigaction, kSignals.size()> actions_before;

pid_t this_thread() {
#ifdef __linux__
    return static_cast<pid_t>(::syscall(SYS_gettid));
#else
    return ::getpid();
#endif
}

void restore(int signal) {
    const auto found = std::find(kSignals.begin(), kSignals.end(), signal);
    ::sigaction(signal, &actions_before[static_cast<std::size_t>(found - kSignals.begin())], nullptr);
}

// The number at the front of `text`, which is cut off with the space behind it.
template <class Integer>
bool take_number(std::string_view& text, Integer& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
    text.remove_prefix(static_cast<std::size_t>(end + 1 - text.data()));
    return true;
}

}  // namespace

CrashNote::CrashNote(const std::string& path)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)), thread_(this_thread()) {
    if (!fd_) {
        log::warn("a line that ends kaizend cannot be noted", "file={} reason={}", path,
                  std::strerror(errno));
        return;
    }
    read();
    watch_this_thread();
}

CrashNote::~CrashNote() {
    if (!fd_) return;
    watching = nullptr;
    for (const int signal : kSignals) restore(signal);
    if (signal_stack_.empty() || this_thread() != thread_) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
}

void CrashNote::watch_this_thread() {
    stack_t stack{};
    const bool has_one = ::sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0;
    if (!has_one) {  // the address sanitizer's would be missed by it
        signal_stack_.resize(kSignalStack);
        stack = stack_t{};
        stack.ss_sp = signal_stack_.data();
        stack.ss_size = signal_stack_.size();
        ::sigaltstack(&stack, nullptr);
    }
    watching = this;
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &actions_before[i]);
}

// Only what POSIX allows in a handler. Another thread's crash says nothing of this one; what comes from
// another process, such as the watchdog's SIGABRT, is meant for all of them.
void CrashNote::on_signal(int signal, siginfo_t* info, void*) {
    restore(signal);
    const bool from_outside = info->si_code <= 0 && info->si_pid != ::getpid();
    CrashNote* note = watching;
    if (note != nullptr && (from_outside || this_thread() == note->thread_)) note->write();
    if (info->si_code <= 0) ::raise(signal);  // the others come again by themselves
}

void CrashNote::write() {
    const std::int64_t position = position_;
    if (!fd_ || position == kNowhere) return;
    const int deaths = position == left_position_ ? left_->deaths + 1 : 1;
    std::array<char, kNumbers + std::tuple_size_v<decltype(subject_)>> text;
    char* end = std::to_chars(text.data(), text.data() + kNumbers, deaths).ptr;
    *end++ = ' ';
    end = std::to_chars(end, text.data() + kNumbers, position).ptr;
    *end++ = ' ';
    end = std::copy_n(subject_.data(), subject_size_.load(), end);
    const auto size = end - text.data();
    // There is nobody to tell of a failure.
    [[maybe_unused]] const bool written =
        ::pwrite(fd_.get(), text.data(), static_cast<std::size_t>(size), 0) == size &&
        ::ftruncate(fd_.get(), size) == 0;
}

void CrashNote::clear() {
    left_.reset();
    left_position_ = kNowhere;
    if (fd_ && ::ftruncate(fd_.get(), 0) != 0)
        log::warn("what was noted of a crash stays", "reason={}", std::strerror(errno));
}

void CrashNote::read() {
    std::array<char, kNumbers + std::tuple_size_v<decltype(subject_)>> text;
    const ssize_t size = ::pread(fd_.get(), text.data(), text.size(), 0);
    std::string_view rest(text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, size)));
    Left left;
    if (!take_number(rest, left.deaths) || !take_number(rest, left.position) || rest.empty()) return;
    left.subject = rest;
    left_ = std::move(left);
}

void CrashNote::enter(std::string_view subject) {
    leave();
    subject_size_ = 0;
    const std::size_t size = std::min(subject.size(), subject_.size());
    std::copy_n(subject.data(), size, subject_.data());
    subject_size_ = size;
    left_position_ = left_ && left_->subject == subject.substr(0, size) ? left_->position : kNowhere;
}

}  // namespace kaizen::runtime
