/* What changes the image of a process: execution of another program, and libraries that are unmapped. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracker.h"

/* Room for an environment with our variables beside the given one. */
static size_t size_of_completed(char *const *environment) {
    size_t count = 0;
    size_t preload = 0;
    for (; environment != NULL && environment[count] != NULL; count++)
        if (strncmp(environment[count], "LD_PRELOAD=", 11) == 0) preload = strlen(environment[count]);
    return (count + 3) * sizeof(char *) + preload + strlen(pd_preload_path()) + strlen(pd_environment()) + 64;
}

/* The environment with our variables; the given one when it has them. */
static char **completed(char *const *environment, char *memory) {
    if (pd_environment()[0] == 0 || pd_preload_path()[0] == 0) return (char **)environment;
    size_t count = 0;
    const char *preload = "";
    for (; environment != NULL && environment[count] != NULL; count++) {
        if (strncmp(environment[count], PD_HEAP_ENVIRONMENT "=", sizeof PD_HEAP_ENVIRONMENT) == 0)
            return (char **)environment;
        if (strncmp(environment[count], "LD_PRELOAD=", 11) == 0) preload = environment[count] + 11;
    }
    char **result = (char **)memory;
    char *at = memory + (count + 3) * sizeof(char *);
    size_t kept = 0;
    result[kept++] = at;
    at = stpcpy(stpcpy(at, "LD_PRELOAD="), pd_preload_path());
    if (*preload != 0) at = stpcpy(stpcpy(at, ":"), preload);
    result[kept++] = ++at;
    stpcpy(stpcpy(at, PD_HEAP_ENVIRONMENT "="), pd_environment());
    for (size_t index = 0; index < count; index++)
        if (strncmp(environment[index], "LD_PRELOAD=", 11) != 0) result[kept++] = environment[index];
    result[kept] = NULL;
    return result;
}

/* Executes by `call` with an environment that tracks the next program as well; the same errors as without us. The
 * environment is on the stack: the process may not be allowed to map any more. */
#define EXECUTE(environment, call)                                                         \
    do {                                                                                   \
        if (!pd_is_root_process()) {                                                       \
            pd_note_child();                                                               \
            return call(environment);                                                      \
        }                                                                                  \
        char room[size_of_completed(environment)] __attribute__((aligned(8)));             \
        char **whole = completed(environment, room);                                       \
        if (pd_is_own_process()) pd_announce(PD_HEAP_ENDING);                              \
        const int result = call(whole);                                                    \
        if (pd_is_own_process())                                                           \
            __atomic_store_n(&pd_tracker.control->state, PD_HEAP_ARMED, __ATOMIC_RELEASE); \
        return result;                                                                     \
    } while (0)

extern char **environ;

typedef int (*execute_function)(const char *, char *const *, char *const *);

/* Looked up early: a child between fork and exec must not take the loader's lock. */
static execute_function real_execve, real_execvpe;
static int (*real_fexecve)(int, char *const *, char *const *);
static int (*real_dlclose)(void *);

void pd_find_functions(void) {
    real_execve = (execute_function)dlsym(RTLD_NEXT, "execve");
    real_execvpe = (execute_function)dlsym(RTLD_NEXT, "execvpe");
    real_fexecve = (int (*)(int, char *const *, char *const *))dlsym(RTLD_NEXT, "fexecve");
    real_dlclose = (int (*)(void *))dlsym(RTLD_NEXT, "dlclose");
}

static int execute(execute_function function, const char *path, char *const *arguments, char *const *environment) {
    if (function == NULL) {
        errno = ENOSYS;
        return -1;
    }
#define CALL(with) function(path, arguments, (char *const *)(with))
    EXECUTE(environment, CALL);
#undef CALL
}

PD_EXPORT int execve(const char *path, char *const arguments[], char *const environment[]) {
    return execute(real_execve, path, arguments, environment);
}

PD_EXPORT int execvpe(const char *file, char *const arguments[], char *const environment[]) {
    return execute(real_execvpe, file, arguments, environment);
}

PD_EXPORT int execv(const char *path, char *const arguments[]) {
    return execute(real_execve, path, arguments, environ);
}

PD_EXPORT int execvp(const char *file, char *const arguments[]) {
    return execute(real_execvpe, file, arguments, environ);
}

PD_EXPORT int fexecve(int descriptor, char *const arguments[], char *const environment[]) {
    if (real_fexecve == NULL) {
        errno = ENOSYS;
        return -1;
    }
#define CALL(with) real_fexecve(descriptor, arguments, (char *const *)(with))
    EXECUTE(environment, CALL);
#undef CALL
}

/* The arguments of execl and its like, on the stack as the C library has them. */
#define LISTED(first, then)                                             \
    va_list list;                                                       \
    size_t count = 1;                                                   \
    va_start(list, first);                                              \
    while (va_arg(list, char *) != NULL) count++;                       \
    va_end(list);                                                       \
    if (count >= INT_MAX / sizeof(char *)) {                            \
        errno = E2BIG;                                                  \
        return -1;                                                      \
    }                                                                   \
    char *arguments[count + 1];                                         \
    arguments[0] = (char *)first;                                       \
    va_start(list, first);                                              \
    for (size_t index = 1; index <= count; index++) arguments[index] = va_arg(list, char *); \
    then;                                                               \
    va_end(list)

PD_EXPORT int execl(const char *path, const char *first, ...) {
    LISTED(first, (void)0);
    return execv(path, arguments);
}

PD_EXPORT int execlp(const char *file, const char *first, ...) {
    LISTED(first, (void)0);
    return execvp(file, arguments);
}

PD_EXPORT int execle(const char *path, const char *first, ...) {
    char *const *environment;
    LISTED(first, environment = va_arg(list, char *const *));
    return execve(path, arguments, environment);
}

/* MARK: libraries */

static int count_unmapped(struct dl_phdr_info *info, size_t size, void *count) {
    (void)size;
    *(unsigned long long *)count = info->dlpi_subs;
    return 1;
}

static unsigned long long unmapped_count(void) {
    unsigned long long count = 0;
    dl_iterate_phdr(count_unmapped, &count);
    return count;
}

PD_EXPORT int dlclose(void *library) {
    if (real_dlclose == NULL) return -1;
    if (!pd_is_own_process()) return real_dlclose(library);
    const unsigned long long before = unmapped_count();
    /* perfdoctor opens the files that are mapped now: afterwards nobody could. */
    pd_announce(PD_HEAP_UNLOADING);
    const int result = real_dlclose(library);
    if (unmapped_count() != before) pd_forget_code();
    return result;
}

/* MARK: limits */

/* Our mappings count as address space: under a limit that is lower than they are, the program could not allocate. */
static void make_room(int resource, const struct rlimit *limit) {
    if (resource == RLIMIT_AS && limit != NULL && limit->rlim_cur != RLIM_INFINITY && pd_is_own_process())
        pd_stop_tracking(PD_HEAP_STOPPED_ADDRESSES);
}

PD_EXPORT int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *limit, struct rlimit *old) {
    if (pid == 0 || pid == getpid()) make_room((int)resource, limit);
    return (int)syscall(SYS_prlimit64, pid, resource, limit, old);
}

PD_EXPORT int prlimit64(
    pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *limit, struct rlimit64 *old) {
    return prlimit(pid, resource, (const struct rlimit *)limit, (struct rlimit *)old);
}

PD_EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
    return prlimit(0, resource, limit, NULL);
}

PD_EXPORT int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit) {
    return prlimit(0, resource, (const struct rlimit *)limit, NULL);
}

/* MARK: descriptors */

/* libunwind keeps a pipe, to ask the kernel whether an address can be read. It gets the highest numbers: those that the
 * program's own files get stay what they would be. */
PD_EXPORT int pipe2(int descriptors[2], int flags) {
    const int result = (int)syscall(SYS_pipe2, descriptors, flags);
    if (result != 0 || pd_self.is_busy != PD_CALLING) return result;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return result;
    const int lowest = limit.rlim_cur > 1024 ? 1016 : (int)limit.rlim_cur - 8;
    for (int index = 0; index < 2 && lowest > 16; index++) {
        const int higher = fcntl(descriptors[index], F_DUPFD_CLOEXEC, lowest);
        if (higher < 0) continue;
        close(descriptors[index]);
        descriptors[index] = higher;
    }
    return 0;
}
