#pragma once

// How much one step on the I/O thread may do before it must yield: a number of entries and a time, whichever
// ends first.

#include <chrono>
#include <cstddef>

namespace kaizen::watch {

inline constexpr std::size_t kStepEntries = 1000;
inline constexpr std::chrono::milliseconds kStepTime{2};

class StepBudget {
  public:
    // Whether one more entry may be handled.
    [[nodiscard]] bool take() {
        if (entries_ == 0 || std::chrono::steady_clock::now() >= end_) return false;
        --entries_;
        return true;
    }

  private:
    std::size_t entries_ = kStepEntries;
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + kStepTime;
};

}  // namespace kaizen::watch
