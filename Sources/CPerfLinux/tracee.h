// Threads of other processes that stand still for a moment: what snapshots and injections share. One place does ptrace.
#ifndef PERFDOCTOR_TRACEE_H
#define PERFDOCTOR_TRACEE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "CPerfLinux.h"

#if defined(__x86_64__)
enum { PD_EXTENDED_SET = NT_X86_XSTATE };
#define PD_STACK_POINTER(r) ((r).rsp)
#define PD_CODE_POINTER(r) ((r).rip)
#elif defined(__aarch64__)
enum { PD_EXTENDED_SET = NT_PRFPREG };
#define PD_STACK_POINTER(r) ((r).sp)
#define PD_CODE_POINTER(r) ((r).pc)
#else
#error "this processor is unknown here"
#endif

typedef struct user_regs_struct pd_registers;

enum { PD_PATIENCE_NS = 2000000000, PD_ROUNDS = 16 };

struct pd_stopped {
    pid_t tid;
    int signal;     // that was on its way to the thread
    int may_trap;   // it was led by single steps, and the signal of one may still be on its way
    pd_registers registers;
};

struct pd_tracees {
    struct pd_stopped *list;
    size_t count, room;
    uint64_t deadline;
};

uint64_t pd_monotonic_ns(void);

// Until a thread has stopped or ended: 1 for stopped, 0 for ended, PD_SNAPSHOT_BUSY, or -errno.
int pd_wait_for_stop(pid_t tid, uint64_t deadline, int *status);
int pd_get_registers(pid_t tid, pd_registers *into);
int pd_set_registers(pid_t tid, pd_registers *from);
// A signal that a thread stopped for, which has to reach it; 0 for stops that are ours.
int pd_signal_of(int status);

// Asks one thread to stop; nothing is added to the list where it has ended.
int pd_stop_thread(struct pd_tracees *all, pid_t tid);
// Waits for that; the thread's id becomes 0 where it has ended.
int pd_read_stop(struct pd_tracees *all, size_t index);
// Stops all threads, those as well that begin meanwhile. The first error is returned, with the thread in `stuck`.
int pd_stop_all(struct pd_tracees *all, pid_t pid, int32_t *stuck);
void pd_let_go(struct pd_tracees *all);

// The number of the call to the kernel that a stop interrupted, and that goes on with the thread; -1 for none. Its
// arguments are in the registers.
long pd_interrupted_call(const struct pd_stopped *one);
// Keeps the kernel from beginning an interrupted call again with other registers.
void pd_forget_interrupted_call(pid_t tid);
// Has a stopped thread call the kernel; its registers are as before afterwards. `child` gets a process that it began.
int pd_remote_call(struct pd_stopped *one, uint64_t address, long number, const unsigned long arguments[6], long *result,
                   pid_t *child);

#endif
