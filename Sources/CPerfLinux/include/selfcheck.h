#ifndef PD_SELFCHECK_H
#define PD_SELFCHECK_H
/* What self-check really tries: permission to do a thing is asked by doing it, harmlessly.
 * Every function returns -errno on failure. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* perf_event_open has no glibc wrapper: opens a disabled event of perf's `type` and `config` and closes it.
 * `everybody`: all processes on the first online CPU; otherwise the calling thread. */
int pd_probe_event(uint32_t type, uint64_t config, int with_kernel, int everybody);

/* bpf has no glibc wrapper: loads a program for perf events that does nothing, and drops it. */
int pd_probe_bpf(void);

/* Reads this process's own memory with process_vm_readv: containers filter that call. */
int pd_probe_remote_memory(void);

/* Swift cannot call the variadic ptrace: asks for a process that cannot exist. 0 when only that was wrong. */
int pd_probe_ptrace(void);

/* 0 when dlopen finds the library; it stays open, as client libraries do not all bear to be closed. */
int pd_probe_library(const char *_Nonnull name);

/* The C library that this process runs with. */
struct pd_libc {
    char path[4096];
    uint8_t build_id[64];
    uint32_t build_id_size;
    /* Whether it holds a .gnu_debugdata section. */
    uint32_t has_debugdata;
};
int pd_own_libc(struct pd_libc *_Nonnull out);

#ifdef __cplusplus
}
#endif
#endif
