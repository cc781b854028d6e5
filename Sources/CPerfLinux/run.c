#include "run_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

/* A run takes place in a process of its own, the reaper: whatever the program leaves behind becomes its child, and
 * the usage of its children is that of the tree, without anything else that perfdoctor may have started. The reaper
 * is forked from a process with threads, so it calls nothing that might take a lock. */

struct reaper {
    const struct pd_run_options *options;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    int control_fd, signal_fd;
    sigset_t mask; /* of the program */
    pid_t program;
    volatile int error, stage; /* written by the vfork'ed child */
    int status, has_status; /* of the program */
    uint64_t end_ns;
    struct pd_run_result result;
};

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* Between fork or vfork and execve; with vfork in the reaper's memory. */
static void __attribute__((noreturn)) become_program(struct reaper *reaper, int go_fd) {
    const struct pd_run_options *options = reaper->options;
    setpgid(0, 0); /* a program that signals its group reaches neither us nor the terminal's */
    int error = 0, stage = PD_RUN_STREAMS;
    /* Ours close on exec; one that is in its place already loses the flag. */
    const int wanted[4][2] = {
        {options->input_fd, 0}, {options->output_fd, 1}, {options->error_fd, 2},
        {options->extra_fd, options->extra_number}};
    for (int i = 0; i < 4 && error == 0; i++) {
        if (wanted[i][0] < 0) continue;
        if (wanted[i][0] == wanted[i][1]) {
            if (fcntl(wanted[i][0], F_SETFD, 0) < 0) error = errno;
        } else if (dup2(wanted[i][0], wanted[i][1]) < 0) {
            error = errno;
        }
    }
    if (error == 0 && reaper->directory != NULL && chdir(reaper->directory) != 0) {
        error = errno;
        stage = PD_RUN_DIRECTORY;
    }
    if (error == 0 && options->has_cpus &&
        syscall(SYS_sched_setaffinity, 0, (size_t)PD_RUN_CPU_BYTES, options->cpus) != 0) {
        error = errno;
        stage = PD_RUN_AFFINITY;
    }
    if (error == 0 && go_fd >= 0) {
        char byte;
        while (read(go_fd, &byte, 1) < 0 && errno == EINTR) {}
    }
    if (error == 0) {
        pd_child_restore();
        sigprocmask(SIG_SETMASK, &reaper->mask, NULL);
        execvpe(reaper->arguments[0], reaper->arguments, reaper->environment);
        error = errno;
        stage = PD_RUN_EXECUTE;
    }
    reaper->stage = stage;
    reaper->error = error;
    if (go_fd >= 0) { /* a memory of its own: exit statuses cannot tell stage and error */
        const int32_t told[2] = {error, stage};
        ssize_t ignored = write(go_fd, told, sizeof told);
        (void)ignored;
    }
    _exit(127);
}

static int start_measured(struct reaper *reaper) {
    reaper->error = 0;
    pid_t pid = vfork();
    if (pid < 0) return -errno;
    if (pid == 0) become_program(reaper, -1);
    reaper->program = pid; /* by now it has executed the program, or failed */
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    reaper->result.floor_resident_bytes = (uint64_t)own.ru_maxrss * 1024;
    if (reaper->error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        return -reaper->error;
    }
    return 0;
}

#define TRACE_OPTIONS                                                                                         \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
     PTRACE_O_EXITKILL)

static int go_pair[2];

/* The program is traced from before its execve on, so it is forked and held. */
static int start_traced(struct reaper *reaper) {
    pid_t pid = fork();
    if (pid < 0) return -errno;
    if (pid == 0) {
        close(go_pair[0]);
        become_program(reaper, go_pair[1]);
    }
    reaper->program = pid;
    if (ptrace(PTRACE_SEIZE, pid, 0, TRACE_OPTIONS) != 0) {
        int error = errno;
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        reaper->stage = PD_RUN_TRACE;
        return -error;
    }
    char byte = 1;
    return write(go_pair[0], &byte, 1) == 1 ? 0 : -errno;
}

/* One stop of a traced thread: count, and let it go on as if nobody had looked. */
static void resume(struct reaper *reaper, pid_t tid, int status, int *is_counting) {
    const int signal = WSTOPSIG(status), event = status >> 16;
    long injected = 0;
    int request = *is_counting ? PTRACE_SYSCALL : PTRACE_CONT;
    if (signal == (SIGTRAP | 0x80)) {
        struct __ptrace_syscall_info info;
        memset(&info, 0, sizeof info);
        if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY)
            reaper->result.system_calls++;
    } else if (event == PTRACE_EVENT_EXEC) {
        *is_counting = 1;
        request = PTRACE_SYSCALL;
    } else if (event == PTRACE_EVENT_STOP) {
        /* A new child, or a group that was stopped and stays so. */
        if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) request = PTRACE_LISTEN;
    } else if (event == 0) {
        injected = signal;
    }
    ptrace(request, tid, 0, injected); /* ESRCH: it was killed meanwhile */
}

/* Waits for one thing of each child that has something; 0: no child is left. */
static int reap(struct reaper *reaper, int *is_counting) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | (reaper->options->counts_system_calls ? __WALL : 0));
        if (pid < 0 && errno == EINTR) continue;
        if (pid < 0) return 0;
        if (pid == 0) return 1;
        if (WIFSTOPPED(status)) {
            if (reaper->options->counts_system_calls) resume(reaper, pid, status, is_counting);
        } else if (pid == reaper->program) {
            reaper->end_ns = now_ns();
            reaper->status = status;
            reaper->has_status = 1;
        } else if (!reaper->options->counts_system_calls) {
            /* A tracer also waits for threads and for the children of others. */
            reaper->result.orphans++;
        }
    }
}

/* Kills all children, and theirs as they become ours, until none is left. */
static uint32_t kill_tree(struct reaper *reaper) {
    static char text[16384];
    uint32_t killed = 0;
    for (;;) {
        if (reaper->program > 0 && !reaper->has_status) kill(-reaper->program, SIGKILL);
        int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
        if (fd >= 0) close(fd);
        if (fd < 0) return killed; /* a kernel without lists of children: the group was all that can be found */
        pid_t pid = 0;
        for (ssize_t i = 0; i < size; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
            } else if (pid > 0) {
                kill(pid, SIGKILL);
                pid = 0;
            }
        }
        int status;
        pid_t ended;
        do {
            ended = waitpid(-1, &status, __WALL);
            if (ended > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) killed++;
            if (ended > 0 && ended == reaper->program && !WIFSTOPPED(status)) {
                reaper->status = status;
                reaper->has_status = 1;
            }
        } while (ended < 0 && errno == EINTR);
        if (ended < 0) return killed;
    }
}

/* Waits until the program has ended, or everything has; 1: over, 0: too late, -1: cancelled. */
static int wait_for(struct reaper *reaper, uint64_t deadline, int everything, int *is_counting) {
    for (;;) {
        int has_children = reap(reaper, is_counting);
        if (!has_children || (reaper->has_status && !everything)) return 1;
        uint64_t now = deadline == UINT64_MAX ? 0 : now_ns();
        if (now >= deadline) return 0;
        struct timespec left = {(time_t)((deadline - now) / 1000000000ULL), (long)((deadline - now) % 1000000000ULL)};
        struct pollfd polled[2] = {{reaper->control_fd, POLLIN, 0}, {reaper->signal_fd, POLLIN, 0}};
        if (ppoll(polled, 2, deadline == UINT64_MAX ? NULL : &left, NULL) < 0 && errno != EINTR) return -1;
        if (polled[0].revents != 0) return -1;
        struct signalfd_siginfo info;
        while (read(reaper->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {}
    }
}

/* One run; 0: the next one may begin. */
static int run_once(struct reaper *reaper) {
    const struct pd_run_options *options = reaper->options;
    struct pd_run_result *result = &reaper->result;
    int is_counting = 0;
    reaper->has_status = 0;
    reaper->stage = PD_RUN_EXECUTE;
    const uint64_t start = now_ns();
    int error = options->counts_system_calls ? start_traced(reaper) : start_measured(reaper);
    if (error != 0) {
        result->state = PD_RUN_NOT_STARTED;
        result->code = -error;
        result->stage = (uint32_t)reaper->stage;
        return 1;
    }
    const uint64_t deadline = options->timeout_ns == 0 ? UINT64_MAX : start + options->timeout_ns;
    const int outcome = wait_for(reaper, deadline, 0, &is_counting);
    if (outcome != 1) {
        result->wall_ns += now_ns() - start;
        kill_tree(reaper);
        result->state = outcome == 0 ? PD_RUN_TIMED_OUT : PD_RUN_CANCELLED;
        return 1;
    }
    result->wall_ns += reaper->end_ns - start;
    const int rest = wait_for(reaper, now_ns() + options->patience_ns, 1, &is_counting);
    if (rest != 1) result->killed += kill_tree(reaper);
    int32_t told[2];
    if (options->counts_system_calls && recv(go_pair[0], told, sizeof told, MSG_DONTWAIT) == (ssize_t)sizeof told) {
        result->state = PD_RUN_NOT_STARTED;
        result->code = told[0];
        result->stage = (uint32_t)told[1];
        return 1;
    }
    const int status = reaper->status;
    result->finished++;
    if (WIFEXITED(status)) {
        result->state = PD_RUN_EXITED;
        result->code = WEXITSTATUS(status);
    } else {
        result->state = PD_RUN_SIGNALED;
        result->code = WTERMSIG(status);
        result->dumped_core = WCOREDUMP(status) != 0;
    }
    if (rest < 0) result->state = PD_RUN_CANCELLED;
    return result->state != PD_RUN_EXITED || (options->accepted[result->code / 8] >> (result->code % 8) & 1) == 0;
}

/* An event that every descendant inherits and that begins with its execve. */
static int open_instructions(struct pd_run_result *result) {
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_HARDWARE;
    attr.config = PERF_COUNT_HW_INSTRUCTIONS;
    attr.disabled = attr.inherit = attr.enable_on_exec = attr.exclude_kernel = attr.exclude_hv = 1;
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) result->instructions_error = errno;
    return fd;
}

static void __attribute__((noreturn)) reap_and_report(struct reaper reaper, int result_fd) {
    const struct pd_run_options *options = reaper.options;
    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* Nothing but SIGKILL ends the reaper before its children. */
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* The mask of whatever thread called us is not the one that we were started with. */
    if (!pd_child_original_mask(&reaper.mask)) sigemptyset(&reaper.mask);
    signal(SIGCHLD, SIG_DFL); /* ignored, it would take the usage of children with it */
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    reaper.signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (reaper.signal_fd < 0 ||
        (options->counts_system_calls && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go_pair) != 0)) {
        reaper.result.state = PD_RUN_NOT_STARTED;
        reaper.result.code = errno;
        reaper.result.stage = PD_RUN_STREAMS;
    } else {
        /* The program's extra descriptor must not take the place of the one that holds it back. */
        if (options->counts_system_calls && options->extra_fd >= 0 && go_pair[1] == options->extra_number) {
            const int moved = fcntl(go_pair[1], F_DUPFD_CLOEXEC, options->extra_number + 1);
            if (moved >= 0) go_pair[1] = moved;
        }
        const int counter = options->counts_instructions ? open_instructions(&reaper.result) : -1;
        for (uint32_t i = 0; i < options->repetitions; i++)
            if (run_once(&reaper) != 0) break;
        uint64_t count;
        if (counter >= 0 && read(counter, &count, sizeof count) == (ssize_t)sizeof count)
            reaper.result.instructions = count;
    }
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    struct pd_run_result *result = &reaper.result;
    result->user_ns = (uint64_t)usage.ru_utime.tv_sec * 1000000000ULL + (uint64_t)usage.ru_utime.tv_usec * 1000ULL;
    result->system_ns = (uint64_t)usage.ru_stime.tv_sec * 1000000000ULL + (uint64_t)usage.ru_stime.tv_usec * 1000ULL;
    result->peak_resident_bytes = (uint64_t)usage.ru_maxrss * 1024;
    result->minor_faults = (uint64_t)usage.ru_minflt;
    result->major_faults = (uint64_t)usage.ru_majflt;
    result->voluntary_switches = (uint64_t)usage.ru_nvcsw;
    result->involuntary_switches = (uint64_t)usage.ru_nivcsw;
    ssize_t ignored = write(result_fd, result, sizeof *result);
    (void)ignored;
    _exit(0);
}

int pd_memory_file(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) return -errno;
    /* Several processes may write, each through a description of its own. */
    if (fcntl(fd, F_SETFL, O_APPEND) != 0) {
        int saved = errno;
        close(fd);
        return -saved;
    }
    return fd;
}

int pd_run_begin(
    char *const *arguments, char *const *additions, const char *directory, const struct pd_run_options *options,
    struct pd_run *out) {
    int control[2], result[2];
    char **environment = pd_child_environment(environ, additions);
    if (environment == NULL) return -ENOMEM;
    if (pipe2(control, O_CLOEXEC) != 0) {
        int saved = errno;
        free(environment);
        return -saved;
    }
    if (pipe2(result, O_CLOEXEC) != 0) {
        int saved = errno;
        free(environment);
        close(control[0]);
        close(control[1]);
        return -saved;
    }
    pid_t pid = fork();
    int saved = errno;
    if (pid == 0) {
        close(control[1]);
        close(result[0]);
        const struct reaper reaper = {
            .options = options,
            .arguments = arguments,
            .environment = environment,
            .directory = directory,
            .control_fd = control[0],
        };
        reap_and_report(reaper, result[1]);
    }
    free(environment);
    close(control[0]);
    close(result[1]);
    if (pid < 0) {
        close(control[1]);
        close(result[0]);
        return -saved;
    }
    out->pid = pid;
    out->control_fd = control[1];
    out->result_fd = result[0];
    return 0;
}

int pd_run_poll(struct pd_run *run, struct pd_run_result *out) {
    struct pollfd polled = {run->result_fd, POLLIN, 0};
    int ready = poll(&polled, 1, 0);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    if (ready == 0) return 0;
    ssize_t got;
    do {
        got = read(run->result_fd, out, sizeof *out);
    } while (got < 0 && errno == EINTR);
    int error = got == (ssize_t)sizeof *out ? 0 : got < 0 ? errno : EIO; /* EIO: the reaper was killed */
    close(run->result_fd);
    close(run->control_fd);
    run->result_fd = run->control_fd = -1;
    while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR) {}
    return error == 0 ? 1 : -error;
}

void pd_run_cancel(struct pd_run *run) {
    if (run->control_fd < 0) return;
    char byte = 1;
    ssize_t ignored = write(run->control_fd, &byte, 1);
    (void)ignored;
}

int pd_contains(const void *bytes, uint64_t count, const void *wanted, uint64_t wanted_count) {
    return memmem(bytes, count, wanted, wanted_count) != NULL;
}
