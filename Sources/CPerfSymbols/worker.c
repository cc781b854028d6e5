#include "CPerfSymbols.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define MOST_DESCRIPTORS 2

/* posix_spawn, so that a program with many threads can call it: between its clone and exec runs no code of ours. */
int pd_worker_spawn(const char *executable, const char *argument, pid_t *pid, int *worker_socket) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return -errno;

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) goto close_pair;
    error = posix_spawnattr_init(&attributes);
    if (error) goto destroy_actions;

    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    /* A session of its own: Ctrl-C in the terminal must not take the symbols away from the report. */
    error = posix_spawnattr_setflags(&attributes,
                                     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, pair[1], PD_WORKER_SOCKET);
    for (int fd = 0; !error && fd < PD_WORKER_SOCKET; fd++)
        error = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, PD_WORKER_SOCKET + 1);

    if (!error) {
        /* A crash is expected here; the runtime's crash reporter would only slow it down. */
        char backtrace[] = "SWIFT_BACKTRACE=enable=no";
        char locale[] = "LC_ALL=C";
        char library_path[4096] = "";
        const char *search = getenv("LD_LIBRARY_PATH");
        if (search && strlen(search) < sizeof library_path - 32)
            snprintf(library_path, sizeof library_path, "LD_LIBRARY_PATH=%s", search);
        char *environment[] = {backtrace, locale, library_path[0] ? library_path : NULL, NULL};
        char name[] = "perfdoctor";
        char argument_copy[64];
        snprintf(argument_copy, sizeof argument_copy, "%s", argument);
        char *arguments[] = {name, argument_copy, NULL};
        error = posix_spawn(pid, executable, &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
destroy_actions:
    posix_spawn_file_actions_destroy(&actions);
close_pair:
    close(pair[1]);
    if (error) {
        close(pair[0]);
        return -error;
    }
    *worker_socket = pair[0];
    return 0;
}

static int limit(int resource, uint64_t value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return -errno;
    if (limit.rlim_max > value) limit.rlim_max = value;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0 ? 0 : -errno;
}

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Refuses what somebody who has taken over the worker would want, and what reading debug information never needs.
 * A list of what is allowed would be tighter, but would break with every new C library. */
static int refuse_system_calls(void) {
#ifdef THIS_ARCHITECTURE
#define REFUSE(number)                                                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
        /* The x32 numbers would go around the list. */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        REFUSE(SYS_fork),
        REFUSE(SYS_vfork),
#endif
        REFUSE(SYS_execve),
        REFUSE(SYS_execveat),
        REFUSE(SYS_clone),
        REFUSE(SYS_clone3),
        REFUSE(SYS_socket),
        REFUSE(SYS_connect),
        REFUSE(SYS_bind),
        REFUSE(SYS_ptrace),
        REFUSE(SYS_process_vm_readv),
        REFUSE(SYS_process_vm_writev),
        REFUSE(SYS_kill),
        REFUSE(SYS_pidfd_open),
        REFUSE(SYS_perf_event_open),
        REFUSE(SYS_bpf),
        REFUSE(SYS_keyctl),
        REFUSE(SYS_unlinkat),
        REFUSE(SYS_renameat2),
        REFUSE(SYS_io_uring_setup),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) return -errno;
#endif
    return 0;
}

int pd_worker_confine(uint64_t memory_bytes, uint32_t cpu_seconds) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    if (geteuid() == 0) {
        /* A container may lack the capability, or a mapping for nobody; dropping the capabilities below has to do. */
        if (setgroups(0, NULL) != 0 && errno != EPERM) return -errno;
        if (setresgid(NOBODY, NOBODY, NOBODY) != 0 && errno != EPERM && errno != EINVAL) return -errno;
        if (setresuid(NOBODY, NOBODY, NOBODY) != 0 && errno != EPERM && errno != EINVAL) return -errno;
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capset, &header, data) != 0) return -errno;
    /* Nobody may read the files of the target out of this process's memory. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -errno;

    int error = limit(RLIMIT_CORE, 0);
    if (!error) error = limit(RLIMIT_FSIZE, 0);
    if (!error) error = limit(RLIMIT_NOFILE, 32);
    if (!error) error = limit(RLIMIT_CPU, cpu_seconds);
    /* Files are mapped whole, so the address space may be larger than the memory. */
    if (!error) error = limit(RLIMIT_DATA, memory_bytes);
    if (!error) error = limit(RLIMIT_AS, memory_bytes * 4);
    /* Kernels without seccomp exist; the rest has to do there. */
    if (!error) error = refuse_system_calls();
    return error == -EINVAL ? 0 : error;
}

int pd_worker_end(pid_t pid) {
    int status = 0;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return status;
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int await(int socket, short events, int64_t deadline) {
    for (;;) {
        int64_t left = deadline < 0 ? -1 : deadline - now_ms();
        if (deadline >= 0 && left <= 0) return -ETIMEDOUT;
        struct pollfd poll_fd = {.fd = socket, .events = events, .revents = 0};
        int ready = poll(&poll_fd, 1, (int)left);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return -errno;
    }
}

int pd_socket_send(int socket, const uint8_t *bytes, size_t size, const int *fds, int fd_count, int timeout_ms) {
    if (fd_count < 0 || fd_count > MOST_DESCRIPTORS) return -EINVAL;
    int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    size_t done = 0;
    while (done < size) {
        int error = await(socket, POLLOUT, deadline);
        if (error) return error;
        struct iovec vector = {.iov_base = (void *)(bytes + done), .iov_len = size - done};
        union {
            char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
            struct cmsghdr align;
        } control;
        struct msghdr message;
        memset(&message, 0, sizeof message);
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        if (done == 0 && fd_count > 0 && fds) {
            memset(&control, 0, sizeof control);
            message.msg_control = control.bytes;
            message.msg_controllen = CMSG_SPACE((size_t)fd_count * sizeof(int));
            struct cmsghdr *header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN((size_t)fd_count * sizeof(int));
            memcpy(CMSG_DATA(header), fds, (size_t)fd_count * sizeof(int));
        }
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) done += (size_t)sent;
        else if (sent < 0 && errno != EINTR && errno != EAGAIN) return errno == ECONNRESET ? -EPIPE : -errno;
    }
    return 0;
}

int pd_socket_receive(int socket, uint8_t *bytes, size_t size, int *fds, int timeout_ms) {
    int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    int fd_count = 0, error = 0;
    for (int i = 0; i < MOST_DESCRIPTORS; i++) fds[i] = -1;
    size_t done = 0;
    while (done < size && !error) {
        error = await(socket, POLLIN, deadline);
        if (error) break;
        struct iovec vector = {.iov_base = bytes + done, .iov_len = size - done};
        union {
            char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
            struct cmsghdr align;
        } control;
        struct msghdr message;
        memset(&message, 0, sizeof message);
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) error = errno == ECONNRESET ? -EPIPE : -errno;
        else if (got == 0) error = -EPIPE;
        else done += (size_t)got;
        if (got <= 0) break;
        for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
            if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
            size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            for (size_t i = 0; i < count; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
                if (fd_count < MOST_DESCRIPTORS) fds[fd_count++] = fd;
                else close(fd);
            }
        }
    }
    if (error) {
        for (int i = 0; i < fd_count; i++) close(fds[i]);
        for (int i = 0; i < MOST_DESCRIPTORS; i++) fds[i] = -1;
    }
    return error;
}
