#include "daemon/runtime/free_memory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace kaizen::runtime {
namespace {

// Each thread's first call at the same time, in a process where nobody called it before.
[[noreturn]] void call_from_all_threads_at_once() {
    constexpr int kThreads = 4;
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&ready] {
            ++ready;
            while (ready < kThreads) std::this_thread::yield();
            give_memory_back();
        });
    }
    for (std::thread& thread : threads) thread.join();
    ::_exit(0);
}

// With the address sanitizer's allocator this once ended the process (glibc's own was not set up yet).
TEST(FreeMemoryTest, first_calls_may_come_together) {
    for (int round = 0; round < 20; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) call_from_all_threads_at_once();
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_EQ(status, 0) << "round " << round;
    }
}

}  // namespace
}  // namespace kaizen::runtime
