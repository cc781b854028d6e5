#ifndef PD_PROCESS_SHIM_H
#define PD_PROCESS_SHIM_H
/* Processes and signals: fork is not to be had in Swift, and a child may only run async-signal-safe code. */
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pd_child {
    pid_t pid;
    int go_fd;    /* one byte starts the program; closing it ends the child */
    int error_fd; /* errno of a failed exec as int; end of file when exec succeeded */
};

/* Blocks the signals that perfdoctor handles and returns a signalfd for them. The state before is kept and is
 * what children get. Call once, before the first thread starts. */
int pd_signals_open(void);

struct pd_signal {
    int32_t number;
    int32_t from_kernel; /* 1: the terminal or the kernel sent it, so the whole foreground group has it already */
    int32_t sender;
};
/* 1: `out` is filled, 0: none is waiting. */
int pd_signal_next(int signal_fd, struct pd_signal *_Nonnull out);

/* "INT", "TERM"; null for an unknown number. */
const char *_Nullable pd_signal_name(int number);

/* Forks a child that waits for pd_child_start before it executes `argv` (looked up in PATH). The child has the
 * signal mask and the descriptor limit that perfdoctor was started with, and no descriptor of perfdoctor; its
 * environment is perfdoctor's with the `additions` ("NAME=value") in place of variables of the same names. */
int pd_child_fork(
    char *_Nullable const *_Nonnull argv, char *_Nullable const *_Nonnull additions, struct pd_child *_Nonnull out);
/* Lets the child run; returns once it has executed the program, or -errno of the failed exec. */
int pd_child_start(struct pd_child *_Nonnull child);
/* Ends a child that was never started. */
void pd_child_abandon(struct pd_child *_Nonnull child);

struct pd_child_status {
    int32_t exited;  /* 1: ended by exit, `code` is its status; 0: ended by the signal `code` */
    int32_t code;
    int32_t dumped_core;
    uint64_t cpu_ns; /* user and system time, its own waited-for children included */
    uint64_t max_resident_bytes;
};
/* 1: ended and reaped, 0: still running. */
int pd_child_poll(pid_t pid, struct pd_child_status *_Nonnull out);
/* A descriptor that becomes readable when the process ends (Linux 5.3). */
int pd_pidfd_open(pid_t pid);

/* Raises the descriptor limit as far as allowed (up to `wanted`); returns the limit in force. */
int64_t pd_descriptor_limit_raise(uint64_t wanted);

/* How many CPUs a process may run on; 0: this one. cpu_set_t's macros are not to be had in Swift. */
int pd_affinity_count(pid_t pid);

/* Bytes read from another process; fewer where its memory ends. */
int64_t pd_memory_read(pid_t pid, uint64_t address, void *_Nonnull buffer, uint64_t count);

/* Our own vDSO, the same pages that every process of this architecture maps; null when there is none. */
const void *_Nullable pd_vdso(void);

#ifdef __cplusplus
}
#endif
#endif
