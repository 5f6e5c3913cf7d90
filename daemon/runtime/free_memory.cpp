#include "daemon/runtime/free_memory.h"

#include <cstdlib>  // says whose C library it is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace kaizen::runtime {

void give_memory_back() {
#ifdef __GLIBC__
    // The first call is one thread's, and others wait for it. Where another allocator stands in for the C
    // library's (a preloaded one, the address sanitizer), this is what sets the C library's up, without a
    // lock: a second thread that trims meanwhile reads lists that are not there yet (glibc 2.36,
    // ptmalloc_init).
    [[maybe_unused]] static const int first = ::malloc_trim(0);
    ::malloc_trim(0);
#endif
}

}  // namespace kaizen::runtime
