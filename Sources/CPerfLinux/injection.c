#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

enum {
    STACK_BYTES = 1 << 20,     // the loader reads whole headers onto the stack, and runs constructors
    TEXT_BYTES = 64 << 10,     // of that, at its upper end: what functions are given
    STEPS = 4096,              // of a thread that is in busy code, before it goes on by itself
    SCAN_BYTES = 256 << 10,    // of a stack
    ARENA_BYTES = 64 << 20,    // what glibc aligns the heaps of further arenas to
    ARENA_HEAD_BYTES = 4096,   // where their locks are
    EXTENDED_BYTES = 32 << 10,
};

struct pd_injection {
    pid_t pid;
    struct pd_tracees all;
    struct pd_stopped *one;
    const struct pd_injection_plan *plan;
    uint64_t stack;
    uint64_t text_used;
    uint64_t begun;  // when the thread was asked to stop
};

static int is_inside(uint64_t address, const struct pd_code_range *ranges, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (address >= ranges[i].start && address < ranges[i].end) return 1;
    return 0;
}

// Calls that a thread waits in without holding a lock of the loader or the allocator.
static int is_waiting_call(long number) {
    switch (number) {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
    case SYS_poll:
    case SYS_select:
    case SYS_pause:
#endif
    // Of a file the kernel reads and writes without waiting in a way that a stop interrupts.
    case SYS_read:
    case SYS_readv:
    case SYS_write:
    case SYS_writev:
    case SYS_flock:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_rt_sigsuspend:
    case SYS_rt_sigtimedwait:
    case SYS_semtimedop:
    case SYS_io_getevents:
    case SYS_io_pgetevents:
    case SYS_io_uring_enter:
    case SYS_restart_syscall: return 1;
    default: return 0;
    }
}

// `lock` is an address of a futex: whether the word could be a lock of the loader or of an arena.
static int is_lock(const struct pd_injection_plan *plan, uint64_t lock) {
    return is_inside(lock, plan->locks, plan->lock_count) || lock % ARENA_BYTES < ARENA_HEAD_BYTES;
}

static unsigned long first_argument(const pd_registers *r) {
#if defined(__x86_64__)
    return r->rdi;
#else
    return r->regs[0];
#endif
}

// Whether a word between the stack pointer and the end of the stack is in the range.
static int stack_holds(pid_t pid, const struct pd_stopped *one, struct pd_code_range range) {
    uint64_t words[1024];
    uint64_t at = PD_STACK_POINTER(one->registers) & ~UINT64_C(7);
    for (uint64_t seen = 0; seen < SCAN_BYTES; seen += sizeof words) {
        struct iovec here = {words, sizeof words}, there = {(void *)(at + seen), sizeof words};
        // Fewer where the stack ends: whole pages are read.
        ssize_t count = process_vm_readv(pid, &here, 1, &there, 1, 0);
        for (ssize_t i = 0; i < count / 8; i++)
            if (words[i] >= range.start && words[i] < range.end) return 1;
        if (count < (ssize_t)sizeof words) return 0;
    }
    return 0;
}

// A signal handler may have come while the allocator was at work below it.
static int is_in_handler(pid_t pid, const struct pd_injection_plan *plan, const struct pd_stopped *one) {
    if (!plan->signal_return) return 0;
    struct pd_code_range range = {plan->signal_return, plan->signal_return + 1};
    return stack_holds(pid, one, range);
}

// Whether a stopped thread may be used.
static int is_free(pid_t pid, const struct pd_injection_plan *plan, const struct pd_stopped *one) {
    if (!one->tid || one->signal) return 0;
    const long number = pd_interrupted_call(one);
    if (number == SYS_futex) {
        if (is_lock(plan, first_argument(&one->registers))) return 0;
    } else if (!(number >= 0 && is_waiting_call(number))
               && is_inside(PD_CODE_POINTER(one->registers), plan->busy, plan->busy_count)) {
        return 0;
    }
    return !is_in_handler(pid, plan, one);
}

// One instruction; 1 when it is done, 0 when the thread has ended or waits in the kernel.
static int step(struct pd_stopped *one) {
    if (ptrace(PTRACE_SINGLESTEP, one->tid, 0, 0)) return 0;
    int status;
    int stop = pd_wait_for_stop(one->tid, pd_monotonic_ns() + 2000000, &status);
    if (stop == PD_SNAPSHOT_BUSY) {
        ptrace(PTRACE_INTERRUPT, one->tid, 0, 0);
        if (pd_wait_for_stop(one->tid, pd_monotonic_ns() + PD_PATIENCE_NS, &status) != 1) return 0;
        one->signal = pd_signal_of(status);
        if (one->signal == SIGTRAP) one->signal = 0;
        // The step may have ended just then as well: its signal would end the program.
        one->may_trap = 1;
        pd_get_registers(one->tid, &one->registers);
        return 0;
    }
    if (stop != 1) {
        one->tid = 0;
        return 0;
    }
    const int signal = pd_signal_of(status);
    if (pd_get_registers(one->tid, &one->registers)) {
        one->tid = 0;
        return 0;
    }
    // Its own signal has to reach it.
    if (signal && signal != SIGTRAP) {
        one->signal = signal;
        return 0;
    }
    return 1;
}

// Stops one thread, and leads it out of busy code; 1 when it can be used, 0 when not, or -errno or PD_SNAPSHOT_BUSY.
static int try_thread(struct pd_injection *injection, pid_t tid) {
    struct pd_tracees *all = &injection->all;
    injection->begun = pd_monotonic_ns();
    all->deadline = pd_monotonic_ns() + PD_PATIENCE_NS / 8;
    int result = pd_stop_thread(all, tid);
    if (!result && all->count) result = pd_read_stop(all, 0);
    if (!result && all->count) {
        struct pd_stopped *one = &all->list[0];
        for (int count = 0; one->tid && !one->signal && count < STEPS; count++) {
            if (is_free(injection->pid, injection->plan, one)) {
                injection->one = one;
                return 1;
            }
            if (!step(one)) break;
        }
    }
    pd_let_go(all);
    // One that waits in the kernel where nothing disturbs it stops when it can.
    return result == PD_SNAPSHOT_BUSY ? 0 : result;
}

static int find_thread(struct pd_injection *injection) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", injection->pid);
    const uint64_t end = pd_monotonic_ns() + injection->plan->patience_ns;
    for (unsigned pause = 100;; pause = pause < 5000 ? 2 * pause : pause) {
        DIR *tasks = opendir(path);
        if (!tasks) return errno == ENOENT ? -ESRCH : -errno;
        for (struct dirent *entry; (entry = readdir(tasks));) {
            pid_t tid = (pid_t)atoi(entry->d_name);
            if (tid <= 0) continue;
            int result = try_thread(injection, tid);
            if (result) {
                closedir(tasks);
                return result == 1 ? 0 : result;
            }
            if (pd_monotonic_ns() > end) break;
        }
        closedir(tasks);
        if (pd_monotonic_ns() > end) return PD_INJECTION_NO_THREAD;
        usleep(pause);
    }
}

// All threads stand still, and none comes back to the code.
static int stop_outside(struct pd_injection *injection) {
    const struct pd_code_range left = injection->plan->left;
    injection->begun = pd_monotonic_ns();
    injection->all.deadline = pd_monotonic_ns() + PD_PATIENCE_NS;
    int32_t stuck;
    int result = pd_stop_all(&injection->all, injection->pid, &stuck);
    if (result) return result;
    for (size_t i = 0; i < injection->all.count; i++) {
        struct pd_stopped *one = &injection->all.list[i];
        if (!one->tid) continue;
        const uint64_t code = PD_CODE_POINTER(one->registers);
        // A handler may stand on a stack of its own: what it interrupted is not seen then.
        if ((code >= left.start && code < left.end) || stack_holds(injection->pid, one, left)
            || is_in_handler(injection->pid, injection->plan, one))
            return PD_INJECTION_NOT_LEFT;
        if (!one->signal) injection->one = one;
    }
    return injection->one ? 0 : PD_INJECTION_NO_THREAD;
}

int pd_injection_begin(pid_t pid, const struct pd_injection_plan *plan, struct pd_injection **out) {
    struct pd_injection *injection = calloc(1, sizeof *injection);
    *out = NULL;
    if (!injection) return -ENOMEM;
    injection->pid = pid;
    injection->plan = plan;
    int result = plan->left.end ? stop_outside(injection) : find_thread(injection);
    if (!result) {
        const unsigned long arguments[6] = {
            0, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, (unsigned long)-1, 0};
        long address = 0;
        result = pd_remote_call(injection->one, plan->syscall_address, SYS_mmap, arguments, &address, NULL);
        if (!result && address < 0 && address > -4096) result = (int)address;
        if (!result) injection->stack = (uint64_t)address;
    }
    if (result) {
        pd_let_go(&injection->all);
        free(injection);
        return result;
    }
    *out = injection;
    return 0;
}

uint64_t pd_injection_place(struct pd_injection *injection, const void *bytes, uint64_t count) {
    if (count > TEXT_BYTES - injection->text_used) return 0;
    const uint64_t address = injection->stack + STACK_BYTES - TEXT_BYTES + injection->text_used;
    struct iovec here = {(void *)bytes, count}, there = {(void *)address, count};
    if (process_vm_writev(injection->pid, &here, 1, &there, 1, 0) != (ssize_t)count) return 0;
    injection->text_used += (count + 15) & ~UINT64_C(15);
    return address;
}

long pd_injection_memory_file(struct pd_injection *injection, const char *name, int *failure) {
    const unsigned long arguments[6] = {pd_injection_place(injection, name, strlen(name) + 1), MFD_CLOEXEC};
    long result = -EFAULT;
    *failure = arguments[0] == 0 ? PD_SNAPSHOT_CHANGED
                                 : pd_remote_call(injection->one, injection->plan->syscall_address, SYS_memfd_create,
                                                  arguments, &result, NULL);
    return result;
}

int pd_injection_close(struct pd_injection *injection, long descriptor) {
    const unsigned long arguments[6] = {(unsigned long)descriptor};
    long result = 0;
    return pd_remote_call(injection->one, injection->plan->syscall_address, SYS_close, arguments, &result, NULL);
}

static void set_function_call(pd_registers *r, uint64_t function, const unsigned long arguments[6], uint64_t stack,
                              uint64_t trap) {
#if defined(__x86_64__)
    r->rip = function;
    r->rdi = arguments[0];
    r->rsi = arguments[1];
    r->rdx = arguments[2];
    r->rcx = arguments[3];
    r->r8 = arguments[4];
    r->r9 = arguments[5];
    r->rax = 0;
    r->rbp = 0;
    r->rsp = stack;
    r->orig_rax = (unsigned long)-1;
    r->eflags &= ~UINT64_C(0x400);  // DF: functions expect it clear
    (void)trap;
#else
    r->pc = function;
    for (int i = 0; i < 6; i++) r->regs[i] = arguments[i];
    r->regs[29] = 0;
    r->regs[30] = trap;
    r->sp = stack;
#endif
}

static int has_trapped(const pd_registers *r, uint64_t trap) {
#if defined(__x86_64__)
    return r->rip == trap + 1;
#else
    return r->pc == trap;
#endif
}

// Waits until the function has come to the trap.
static int run(struct pd_stopped *one, uint64_t trap, uint64_t timeout_ns, uint64_t *result) {
    const uint64_t end = pd_monotonic_ns() + timeout_ns;
    for (;;) {
        if (ptrace(PTRACE_CONT, one->tid, 0, 0)) return -errno;
        int status;
        int stop = pd_wait_for_stop(one->tid, end, &status);
        if (stop == PD_SNAPSHOT_BUSY) {
            ptrace(PTRACE_INTERRUPT, one->tid, 0, 0);
            stop = pd_wait_for_stop(one->tid, pd_monotonic_ns() + PD_PATIENCE_NS, &status);
            return stop == 1 ? PD_INJECTION_STUCK : stop ? stop : PD_SNAPSHOT_CHANGED;
        }
        if (stop != 1) return stop ? stop : PD_SNAPSHOT_CHANGED;
        const int signal = pd_signal_of(status);
        if (!signal) continue;
        pd_registers after;
        const int failure = pd_get_registers(one->tid, &after);
        if (failure) return failure;
        if (signal != SIGTRAP || !has_trapped(&after, trap)) return PD_INJECTION_FAULT;
#if defined(__x86_64__)
        *result = after.rax;
#else
        *result = after.regs[0];
#endif
        return 0;
    }
}

int pd_injection_call(struct pd_injection *injection, uint64_t function, const unsigned long arguments[6],
                      uint64_t timeout_ns, uint64_t *result) {
    struct pd_stopped *one = injection->one;
    const uint64_t trap = injection->plan->trap_address;
    // Functions use the registers of vectors and of floating point, too.
    void *extended = malloc(EXTENDED_BYTES);
    if (!extended) return -ENOMEM;
    struct iovec part = {extended, EXTENDED_BYTES};
    int failure = ptrace(PTRACE_GETREGSET, one->tid, (void *)(long)PD_EXTENDED_SET, &part) ? -errno : 0;
    // Signals that come meanwhile are for later, but for those of the function's own faults: the kernel would forget
    // the program's handlers of blocked ones.
    uint64_t mask = 0;
    uint64_t blocked = ~UINT64_C(0);
    const int faults[] = {SIGSEGV, SIGTRAP, SIGBUS, SIGILL, SIGFPE};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) blocked &= ~(UINT64_C(1) << (faults[i] - 1));
    if (!failure && ptrace(PTRACE_GETSIGMASK, one->tid, (void *)sizeof mask, &mask)) failure = -errno;
    if (!failure && ptrace(PTRACE_SETSIGMASK, one->tid, (void *)sizeof blocked, &blocked)) failure = -errno;
    if (failure) {
        free(extended);
        return failure;
    }
    uint64_t stack = injection->stack + STACK_BYTES - TEXT_BYTES;
#if defined(__x86_64__)
    stack -= 8;
    struct iovec here = {(void *)&trap, sizeof trap}, there = {(void *)stack, sizeof trap};
    if (process_vm_writev(injection->pid, &here, 1, &there, 1, 0) != (ssize_t)sizeof trap) failure = -errno;
#endif
    pd_registers changed = one->registers;
    set_function_call(&changed, function, arguments, stack, trap);
    pd_forget_interrupted_call(one->tid);
    if (!failure) failure = pd_set_registers(one->tid, &changed);
    if (!failure) failure = run(one, trap, timeout_ns, result);
    int restored = pd_set_registers(one->tid, &one->registers);
    if (ptrace(PTRACE_SETREGSET, one->tid, (void *)(long)PD_EXTENDED_SET, &part) && !restored) restored = -errno;
    if (ptrace(PTRACE_SETSIGMASK, one->tid, (void *)sizeof mask, &mask) && !restored) restored = -errno;
    free(extended);
    return failure ? failure : restored;
}

uint64_t pd_injection_end(struct pd_injection *injection) {
    const unsigned long arguments[6] = {injection->stack, STACK_BYTES};
    long result = 0;
    // Where the process has ended, there is nothing to take back.
    pd_remote_call(injection->one, injection->plan->syscall_address, SYS_munmap, arguments, &result, NULL);
    pd_let_go(&injection->all);
    const uint64_t stood = pd_monotonic_ns() - injection->begun;
    free(injection);
    return stood;
}
