// Has a thread of another process call functions of that process: how the tracker comes into a running program.
#ifndef PERFDOCTOR_INJECTION_SHIM_H
#define PERFDOCTOR_INJECTION_SHIM_H

#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pd_code_range {
    uint64_t start, end;
};

// What is known of the process.
struct pd_injection_plan {
    uint64_t syscall_address;  // of an instruction that calls the kernel
    uint64_t trap_address;     // of an instruction that traps: where called functions return to
    uint64_t signal_return;    // of the C library's code that ends signal handlers; 0: not known
    // Code that may hold locks of the loader or the allocator: a thread in it is let go on.
    const struct pd_code_range *_Nullable busy;
    // Memory of such locks: a thread that waits for a word in it is let go on as well.
    const struct pd_code_range *_Nullable locks;
    uint32_t busy_count, lock_count;
    uint64_t patience_ns;  // for a thread that can be used
    // Where not 0, all threads are stopped, and none may be in this code or return to it.
    struct pd_code_range left;
};

// Failures beside those of snapshots (PD_SNAPSHOT_*) and -errno.
enum {
    PD_INJECTION_NO_THREAD = 16,  // none was seen outside of busy code in time
    PD_INJECTION_FAULT = 17,      // the function failed with a signal; the thread goes on as before
    PD_INJECTION_STUCK = 18,      // the function did not return in time; the thread goes on as before
    PD_INJECTION_NOT_LEFT = 19,   // a thread may still return to the code
};

// A thread that stands still, with a stack of its own for what it is told to do.
struct pd_injection;

// Stops a thread that holds none of those locks: one that waits in the kernel, or one that runs outside of them.
// All calls for one injection have to come from one thread.
int pd_injection_begin(pid_t pid, const struct pd_injection_plan *_Nonnull plan,
                       struct pd_injection *_Nullable *_Nonnull out);
// Copies bytes to its stack's memory; the address there, 0 where there is no room or it cannot be written.
uint64_t pd_injection_place(struct pd_injection *_Nonnull injection, const void *_Nonnull bytes, uint64_t count);
// Makes a file in memory in the process; its descriptor there, or -errno or a failure in `failure`.
long pd_injection_memory_file(struct pd_injection *_Nonnull injection, const char *_Nonnull name,
                              int *_Nonnull failure);
int pd_injection_close(struct pd_injection *_Nonnull injection, long descriptor);
int pd_injection_call(struct pd_injection *_Nonnull injection, uint64_t function,
                      const unsigned long arguments[_Nonnull 6], uint64_t timeout_ns, uint64_t *_Nonnull result);
// Lets the thread go on as it was; nothing of the injection is left. Nanoseconds that it stood still.
uint64_t pd_injection_end(struct pd_injection *_Nonnull injection);

#ifdef __cplusplus
}
#endif
#endif
