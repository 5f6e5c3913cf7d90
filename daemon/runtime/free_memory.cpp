#include "daemon/runtime/free_memory.h"

#include <cstdlib>  // says whose C library it is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace kaizen::runtime {

void give_memory_back() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

}  // namespace kaizen::runtime
