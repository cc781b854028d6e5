#include "shared_memory_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* ftruncate, even where RLIMIT_FSIZE allows no files of that size: it is memory. 0 or -errno. */
static int enlarge(int descriptor, uint64_t bytes) {
    struct rlimit before;
    const int has_limit = getrlimit(RLIMIT_FSIZE, &before) == 0 && before.rlim_cur < bytes;
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit larger = before;
    larger.rlim_cur = before.rlim_max;
    /* The signal that comes with EFBIG would end us. */
    struct sigaction ignored = {.sa_handler = SIG_IGN}, action;
    if (has_limit) {
        sigaction(SIGXFSZ, &ignored, &action);
        /* Beyond the hard limit with CAP_SYS_RESOURCE only. */
        if (setrlimit(RLIMIT_FSIZE, &unlimited) != 0) setrlimit(RLIMIT_FSIZE, &larger);
    }
    const int result = ftruncate(descriptor, (off_t)bytes) == 0 ? 0 : -errno;
    if (has_limit) {
        setrlimit(RLIMIT_FSIZE, &before);
        sigaction(SIGXFSZ, &action, NULL);
    }
    return result;
}

int pd_shared_memory_create(const char *name, uint64_t bytes) {
    const int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -errno;
    int result = enlarge(descriptor, bytes);
    if (result == 0 && fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) result = -errno;
    if (result == 0) return descriptor;
    close(descriptor);
    return result;
}

int pd_shared_memory_map(int descriptor, uint64_t bytes, void **out) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    if (memory == MAP_FAILED) return -errno;
    madvise(memory, bytes, MADV_DONTDUMP);
    madvise(memory, bytes, MADV_DONTFORK);
    *out = memory;
    return 0;
}

void pd_shared_memory_unmap(void *address, uint64_t bytes) { munmap(address, bytes); }

int pd_shared_memory_data(int descriptor, uint64_t from, uint64_t *start, uint64_t *end) {
    const off_t data = lseek(descriptor, (off_t)from, SEEK_DATA);
    if (data < 0) return errno == ENXIO ? 0 : -errno;
    const off_t hole = lseek(descriptor, data, SEEK_HOLE);
    if (hole < 0) return -errno;
    *start = (uint64_t)data;
    *end = (uint64_t)hole;
    return 1;
}

void pd_shared_memory_discard(int descriptor, uint64_t offset, uint64_t bytes) {
    fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
}

int pd_local_listen(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    if (length + 1 > sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, name, length);
    const int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    if (bind(descriptor, (struct sockaddr *)&address, size) == 0 && listen(descriptor, 1024) == 0) return descriptor;
    const int failure = -errno;
    close(descriptor);
    return failure;
}

int pd_local_accept(int listener, struct pd_local_peer *out) {
    int descriptor;
    do {
        descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    } while (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (descriptor < 0) return errno == EAGAIN ? 0 : -errno;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        const int failure = -errno;
        close(descriptor);
        return failure;
    }
    out->descriptor = descriptor;
    out->pid = peer.pid;
    out->user = peer.uid;
    return 1;
}

int64_t pd_local_receive(int descriptor, void *buffer, uint64_t size, int milliseconds) {
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    int ready;
    do {
        ready = poll(&waiting, 1, milliseconds);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) return -errno;
    if (ready == 0) return -ETIMEDOUT;
    const ssize_t got = recv(descriptor, buffer, size, MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}

int pd_local_send(int descriptor, const void *buffer, uint64_t size, int first, int second) {
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr header;
    } control;
    memset(&control, 0, sizeof control);
    const int files[2] = {first, second};
    const size_t count = first < 0 ? 0 : second < 0 ? 1 : 2;
    struct iovec part = {(void *)buffer, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), files, count * sizeof(int));
    }
    ssize_t put;
    do {
        put = sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (put < 0 && errno == EINTR);
    return put == (ssize_t)size ? 0 : put < 0 ? -errno : -EIO;
}

void pd_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0); }
