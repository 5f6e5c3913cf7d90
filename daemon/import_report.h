#pragma once

// Says in the log how the first import goes: when it begins, about every second, and when it is in. I/O
// thread.

#include <chrono>
#include <cstdint>

#include "daemon/ingest/ingest.h"

namespace kaizen {

class ImportReport {
  public:
    void on_step(const ingest::StepResult& result);

  private:
    using Clock = std::chrono::steady_clock;
    bool running_ = false;
    Clock::time_point began_;
    Clock::time_point said_;
    std::int64_t files_ = 0;  // most that waited
    std::int64_t bytes_ = 0;
};

}  // namespace kaizen
