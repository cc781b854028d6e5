#include "tracee.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t pd_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int pd_wait_for_stop(pid_t tid, uint64_t deadline, int *status) {
    for (unsigned round = 0;; round++) {
        pid_t got = waitpid(tid, status, __WALL | WNOHANG);
        if (got == tid) return WIFSTOPPED(*status) ? 1 : 0;
        if (got < 0 && errno != EINTR) return errno == ECHILD ? 0 : -errno;
        if (pd_monotonic_ns() > deadline) return PD_SNAPSHOT_BUSY;
        if (round < 200) sched_yield();
        else usleep(50);
    }
}

int pd_get_registers(pid_t tid, pd_registers *into) {
    struct iovec part = {into, sizeof *into};
    return ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &part) ? -errno : 0;
}

int pd_set_registers(pid_t tid, pd_registers *from) {
    struct iovec part = {from, sizeof *from};
    return ptrace(PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &part) ? -errno : 0;
}

int pd_signal_of(int status) { return status >> 16 ? 0 : WSTOPSIG(status); }

static int is_known(const struct pd_tracees *all, pid_t tid) {
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].tid == tid) return 1;
    return 0;
}

int pd_stop_thread(struct pd_tracees *all, pid_t tid) {
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 64;
        struct pd_stopped *more = realloc(all->list, room * sizeof *more);
        if (!more) return -ENOMEM;
        all->list = more;
        all->room = room;
    }
    if (ptrace(PTRACE_SEIZE, tid, 0, 0)) return errno == ESRCH ? 0 : -errno;
    struct pd_stopped *one = &all->list[all->count++];
    *one = (struct pd_stopped){.tid = tid};
    if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) && errno != ESRCH) return -errno;
    return 0;
}

// Signals that wait for the thread or its process, and that it has not blocked, as bits; all where that is not told.
static uint64_t pending_signals(pid_t tid) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", tid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return ~UINT64_C(0);
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return ~UINT64_C(0);
    text[count] = 0;
    const char *own = strstr(text, "\nSigPnd:"), *shared = strstr(text, "\nShdPnd:"), *blocked = strstr(text, "\nSigBlk:");
    if (!own || !shared || !blocked) return ~UINT64_C(0);
    uint64_t pending = strtoull(own + 8, NULL, 16) | strtoull(shared + 8, NULL, 16);
    return pending & ~strtoull(blocked + 8, NULL, 16);
}

#if defined(__x86_64__)
// Calls that the kernel does not begin again by itself after a stop, as it does others: they fail with EINTR.
static int is_never_restarted(long number) {
    switch (number) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_rt_sigtimedwait:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_io_getevents:
    case SYS_io_pgetevents:
    case SYS_io_uring_enter:
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg: return 1;
    default: return 0;
    }
}

// A thread that our stop would make see a failed call goes on with that call instead, with its whole time limit.
static int go_on_waiting(struct pd_stopped *one) {
    pd_registers *r = &one->registers;
    if ((long)r->orig_rax < 0 || (long)r->rax != -EINTR || !is_never_restarted((long)r->orig_rax)) return 0;
    if (pending_signals(one->tid)) return 0;
    r->rax = r->orig_rax;
    r->rip -= 2;
    return pd_set_registers(one->tid, r);
}

// What the kernel keeps to itself: a call that begins again when the thread goes on.
static int is_restarting(long result) { return result <= -512 && result >= -516; }

long pd_interrupted_call(const struct pd_stopped *one) {
    const pd_registers *r = &one->registers;
    if ((long)r->orig_rax < 0) return -1;
    return is_restarting((long)r->rax) || r->rax == r->orig_rax ? (long)r->orig_rax : -1;
}
#else
// The first argument of an interrupted call is not to be had here: it fails with EINTR, as under a debugger.
static int go_on_waiting(struct pd_stopped *one) {
    (void)one;
    return 0;
}

// The kernel has set such a thread to the instruction that calls it.
long pd_interrupted_call(const struct pd_stopped *one) {
    enum { SUPERVISOR_CALL = 0xd4000001 };
    errno = 0;
    long code = ptrace(PTRACE_PEEKTEXT, one->tid, (void *)one->registers.pc, 0);
    return !errno && (uint32_t)code == SUPERVISOR_CALL ? (long)one->registers.regs[8] : -1;
}
#endif

int pd_read_stop(struct pd_tracees *all, size_t index) {
    struct pd_stopped *one = &all->list[index];
    int status = 0;
    int result = pd_wait_for_stop(one->tid, all->deadline, &status);
    if (result < 0 || result == PD_SNAPSHOT_BUSY) return result;
    if (result == 1) {
        one->signal = pd_signal_of(status);
        result = pd_get_registers(one->tid, &one->registers);
        if (!result && !one->signal) result = go_on_waiting(one);
        if (result != -ESRCH) return result;
    }
    one->tid = 0;
    return 0;
}

int pd_stop_all(struct pd_tracees *all, pid_t pid, int32_t *stuck) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    for (int round = 0; round < PD_ROUNDS; round++) {
        size_t before = all->count;
        DIR *tasks = opendir(path);
        if (!tasks) return errno == ENOENT ? -ESRCH : -errno;
        int result = 0;
        for (struct dirent *entry; !result && (entry = readdir(tasks));) {
            pid_t tid = (pid_t)atoi(entry->d_name);
            if (tid > 0 && !is_known(all, tid)) {
                *stuck = tid;
                result = pd_stop_thread(all, tid);
            }
        }
        closedir(tasks);
        for (size_t i = before; !result && i < all->count; i++) {
            *stuck = all->list[i].tid;
            result = pd_read_stop(all, i);
        }
        if (result) return result;
        // Whoever could have begun a thread has stopped when a round finds none.
        if (all->count == before) return 0;
    }
    return PD_SNAPSHOT_BUSY;
}

// Takes the signal of a single step from a thread that would be ended by it.
static void take_trap(const struct pd_stopped *one) {
    int status;
    if (!one->may_trap || !(pending_signals(one->tid) & UINT64_C(1) << (SIGTRAP - 1))) return;
    // It is delivered before the thread runs an instruction.
    if (ptrace(PTRACE_CONT, one->tid, 0, 0)) return;
    pd_wait_for_stop(one->tid, pd_monotonic_ns() + PD_PATIENCE_NS, &status);
}

void pd_let_go(struct pd_tracees *all) {
    for (size_t i = 0; i < all->count; i++) {
        struct pd_stopped *one = &all->list[i];
        if (!one->tid) continue;
        take_trap(one);
        if (!ptrace(PTRACE_DETACH, one->tid, 0, (long)one->signal) || errno != ESRCH) continue;
        // One that has not stopped yet cannot be let go.
        int status;
        if (pd_wait_for_stop(one->tid, pd_monotonic_ns() + PD_PATIENCE_NS, &status) == 1)
            ptrace(PTRACE_DETACH, one->tid, 0, (long)pd_signal_of(status));
    }
    free(all->list);
    all->list = NULL;
    all->count = all->room = 0;
}

// Registers with which a thread calls the kernel; nothing that it was in the middle of is begun again meanwhile.
static void set_call(pd_registers *r, uint64_t address, long number, const unsigned long arguments[6]) {
#if defined(__x86_64__)
    r->rip = address;
    r->rax = (unsigned long)number;
    r->orig_rax = (unsigned long)-1;
    r->rdi = arguments[0];
    r->rsi = arguments[1];
    r->rdx = arguments[2];
    r->r10 = arguments[3];
    r->r8 = arguments[4];
    r->r9 = arguments[5];
#else
    r->pc = address;
    r->regs[8] = (unsigned long)number;
    for (int i = 0; i < 6; i++) r->regs[i] = arguments[i];
#endif
}

void pd_forget_interrupted_call(pid_t tid) {
#if defined(__aarch64__)
    int none = -1;
    struct iovec part = {&none, sizeof none};
    ptrace(PTRACE_SETREGSET, tid, (void *)NT_ARM_SYSTEM_CALL, &part);
#else
    (void)tid;
#endif
}

static long returned(const pd_registers *r) {
#if defined(__x86_64__)
    return (long)r->rax;
#else
    return (long)r->regs[0];
#endif
}

int pd_remote_call(struct pd_stopped *one, uint64_t address, long number, const unsigned long arguments[6], long *result,
                pid_t *child) {
    // Signals that come meanwhile are for later.
    uint64_t mask = 0, all = ~UINT64_C(0);
    if (ptrace(PTRACE_GETSIGMASK, one->tid, (void *)sizeof mask, &mask)) return -errno;
    if (ptrace(PTRACE_SETSIGMASK, one->tid, (void *)sizeof all, &all)) return -errno;
    pd_registers changed = one->registers;
    set_call(&changed, address, number, arguments);
    pd_forget_interrupted_call(one->tid);
    int failure = pd_set_registers(one->tid, &changed);
    int is_done = 0;
    for (int round = 0; !failure && !is_done; round++) {
        if (round == PD_ROUNDS) {
            failure = PD_SNAPSHOT_CHANGED;
            break;
        }
        if (ptrace(PTRACE_SINGLESTEP, one->tid, 0, 0)) {
            failure = -errno;
            break;
        }
        int status;
        int stop = pd_wait_for_stop(one->tid, pd_monotonic_ns() + PD_PATIENCE_NS, &status);
        if (stop != 1) {
            failure = stop ? stop : PD_SNAPSHOT_CHANGED;
            break;
        }
        if (status >> 16 == PTRACE_EVENT_CLONE || status >> 16 == PTRACE_EVENT_FORK) {
            unsigned long message = 0;
            if (!ptrace(PTRACE_GETEVENTMSG, one->tid, 0, &message) && child) *child = (pid_t)message;
            continue;
        }
        if (pd_signal_of(status) == SIGTRAP) {
            pd_registers after;
            failure = pd_get_registers(one->tid, &after);
            if (!failure) *result = returned(&after);
            is_done = 1;
        }
        // SIGKILL ends it; nothing else can have come.
    }
    int restored = pd_set_registers(one->tid, &one->registers);
    if (ptrace(PTRACE_SETSIGMASK, one->tid, (void *)sizeof mask, &mask) && !restored) restored = -errno;
    return failure ? failure : restored;
}

