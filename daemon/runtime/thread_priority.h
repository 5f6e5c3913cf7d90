#pragma once

namespace kaizen::runtime {

// The calling thread comes after the daemon's other threads, where both want to run; again has no effect.
// Linux only, where each thread has a niceness of its own; where it is not allowed, all stays as it was.
void come_after_other_threads();

}  // namespace kaizen::runtime
