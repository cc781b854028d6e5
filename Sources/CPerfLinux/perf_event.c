#include "perf_event_shim.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define PD_USER_REGISTERS 0xff0fffULL /* ax..gs without segments' bases, r8..r15 */
#elif defined(__aarch64__)
#define PD_USER_REGISTERS 0x1ffffffffULL /* x0..x29, lr, sp, pc */
#else
#define PD_USER_REGISTERS 0ULL
#endif

uint64_t pd_user_register_mask(void) { return PD_USER_REGISTERS; }

int pd_event_open(const struct pd_event_options *options, int target, int cpu) {
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = options->type;
    attr.config = options->config;
    if (options->frequency != 0) {
        attr.freq = 1;
        attr.sample_freq = options->frequency;
    } else {
        attr.sample_period = options->period;
    }
    attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
                       PERF_SAMPLE_PERIOD | (options->raw ? PERF_SAMPLE_RAW : PERF_SAMPLE_CALLCHAIN);
    if (options->stack_bytes != 0 && !options->raw) {
        attr.sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
        attr.sample_regs_user = PD_USER_REGISTERS;
        attr.sample_stack_user = options->stack_bytes;
    }
    attr.sample_max_stack = options->max_callchain;
    attr.disabled = options->disabled;
    attr.inherit = options->inherit;
    attr.enable_on_exec = options->enable_on_exec;
    attr.exclude_kernel = options->exclude_kernel;
    attr.exclude_callchain_kernel = options->exclude_kernel;
    attr.exclude_callchain_user = options->no_user_callchain;
    attr.exclude_hv = 1;
    attr.exclude_guest = 1;
    attr.mmap = attr.mmap2 = attr.comm = attr.comm_exec = attr.task = !options->no_process_records;
    attr.build_id = options->no_process_records ? 0 : options->build_ids;
    attr.context_switch = options->switches;
    attr.sample_id_all = 1;
    attr.use_clockid = 1;
    attr.clockid = CLOCK_MONOTONIC;
    attr.watermark = 1;
    attr.wakeup_watermark = options->wakeup_bytes;
    unsigned long flags = PERF_FLAG_FD_CLOEXEC | (options->cgroup ? PERF_FLAG_PID_CGROUP : 0);
    long fd;
    do {
        fd = syscall(SYS_perf_event_open, &attr, target, cpu, -1, flags);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : (int)fd;
}

int pd_event_enable(int fd) { return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0 ? -errno : 0; }

int pd_event_disable(int fd) { return ioctl(fd, PERF_EVENT_IOC_DISABLE, 0) < 0 ? -errno : 0; }

int pd_event_redirect(int fd, int ring_fd) { return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring_fd) < 0 ? -errno : 0; }

int pd_event_id(int fd, uint64_t *out) { return ioctl(fd, PERF_EVENT_IOC_ID, out) < 0 ? -errno : 0; }

int pd_ring_map(int fd, uint32_t pages, void **out) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *base = mmap(NULL, (1 + (size_t)pages) * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) return -errno;
    *out = base;
    return 0;
}

void pd_ring_unmap(void *base, uint32_t pages) {
    munmap(base, (1 + (size_t)pages) * (size_t)sysconf(_SC_PAGESIZE));
}

uint64_t pd_ring_head(const void *base) {
    return __atomic_load_n(&((const struct perf_event_mmap_page *)base)->data_head, __ATOMIC_ACQUIRE);
}

uint64_t pd_ring_tail(const void *base) {
    return __atomic_load_n(&((const struct perf_event_mmap_page *)base)->data_tail, __ATOMIC_RELAXED);
}

void pd_ring_set_tail(void *base, uint64_t tail) {
    /* The kernel's documentation asks for a full barrier: our reads must end before it may overwrite. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&((struct perf_event_mmap_page *)base)->data_tail, tail, __ATOMIC_RELEASE);
}
