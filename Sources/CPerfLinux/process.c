#include "process_shim.h"
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the process was started with, for its children. */
static sigset_t original_mask;
static int has_original_mask;
static struct rlimit original_descriptors;
static int has_original_descriptors;

static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGWINCH, SIGCONT};

/* Before main, by the only thread: worker threads of a pool may block everything, and ask for signals later. */
__attribute__((constructor)) static void remember_original_mask(void) {
    has_original_mask = sigprocmask(SIG_SETMASK, NULL, &original_mask) == 0;
}

int pd_signals_open(void) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) sigaddset(&set, handled[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int pd_signal_next(int signal_fd, struct pd_signal *out) {
    struct signalfd_siginfo info;
    ssize_t got;
    do {
        got = read(signal_fd, &info, sizeof info);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno == EAGAIN ? 0 : -errno;
    if (got != (ssize_t)sizeof info) return -EIO;
    out->number = (int32_t)info.ssi_signo;
    out->from_kernel = info.ssi_code == SI_KERNEL;
    out->sender = (int32_t)info.ssi_pid;
    return 1;
}

const char *pd_signal_name(int number) { return sigabbrev_np(number); }

void pd_child_restore(void) {
    if (has_original_descriptors) setrlimit(RLIMIT_NOFILE, &original_descriptors);
    if (has_original_mask) sigprocmask(SIG_SETMASK, &original_mask, NULL);
}

int pd_child_original_mask(sigset_t *out) {
    if (has_original_mask) *out = original_mask;
    return has_original_mask;
}

static void report_and_exit(int fd, int error) {
    ssize_t ignored = write(fd, &error, sizeof error);
    (void)ignored;
    _exit(127);
}

char **pd_child_environment(char *const *environment, char *const *additions) {
    size_t count = 0, added = 0;
    while (environment[count] != NULL) count++;
    while (additions[added] != NULL) added++;
    char **result = malloc((count + added + 1) * sizeof *result);
    if (result == NULL) return NULL;
    memcpy(result, additions, added * sizeof *result);
    size_t kept = added;
    for (size_t i = 0; i < count; i++) {
        int is_replaced = 0;
        for (size_t j = 0; j < added && !is_replaced; j++) {
            const size_t name = strcspn(additions[j], "=") + 1;
            is_replaced = strncmp(environment[i], additions[j], name) == 0;
        }
        if (!is_replaced) result[kept++] = environment[i];
    }
    result[kept] = NULL;
    return result;
}

int pd_child_fork(char *const *argv, char *const *additions, struct pd_child *out) {
    int go[2], error[2];
    char **environment = pd_child_environment(environ, additions);
    if (environment == NULL) return -ENOMEM;
    if (pipe2(go, O_CLOEXEC) != 0) {
        int saved = errno;
        free(environment);
        return -saved;
    }
    if (pipe2(error, O_CLOEXEC) != 0) {
        int saved = errno;
        close(go[0]);
        close(go[1]);
        free(environment);
        return -saved;
    }
    pid_t pid = fork();
    if (pid < 0) {
        int saved = errno;
        free(environment);
        close(go[0]);
        close(go[1]);
        close(error[0]);
        close(error[1]);
        return -saved;
    }
    if (pid == 0) {
        close(go[1]);
        close(error[0]);
        pd_child_restore();
        char byte;
        ssize_t got;
        do {
            got = read(go[0], &byte, 1);
        } while (got < 0 && errno == EINTR);
        if (got != 1) _exit(127);
        execvpe(argv[0], argv, environment);
        report_and_exit(error[1], errno);
    }
    free(environment);
    close(go[0]);
    close(error[1]);
    out->pid = pid;
    out->go_fd = go[1];
    out->error_fd = error[0];
    return 0;
}

int pd_child_start(struct pd_child *child) {
    char byte = 1;
    ssize_t put;
    do {
        put = write(child->go_fd, &byte, 1);
    } while (put < 0 && errno == EINTR);
    int write_error = put == 1 ? 0 : errno;
    close(child->go_fd);
    child->go_fd = -1;
    int error = 0;
    ssize_t got;
    do {
        got = read(child->error_fd, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    close(child->error_fd);
    child->error_fd = -1;
    if (got == (ssize_t)sizeof error) {
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {}
        return -error;
    }
    return -write_error;
}

void pd_child_abandon(struct pd_child *child) {
    if (child->go_fd >= 0) close(child->go_fd);
    if (child->error_fd >= 0) close(child->error_fd);
    child->go_fd = child->error_fd = -1;
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {}
}

int pd_child_poll(pid_t pid, struct pd_child_status *out) {
    int status;
    struct rusage usage;
    pid_t got;
    do {
        got = wait4(pid, &status, WNOHANG, &usage);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    if (got == 0) return 0;
    out->exited = WIFEXITED(status);
    out->code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    out->dumped_core = !WIFEXITED(status) && WCOREDUMP(status);
    out->cpu_ns = ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000000ULL +
                  ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000ULL;
    out->max_resident_bytes = (uint64_t)usage.ru_maxrss * 1024;
    return 1;
}

int pd_pidfd_open(pid_t pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

int64_t pd_descriptor_limit_raise(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    if (!has_original_descriptors) {
        original_descriptors = limit;
        has_original_descriptors = 1;
    }
    if (limit.rlim_cur >= wanted) return (int64_t)limit.rlim_cur;
    struct rlimit higher = limit;
    higher.rlim_cur = wanted;
    if (limit.rlim_max < wanted) higher.rlim_max = wanted; /* allowed with CAP_SYS_RESOURCE */
    if (setrlimit(RLIMIT_NOFILE, &higher) == 0) return (int64_t)higher.rlim_cur;
    higher.rlim_max = limit.rlim_max;
    higher.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &higher) == 0) return (int64_t)higher.rlim_cur;
    return (int64_t)limit.rlim_cur;
}

int pd_affinity_count(pid_t pid) {
    /* The kernel refuses a set that is smaller than its own, of up to 8,192 CPUs. */
    unsigned long set[8192 / (8 * sizeof(unsigned long))];
    memset(set, 0, sizeof set);
    long size = syscall(SYS_sched_getaffinity, pid, sizeof set, set);
    if (size < 0) return -errno;
    return CPU_COUNT_S((size_t)size, (cpu_set_t *)set);
}

int64_t pd_memory_read(pid_t pid, uint64_t address, void *buffer, uint64_t count) {
    struct iovec local = {buffer, count};
    struct iovec remote = {(void *)(uintptr_t)address, count};
    ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    return got < 0 ? -errno : got;
}

const void *pd_vdso(void) { return (const void *)getauxval(AT_SYSINFO_EHDR); }
