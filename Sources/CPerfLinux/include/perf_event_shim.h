#ifndef PD_PERF_EVENT_SHIM_H
#define PD_PERF_EVENT_SHIM_H
/* perf_event_open: no glibc wrapper, and an attribute struct of bit fields that Swift cannot set. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pd_event_options {
    uint32_t type;   /* PERF_TYPE_* */
    uint64_t config; /* PERF_COUNT_* */
    uint64_t period; /* events between two samples; 0 when `frequency` is given */
    uint64_t frequency; /* samples per second; 0 when `period` is given */
    uint32_t stack_bytes; /* user stack to copy, a multiple of 8, at most 65528; 0: neither stack nor registers */
    uint32_t wakeup_bytes; /* wake the reader when so many bytes are unread */
    uint16_t max_callchain; /* frames of the kernel's frame-pointer chain; 0: the system's maximum */
    uint8_t exclude_kernel;
    uint8_t inherit; /* new threads and children too */
    uint8_t enable_on_exec;
    uint8_t disabled;
    uint8_t build_ids; /* mmap records carry build IDs (Linux 5.12) */
    uint8_t cgroup; /* `target` is a descriptor of a cgroup directory */
    uint8_t no_process_records; /* neither mmap nor comm nor task records: another event of the thread has them */
    uint8_t no_user_callchain; /* the chain has kernel frames only */
    uint8_t switches; /* a record of each switch in and out (Linux 4.3) */
    uint8_t raw; /* samples of a tracepoint: RAW in place of CALLCHAIN, registers and stack */
};

/* Opens a sampling event on a thread (`target`), on a CPU (`target` -1) or on both.
 * Records carry IDENTIFIER|IP|TID|TIME|CPU|PERIOD|CALLCHAIN and, with stack_bytes, REGS_USER|STACK_USER. */
int pd_event_open(const struct pd_event_options *_Nonnull options, int target, int cpu);
int pd_event_enable(int fd);
int pd_event_disable(int fd);
/* Sends the records of `fd` to the ring of `ring_fd`; both on the same CPU. */
int pd_event_redirect(int fd, int ring_fd);
/* The id that the records of this event carry as IDENTIFIER. */
int pd_event_id(int fd, uint64_t *_Nonnull out);

/* The bits of sample_regs_user for this architecture, and where ip, sp and fp are among the values; 0 if unknown. */
uint64_t pd_user_register_mask(void);

/* Maps 1 + `pages` pages (a power of two); `*out` is the first, the control page. */
int pd_ring_map(int fd, uint32_t pages, void *_Nullable *_Nonnull out);
void pd_ring_unmap(void *_Nonnull base, uint32_t pages);
/* Where the kernel will write next (load-acquire), and how far we have read (store-release). */
uint64_t pd_ring_head(const void *_Nonnull base);
uint64_t pd_ring_tail(const void *_Nonnull base);
void pd_ring_set_tail(void *_Nonnull base, uint64_t tail);

#ifdef __cplusplus
}
#endif
#endif
