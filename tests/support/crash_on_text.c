/* For LD_PRELOAD: a session text that holds KAIZEN-CRASH ends the process as a fault that nobody foresaw would, one that holds
   KAIZEN-HANG never comes back, when it is about to be stored. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

typedef int (*bind_text)(void*, int, const char*, int, void (*)(void*));

int sqlite3_bind_text(void* statement, int index, const char* text, int bytes, void (*destroy)(void*)) {
    static bind_text real;
    if (real == 0) *(void**)&real = dlsym(RTLD_NEXT, "sqlite3_bind_text");
    if (text != 0 && bytes > 0) {
        if (memmem(text, (size_t)bytes, "KAIZEN-CRASH", 12) != 0) *(volatile int*)8 = 0;
        if (memmem(text, (size_t)bytes, "KAIZEN-HANG", 11) != 0) {
            ssize_t said = write(2, "never comes back\n", 17);
            while (said != 0) pause();
        }
    }
    return real(statement, index, text, bytes, destroy);
}
