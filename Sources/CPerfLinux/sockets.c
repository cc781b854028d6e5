#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "CPerfLinux.h"

struct opening {
    int pid;
    int result;
};

static int open_here(void) {
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return -errno;
    /* The kernel answers at once; this is for one that does not. */
    struct timeval limit = {.tv_sec = 0, .tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void *open_there(void *argument) {
    struct opening *opening = argument;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", opening->pid);
    int ns = open(path, O_RDONLY | O_CLOEXEC);
    if (ns < 0) {
        opening->result = -errno;
        return NULL;
    }
    opening->result = setns(ns, CLONE_NEWNET) == 0 ? open_here() : -errno;
    close(ns);
    return NULL;
}

int pd_socket_diagnostics(int pid) {
    if (pid <= 0) return open_here();
    /* A thread of its own changes its namespace and ends: the others stay where they are. */
    struct opening opening = {.pid = pid, .result = -ESRCH};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, open_there, &opening);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return opening.result;
}

union answer {
    struct nlmsghdr header;
    char bytes[4096];
};

/* Sends a question, and takes its answer: of `least` bytes behind the header. Bytes, with the header. */
static int ask(int fd, struct nlmsghdr *question, size_t least, union answer *answer) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, question, question->nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) return -errno;
    /* An answer to an earlier question, which came too late, is passed over. */
    for (int answers = 0; answers < 16; answers++) {
        ssize_t count;
        do count = recv(fd, answer, sizeof *answer, 0);
        while (count < 0 && errno == EINTR);
        if (count < 0) return -errno;
        if ((size_t)count < sizeof answer->header || answer->header.nlmsg_len > (size_t)count) return -EBADMSG;
        if (answer->header.nlmsg_seq != question->nlmsg_seq) continue;
        if (answer->header.nlmsg_type == NLMSG_ERROR) {
            struct nlmsgerr *error = NLMSG_DATA(&answer->header);
            if (answer->header.nlmsg_len < NLMSG_LENGTH(sizeof error->error)) return -EBADMSG;
            return error->error < 0 ? error->error : -EBADMSG;
        }
        return answer->header.nlmsg_len < NLMSG_LENGTH(least) ? -EBADMSG : (int)answer->header.nlmsg_len;
    }
    return -ETIMEDOUT;
}

/* The attribute of a type in an answer, behind a message of `size` bytes: its length, 0 where there is none. */
static int attribute(const union answer *answer, int end, size_t size, uint16_t type, const char **value) {
    size_t at = NLMSG_LENGTH(NLMSG_ALIGN(size));
    while (at + sizeof(struct nlattr) <= (size_t)end) {
        struct nlattr found;
        memcpy(&found, answer->bytes + at, sizeof found);
        if (found.nla_len < sizeof found || at + found.nla_len > (size_t)end) return -EBADMSG;
        *value = answer->bytes + at + sizeof found;
        if (found.nla_type == type) return (int)(found.nla_len - sizeof found);
        at += NLA_ALIGN(found.nla_len);
    }
    return 0;
}

int pd_unix_socket(int fd, uint32_t inode, struct pd_unix_socket *socket, char *name, uint32_t size) {
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } message;
    memset(&message, 0, sizeof message);
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST;
    message.header.nlmsg_seq = inode;
    message.request.sdiag_family = AF_UNIX;
    message.request.udiag_states = UINT32_MAX;
    message.request.udiag_ino = inode;
    message.request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
    message.request.udiag_cookie[0] = message.request.udiag_cookie[1] = UINT32_MAX; /* whichever */

    memset(socket, 0, sizeof *socket);
    union answer answer;
    struct unix_diag_msg told;
    int end = ask(fd, &message.header, sizeof told, &answer);
    if (end < 0) return end;
    memcpy(&told, NLMSG_DATA(&answer.header), sizeof told);
    socket->state = told.udiag_state;
    const char *value;
    int length = attribute(&answer, end, sizeof told, UNIX_DIAG_PEER, &value);
    if (length < 0) return length;
    if ((size_t)length >= sizeof socket->peer) memcpy(&socket->peer, value, sizeof socket->peer);
    length = attribute(&answer, end, sizeof told, UNIX_DIAG_NAME, &value);
    if (length <= 0) return length;
    if ((uint32_t)length > size) length = (int)size;
    memcpy(name, value, (size_t)length);
    return length;
}

int pd_tcp_socket(int fd, const struct pd_tcp_ends *ends, struct pd_tcp_socket *socket) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } message;
    memset(&message, 0, sizeof message);
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST;
    message.header.nlmsg_seq = ends->local_port << 16 | ends->remote_port;
    message.request.sdiag_family = ends->is_ipv6 ? AF_INET6 : AF_INET;
    message.request.sdiag_protocol = IPPROTO_TCP;
    message.request.idiag_ext = 1 << (INET_DIAG_INFO - 1);
    message.request.idiag_states = UINT32_MAX;
    message.request.id.idiag_sport = htons((uint16_t)ends->local_port);
    message.request.id.idiag_dport = htons((uint16_t)ends->remote_port);
    memcpy(message.request.id.idiag_src, ends->local, sizeof ends->local);
    memcpy(message.request.id.idiag_dst, ends->remote, sizeof ends->remote);
    message.request.id.idiag_cookie[0] = message.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;

    union answer answer;
    struct inet_diag_msg told;
    int end = ask(fd, &message.header, sizeof told, &answer);
    if (end < 0) return end;
    memcpy(&told, NLMSG_DATA(&answer.header), sizeof told);
    const char *value;
    int length = attribute(&answer, end, sizeof told, INET_DIAG_INFO, &value);
    if (length < 0) return length;
    /* Linux 4.6 counts segments with data. */
    struct tcp_info info;
    size_t least = offsetof(struct tcp_info, tcpi_data_segs_out) + sizeof info.tcpi_data_segs_out;
    if ((size_t)length < least) return -ENODATA;
    memset(&info, 0, sizeof info);
    memcpy(&info, value, (size_t)length < sizeof info ? (size_t)length : sizeof info);
    socket->inode = told.idiag_inode;
    socket->sent_segments = info.tcpi_data_segs_out;
    socket->last_sent_ms = info.tcpi_last_data_sent;
    socket->last_received_ms = info.tcpi_last_data_recv;
    return 0;
}
