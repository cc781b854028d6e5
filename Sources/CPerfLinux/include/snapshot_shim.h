// A copy of a running process that stands still, made by the process itself: the one place that stops others' threads.
#ifndef PERFDOCTOR_SNAPSHOT_SHIM_H
#define PERFDOCTOR_SNAPSHOT_SHIM_H

#include <stdint.h>
#include <sys/types.h>

enum {
    PD_SNAPSHOT_WORDS = 512,     // of registers, for each thread at most
    PD_SNAPSHOT_NO_SYSCALL = 1,  // failures beside errno: no place in the process to call the kernel from
    PD_SNAPSHOT_BUSY = 2,        // a thread did not stop in time
    PD_SNAPSHOT_CHANGED = 3,     // the thread that should make the copy ended, or did something else
};

struct pd_snapshot_thread {
    int32_t tid;
    uint32_t word_count;
    uint64_t stack_pointer;
    uint64_t words[PD_SNAPSHOT_WORDS];
};

struct pd_snapshot {
    pid_t pid;
    pid_t child;                        // the copy; stands still, and is killed when we end
    uint32_t thread_count;
    struct pd_snapshot_thread *threads;
    uint64_t pause_ns;                  // from the first thread that stopped to the last that went on
    uint64_t injection_ns;              // of these the time in which a thread did what we said
    int32_t stuck_tid;                  // for PD_SNAPSHOT_BUSY
};

// Stops all threads of a process, has one of them make a copy, and lets them go on. All calls for one snapshot have to
// come from one thread.
// `syscall_address` is that of an instruction in the process that calls the kernel.
// Returns 0, -errno, or one of the numbers above; nothing of the process is changed then.
int pd_snapshot_take(pid_t pid, uint64_t syscall_address, struct pd_snapshot *snapshot);

// Ends the copy, and has the process forget it: nothing is left of it then.
// Returns 0, or -errno or a number where the process keeps an entry of an ended child until it ends.
int pd_snapshot_end(struct pd_snapshot *snapshot, uint64_t syscall_address);

#endif
