#ifndef PD_RUN_SHIM_H
#define PD_RUN_SHIM_H
/* One run of a program with all that its process tree used: a subreaper and vfork are not to be had in Swift. */
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a set of CPUs: the kernel's largest, 8,192. */
#define PD_RUN_CPU_BYTES 1024

struct pd_run_options {
    int input_fd, output_fd, error_fd;         /* what the program gets as 0, 1 and 2; -1: what we have */
    int extra_fd;                              /* -1: none */
    int extra_number;                          /* what the program gets it as */
    uint32_t repetitions;                      /* runs, one after the other */
    uint64_t timeout_ns;                       /* for each run; 0: none */
    uint64_t patience_ns;                      /* for descendants that outlive the program */
    uint8_t accepted[32];                      /* bit for each exit status after which the next run begins */
    uint8_t has_cpus;
    uint8_t counts_system_calls;               /* by ptrace: costs two stops for each call */
    uint8_t counts_instructions;               /* in user space, by hardware */
    uint8_t cpus[PD_RUN_CPU_BYTES];            /* as of sched_setaffinity */
};

enum pd_run_state {
    PD_RUN_EXITED = 1,
    PD_RUN_SIGNALED = 2,
    PD_RUN_TIMED_OUT = 3,
    PD_RUN_NOT_STARTED = 4, /* `code` is errno, `stage` what failed */
    PD_RUN_CANCELLED = 5,
};

enum pd_run_stage { PD_RUN_EXECUTE = 0, PD_RUN_DIRECTORY = 1, PD_RUN_AFFINITY = 2, PD_RUN_STREAMS = 3, PD_RUN_TRACE = 4 };

struct pd_run_result {
    uint32_t state; /* of the last run */
    int32_t code;   /* exit status, signal or errno */
    uint32_t dumped_core;
    uint32_t stage;
    uint32_t finished;          /* runs that ended by themselves */
    uint32_t orphans;           /* descendants that outlived their parent and were waited for here */
    uint32_t killed;            /* of them, those that ran too long */
    uint32_t reserved;
    uint64_t wall_ns;           /* of all runs: from before the program is executed until it has ended */
    uint64_t user_ns, system_ns; /* of all processes of the tree that were waited for */
    uint64_t peak_resident_bytes; /* of the largest process */
    uint64_t floor_resident_bytes; /* the kernel tells no less than this for any child */
    uint64_t minor_faults, major_faults;
    uint64_t voluntary_switches, involuntary_switches;
    uint64_t system_calls; /* entered, from the return of the first execve on */
    uint64_t instructions;
    int32_t instructions_error; /* errno of what kept them from being counted */
    uint32_t reserved_end;
};

struct pd_run {
    pid_t pid;      /* of the process that waits for the program */
    int control_fd; /* a byte, or our end, kills the whole tree */
    int result_fd;  /* one pd_run_result */
};

/* Forks a process that runs the program (`arguments`, ended by null, looked up in PATH; `additions` to the
 * environment as "NAME=value"; in `directory`, or ours for null) and becomes the reaper of all its descendants. It
 * needs nothing of us while the program runs, and wakes up for it only at its end. */
int pd_run_begin(
    char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull additions,
    const char *_Nullable directory, const struct pd_run_options *_Nonnull options, struct pd_run *_Nonnull out);
/* 1: `out` is filled and all is over; 0: not yet, `result_fd` becomes readable. */
int pd_run_poll(struct pd_run *_Nonnull run, struct pd_run_result *_Nonnull out);
/* Kills the tree; the result tells so. */
void pd_run_cancel(struct pd_run *_Nonnull run);

/* A file in memory that grows as it is written, for what a program prints. Descriptor. */
int pd_memory_file(const char *_Nonnull name);

/* Whether the bytes hold the others: memmem is hidden from Swift. */
int pd_contains(const void *_Nonnull bytes, uint64_t count, const void *_Nonnull wanted, uint64_t wanted_count);

#ifdef __cplusplus
}
#endif
#endif
