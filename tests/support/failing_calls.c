/* For LD_PRELOAD: makes the n-th call of a kind fail, as KAIZEN_FAIL=KIND:N says, once. Kinds: memory (there is none), file (the disk is
   full, or gives an error), network (the connection is lost, there are no descriptors), database (SQLite gives an error). Calls count
   from the taking of the instance lock on. At the end their numbers go to the file that KAIZEN_FAIL_COUNTS names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { MEMORY, FILES, NETWORK, DATABASE, KINDS };
static const char* const names[KINDS] = {"memory", "file", "network", "database"};
static atomic_long counts[KINDS];
static atomic_bool counting;
static long fail_at[KINDS];

static void* real(const char* name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void read_environment(void) {
    const char* text = getenv("KAIZEN_FAIL");
    for (int i = 0; text != 0 && i < KINDS; ++i) {
        const size_t length = strlen(names[i]);
        if (strncmp(text, names[i], length) == 0 && text[length] == ':') fail_at[i] = atol(text + length + 1);
    }
}

__attribute__((destructor)) static void write_counts(void) {
    counting = 0;
    const char* path = getenv("KAIZEN_FAIL_COUNTS");
    FILE* out = path == 0 ? 0 : fopen(path, "w");
    if (out == 0) return;
    for (int i = 0; i < KINDS; ++i) fprintf(out, "%s %ld\n", names[i], (long)counts[i]);
    fclose(out);
}

static int fails(enum kind kind, const char* call) {
    if (!counting) return 0;
    if (++counts[kind] != fail_at[kind]) return 0;
    char text[96];
    const int size = snprintf(text, sizeof text, "injected: %s fails (%s %ld)\n", call, names[kind], fail_at[kind]);
    static ssize_t (*write_out)(int, const void*, size_t);
    if (write_out == 0) *(void**)&write_out = real("write");
    (void)!write_out(2, text, (size_t)size);
    return 1;
}

int flock(int fd, int operation) {
    static int (*next)(int, int);
    if (next == 0) *(void**)&next = real("flock");
    counting = 1;
    return next(fd, operation);
}

/* memory */

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
static void* none(void) {
    errno = ENOMEM;
    return 0;
}
void* malloc(size_t size) { return fails(MEMORY, "malloc") ? none() : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return fails(MEMORY, "calloc") ? none() : __libc_calloc(count, size); }
void* realloc(void* old, size_t size) { return fails(MEMORY, "realloc") ? none() : __libc_realloc(old, size); }

/* files: what is no regular file (pipes, events, terminals) never fails */

static int is_file(int fd) {
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}
static int error(int code) {
    errno = code;
    return -1;
}
#define FILE_CALL(result, name, parameters, arguments, code)                       \
    result name parameters {                                                       \
        static result(*next) parameters;                                           \
        if (next == 0) *(void**)&next = real(#name);                               \
        return is_file(fd) && fails(FILES, #name) ? (result)error(code) : next arguments; \
    }
FILE_CALL(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size), ENOSPC)
FILE_CALL(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at), ENOSPC)
FILE_CALL(ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at), (fd, data, size, at), ENOSPC)
FILE_CALL(ssize_t, read, (int fd, void* data, size_t size), (fd, data, size), EIO)
FILE_CALL(ssize_t, pread, (int fd, void* data, size_t size, off_t at), (fd, data, size, at), EIO)
FILE_CALL(ssize_t, pread64, (int fd, void* data, size_t size, off64_t at), (fd, data, size, at), EIO)
FILE_CALL(int, fsync, (int fd), (fd), EIO)
FILE_CALL(int, fdatasync, (int fd), (fd), EIO)
FILE_CALL(int, ftruncate, (int fd, off_t size), (fd, size), ENOSPC)
FILE_CALL(int, ftruncate64, (int fd, off64_t size), (fd, size), ENOSPC)

#define OPEN_CALL(name)                                                                    \
    int name(const char* path, int flags, ...) {                                           \
        static int (*next)(const char*, int, ...);                                         \
        if (next == 0) *(void**)&next = real(#name);                                       \
        va_list more;                                                                      \
        va_start(more, flags);                                                             \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                                      \
        if (fails(FILES, #name)) return error((flags & O_CREAT) != 0 ? ENOSPC : EMFILE);   \
        return next(path, flags, mode);                                                    \
    }
OPEN_CALL(open)
OPEN_CALL(open64)

int rename(const char* from, const char* to) {
    static int (*next)(const char*, const char*);
    if (next == 0) *(void**)&next = real("rename");
    return fails(FILES, "rename") ? error(ENOSPC) : next(from, to);
}

/* network */

#define NETWORK_CALL(result, name, parameters, arguments, code)          \
    result name parameters {                                             \
        static result(*next) parameters;                                 \
        if (next == 0) *(void**)&next = real(#name);                     \
        return fails(NETWORK, #name) ? (result)error(code) : next arguments; \
    }
NETWORK_CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), EMFILE)
NETWORK_CALL(int, connect, (int fd, const struct sockaddr* to, socklen_t size), (fd, to, size), ECONNREFUSED)
NETWORK_CALL(int, accept, (int fd, struct sockaddr* from, socklen_t* size), (fd, from, size), EMFILE)
/* A connection that is lost says so to whoever asks next, too. */
#define CONNECTION_CALL(name, parameters, arguments)                     \
    ssize_t name parameters {                                            \
        static ssize_t(*next) parameters;                                \
        if (next == 0) *(void**)&next = real(#name);                     \
        if (!fails(NETWORK, #name)) return next arguments;               \
        shutdown(fd, SHUT_RDWR);                                         \
        return error(ECONNRESET);                                        \
    }
CONNECTION_CALL(send, (int fd, const void* data, size_t size, int flags), (fd, data, size, flags))
CONNECTION_CALL(sendmsg, (int fd, const struct msghdr* message, int flags), (fd, message, flags))
CONNECTION_CALL(recv, (int fd, void* data, size_t size, int flags), (fd, data, size, flags))
CONNECTION_CALL(recvmsg, (int fd, struct msghdr* message, int flags), (fd, message, flags))

/* database */

int sqlite3_step(void* statement) {
    static int (*next)(void*);
    if (next == 0) *(void**)&next = real("sqlite3_step");
    enum { SQLITE_IOERR = 10 };
    /* SQLite's own calls would take a statement that was not run for done. */
    Dl_info caller;
    const int own = dladdr(__builtin_return_address(0), &caller) != 0 && strstr(caller.dli_fname, "libsqlite3") != 0;
    return !own && fails(DATABASE, "sqlite3_step") ? SQLITE_IOERR : next(statement);
}
