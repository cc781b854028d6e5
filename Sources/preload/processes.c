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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracker.h"

/* The environment with our variables, in memory of its own; the given one when it has them or nothing is tracked. */
static char **completed(char *const *environment) {
    if (pd_environment()[0] == 0 || pd_preload_path()[0] == 0) return (char **)environment;
    size_t count = 0;
    const char *preload = "";
    for (; environment != NULL && environment[count] != NULL; count++) {
        if (strncmp(environment[count], PD_HEAP_ENVIRONMENT "=", sizeof PD_HEAP_ENVIRONMENT) == 0)
            return (char **)environment;
        if (strncmp(environment[count], "LD_PRELOAD=", 11) == 0) preload = environment[count] + 11;
    }
    const size_t text = strlen(preload) + strlen(pd_preload_path()) + strlen(pd_environment()) + 64;
    char *memory = mmap(NULL, (count + 3) * sizeof(char *) + text, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);
    if (memory == MAP_FAILED) return (char **)environment;
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

/* Executes by `call` with an environment that tracks the next program as well; the same errors as without us. */
#define EXECUTE(environment, call)                                 \
    do {                                                           \
        if (!pd_is_own_process()) return call(environment);        \
        char **whole = completed(environment);                     \
        pd_announce(PD_HEAP_ENDING);                               \
        const int result = call(whole);                            \
        __atomic_store_n(&pd_tracker.control->state, PD_HEAP_ARMED, __ATOMIC_RELEASE); \
        return result;                                             \
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
