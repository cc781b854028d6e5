#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <pthread.h>
#include <sched.h>
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
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, &message, sizeof message, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) return -errno;

    memset(socket, 0, sizeof *socket);
    uint32_t length = 0;
    /* An answer to an earlier question, which came too late, is passed over. */
    for (int answers = 0; answers < 16; answers++) {
        union {
            struct nlmsghdr header;
            char bytes[4096];
        } answer;
        ssize_t count;
        do count = recv(fd, &answer, sizeof answer, 0);
        while (count < 0 && errno == EINTR);
        if (count < 0) return -errno;
        if ((size_t)count < sizeof answer.header || answer.header.nlmsg_len > (size_t)count) return -EBADMSG;
        if (answer.header.nlmsg_seq != inode) continue;
        if (answer.header.nlmsg_type == NLMSG_ERROR) {
            struct nlmsgerr *error = NLMSG_DATA(&answer.header);
            if (answer.header.nlmsg_len < NLMSG_LENGTH(sizeof error->error)) return -EBADMSG;
            return error->error < 0 ? error->error : -EBADMSG;
        }
        size_t end = answer.header.nlmsg_len;
        struct unix_diag_msg told;
        if (end < NLMSG_LENGTH(sizeof told)) return -EBADMSG;
        memcpy(&told, NLMSG_DATA(&answer.header), sizeof told);
        socket->state = told.udiag_state;
        size_t at = NLMSG_LENGTH(sizeof(struct unix_diag_msg));
        while (at + sizeof(struct nlattr) <= end) {
            struct nlattr attribute;
            memcpy(&attribute, answer.bytes + at, sizeof attribute);
            if (attribute.nla_len < sizeof attribute || at + attribute.nla_len > end) return -EBADMSG;
            const char *value = answer.bytes + at + sizeof attribute;
            uint32_t value_size = attribute.nla_len - sizeof attribute;
            if (attribute.nla_type == UNIX_DIAG_PEER && value_size >= sizeof socket->peer)
                memcpy(&socket->peer, value, sizeof socket->peer);
            if (attribute.nla_type == UNIX_DIAG_NAME) {
                length = value_size < size ? value_size : size;
                memcpy(name, value, length);
            }
            at += NLA_ALIGN(attribute.nla_len);
        }
        return (int)length;
    }
    return -ETIMEDOUT;
}
