#ifndef PD_CPERFLINUX_H
#define PD_CPERFLINUX_H
/* System-call shims: calls without a glibc wrapper, and calls whose C types Swift cannot express.
 * Every function returns -errno on failure. */
#include <stdint.h>
#include <sys/types.h>

#include "bpf_shim.h"
#include "injection_shim.h"
#include "perf_event_shim.h"
#include "probe_shim.h"
#include "process_shim.h"
#include "run_shim.h"
#include "selfcheck.h"
#include "shared_memory_shim.h"
#include "snapshot_shim.h"
#include "terminal_shim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* strerror's text without its shared buffer; null for an unknown value. */
const char *_Nullable pd_error_text(int error);

/* openat2 has no glibc wrapper: opens `path` below `root_fd` so that no link leads out of it.
 * O_RDONLY|O_CLOEXEC|O_NONBLOCK|O_NOCTTY, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS. */
int pd_open_in_root(int root_fd, const char *_Nonnull path);

/* What fstat tells, in fixed-width fields. */
struct pd_file_status {
    uint64_t device, inode, size_bytes, mode;
    uint32_t owner;
    int64_t modified_ns;
};
int pd_file_status(int fd, struct pd_file_status *_Nonnull out);

/* Bytes of an extended attribute of a file; 0 for none. */
int64_t pd_attribute_size(const char *_Nonnull path, const char *_Nonnull name);

/* The `format` file of a tracepoint ("sched/sched_waking") from tracefs, which a child mounts for itself alone where
 * the host has not mounted it: mount namespaces are not to be had in Swift. Bytes written. */
int64_t pd_tracepoint_format(const char *_Nonnull event, void *_Nullable buffer, uint64_t size);

/* A NETLINK_SOCK_DIAG socket in the network namespace of a process; 0: in ours. Only a thread can change its
 * namespace, which Swift cannot start and join. */
int pd_socket_diagnostics(int pid);
/* What sock_diag tells of a local socket: its peer's inode, 0 for none, and its state (TCP_LISTEN and so on). */
struct pd_unix_socket {
    uint32_t peer;
    uint32_t state;
};
/* Asks for it, and for the path that it is bound to (not terminated; the first byte of an abstract one is 0): messages
 * of netlink are not to be had in Swift. Bytes of the name. */
int pd_unix_socket(int fd, uint32_t inode, struct pd_unix_socket *_Nonnull socket, char *_Nonnull name, uint32_t size);

/* Both ends of a TCP connection: addresses in the order of the network, of IPv4 in the first word. */
struct pd_tcp_ends {
    uint32_t local[4];
    uint32_t remote[4];
    uint32_t local_port;
    uint32_t remote_port;
    uint32_t is_ipv6;
};
/* What sock_diag tells of it: segments with data that it sent, and milliseconds since the last one each way. */
struct pd_tcp_socket {
    uint32_t inode;
    uint32_t sent_segments;
    uint32_t last_sent_ms;
    uint32_t last_received_ms;
};
/* Asks for one connection, for the reason of pd_unix_socket. */
int pd_tcp_socket(int fd, const struct pd_tcp_ends *_Nonnull ends, struct pd_tcp_socket *_Nonnull socket);

/* A NETLINK_GENERIC socket that the kernel's taskstats answer on, and the number of their family in `family`:
 * generic netlink has no other way to Swift. -ENOENT: a kernel without taskstats. */
int pd_taskstats_open(uint16_t *_Nonnull family);
/* Delays of a thread in nanoseconds, and how often it waited. Fields that the kernel's version lacks are 0. */
struct pd_task_delays {
    uint16_t version;
    uint64_t cpu_count, cpu_ns;
    uint64_t block_count, block_ns;
    uint64_t swap_in_count, swap_in_ns;
    uint64_t reclaim_count, reclaim_ns;
    uint64_t thrashing_count, thrashing_ns;
    uint64_t compact_count, compact_ns;
    uint64_t copy_count, copy_ns;
    uint64_t irq_count, irq_ns;
};
/* Asks for one thread: -EPERM without CAP_NET_ADMIN, -ESRCH for one that has ended. */
int pd_taskstats_read(int fd, uint16_t family, int tid, struct pd_task_delays *_Nonnull out);

#ifdef __cplusplus
}
#endif
#endif
