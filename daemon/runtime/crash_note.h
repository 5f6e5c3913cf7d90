#pragma once

// What a thread was at when the process died, for the next start: a subject (a file) and a position in it. A
// signal handler writes it when that thread crashes, or when the process is aborted from outside because it
// hangs, as the service manager's watchdog does; until then it costs one store per position. A process that
// SIGKILL ends leaves nothing, unless write() came first.
//
// Made, used and destroyed on the thread that it watches, or destroyed after that. One at a time: signal
// handlers belong to the process.

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/unique_fd.h"

namespace kaizen::runtime {

class CrashNote {
  public:
    struct Left {
        std::string subject;
        std::int64_t position = 0;
        int deaths = 0;  // in a row, at this very place
    };

    // `path`: made (0600) when it is missing. Where it cannot be, nothing is noted.
    explicit CrashNote(const std::string& path);
    ~CrashNote();
    CrashNote(const CrashNote&) = delete;
    CrashNote& operator=(const CrashNote&) = delete;

    // What a process that died left here, until clear().
    [[nodiscard]] const std::optional<Left>& left() const { return left_; }

    void enter(std::string_view subject);  // at no position yet
    void at(std::int64_t position) { position_.store(position, std::memory_order_relaxed); }
    void leave() { at(kNowhere); }

    void write();  // now, for a death that no handler sees
    void clear();  // what is in the file: it was got over

  private:
    static constexpr std::int64_t kNowhere = -1;
    static void on_signal(int signal, siginfo_t* info, void* context);
    void read();
    void watch_this_thread();

    UniqueFd fd_;
    std::optional<Left> left_;
    pid_t thread_;
    std::vector<char> signal_stack_;  // a stack that overflowed has no room for a handler
    // What the handler reads.
    std::array<char, 4096> subject_{};
    std::atomic<std::size_t> subject_size_ = 0;
    std::atomic<std::int64_t> position_ = kNowhere;
    std::int64_t left_position_ = kNowhere;  // of left_, when it has the same subject
};

}  // namespace kaizen::runtime
