#include "daemon/runtime/worker.h"

#include <thread>
#include <utility>

namespace kaizen::runtime {

Worker::Worker(std::function<void(const std::exception&)> on_failure, std::function<void()> before_job)
    : on_failure_(std::move(on_failure)), before_job_(std::move(before_job)), pool_(1) {}

bool Worker::stop_within(std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds kBetweenLooks{5};
    pool_.stop();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (job_runs_) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(kBetweenLooks);
    }
    pool_.join();
    return true;
}

void Worker::stop() {
    pool_.stop();
    pool_.join();
}

}  // namespace kaizen::runtime
