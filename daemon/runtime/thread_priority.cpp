#include "daemon/runtime/thread_priority.h"

#ifdef __linux__
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace kaizen::runtime {

void come_after_other_threads() {
#ifdef __linux__
    constexpr int kSteps = 5;  // each a quarter more for the others
    const int main_thread = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid()));
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), main_thread + kSteps);
#endif
}

}  // namespace kaizen::runtime
