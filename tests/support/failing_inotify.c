/* For LD_PRELOAD: inotify as on a machine whose limits are nearly used up. No more than KAIZEN_INOTIFY_WATCHES watches are given out at a
   time, and KAIZEN_INOTIFY_INSTANCES instances in all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { DESCRIPTORS = 1024 };
static int last_watch[DESCRIPTORS]; /* of the instance; the numbers only grow */
static atomic_long watches;

static long most(const char* variable) {
    const char* text = getenv(variable);
    return text == 0 ? LONG_MAX : atol(text);
}

static int error(int code) {
    errno = code;
    return -1;
}

int inotify_rm_watch(int fd, int watch) {
    static int (*next)(int, int);
    if (next == 0) *(void**)&next = dlsym(RTLD_NEXT, "inotify_rm_watch");
    const int result = next(fd, watch);
    if (result == 0) --watches;
    return result;
}

int inotify_add_watch(int fd, const char* path, uint32_t mask) {
    static int (*next)(int, const char*, uint32_t);
    if (next == 0) *(void**)&next = dlsym(RTLD_NEXT, "inotify_add_watch");
    const int watch = next(fd, path, mask);
    if (watch < 0 || fd >= DESCRIPTORS || watch <= last_watch[fd]) return watch; /* there was one already */
    last_watch[fd] = watch;
    if (++watches <= most("KAIZEN_INOTIFY_WATCHES")) return watch;
    inotify_rm_watch(fd, watch);
    return error(ENOSPC);
}

int inotify_init1(int flags) {
    static atomic_long instances;
    static int (*next)(int);
    if (next == 0) *(void**)&next = dlsym(RTLD_NEXT, "inotify_init1");
    return ++instances <= most("KAIZEN_INOTIFY_INSTANCES") ? next(flags) : error(EMFILE);
}
