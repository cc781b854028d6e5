#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "CPerfLinux.h"

struct request {
    struct nlmsghdr header;
    struct genlmsghdr generic;
    char attributes[64];
};

union answer {
    struct nlmsghdr header;
    char bytes[4096];
};

/* Sends one attribute and receives the answer to it: bytes of the payload behind the generic header. */
static int ask(
    int fd, uint16_t type, uint8_t command, uint8_t version, uint16_t attribute, const void *value, uint16_t size,
    uint32_t sequence, union answer *answer, const char **payload) {
    struct request request;
    memset(&request, 0, sizeof request);
    struct nlattr head = {.nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = attribute};
    memcpy(request.attributes, &head, sizeof head);
    memcpy(request.attributes + NLA_HDRLEN, value, size);
    request.header.nlmsg_len = (uint32_t)(NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(head.nla_len));
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.header.nlmsg_seq = sequence;
    request.generic.cmd = command;
    request.generic.version = version;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, &request, request.header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
        return -errno;
    /* An answer to an earlier question, which came too late, is passed over. */
    for (int answers = 0; answers < 16; answers++) {
        ssize_t count;
        do count = recv(fd, answer, sizeof *answer, 0);
        while (count < 0 && errno == EINTR);
        if (count < 0) return -errno;
        if ((size_t)count < sizeof answer->header || answer->header.nlmsg_len > (size_t)count) return -EBADMSG;
        if (answer->header.nlmsg_seq != sequence) continue;
        if (answer->header.nlmsg_type == NLMSG_ERROR) {
            struct nlmsgerr *error = NLMSG_DATA(&answer->header);
            if (answer->header.nlmsg_len < NLMSG_LENGTH(sizeof error->error)) return -EBADMSG;
            return error->error < 0 ? error->error : -EBADMSG;
        }
        if (answer->header.nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN)) return -EBADMSG;
        *payload = answer->bytes + NLMSG_LENGTH(GENL_HDRLEN);
        return (int)(answer->header.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN));
    }
    return -ETIMEDOUT;
}

/* The value of the first attribute of a type; its size, or -ENOENT. */
static int find(const char *bytes, int size, uint16_t type, const char **value) {
    int at = 0;
    while (size - at >= (int)sizeof(struct nlattr)) {
        struct nlattr head;
        memcpy(&head, bytes + at, sizeof head);
        if (head.nla_len < NLA_HDRLEN || head.nla_len > size - at) return -EBADMSG;
        if ((head.nla_type & NLA_TYPE_MASK) == type) {
            *value = bytes + at + NLA_HDRLEN;
            return head.nla_len - NLA_HDRLEN;
        }
        at += NLA_ALIGN(head.nla_len);
    }
    return -ENOENT;
}

int pd_taskstats_open(uint16_t *family) {
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_GENERIC);
    if (fd < 0) return -errno;
    /* The kernel answers at once; this is for one that does not. */
    struct timeval limit = {.tv_sec = 0, .tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    union answer answer;
    const char *payload, *value;
    static const char name[] = TASKSTATS_GENL_NAME;
    int size = ask(
        fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, CTRL_ATTR_FAMILY_NAME, name, sizeof name, 1, &answer, &payload);
    if (size >= 0) {
        size = find(payload, size, CTRL_ATTR_FAMILY_ID, &value);
        if (size >= 0 && size < (int)sizeof *family) size = -EBADMSG;
    }
    if (size < 0) {
        close(fd);
        return size;
    }
    memcpy(family, value, sizeof *family);
    return fd;
}

int pd_taskstats_read(int fd, uint16_t family, int tid, struct pd_task_delays *out) {
    union answer answer;
    const char *payload, *nested, *value;
    uint32_t number = (uint32_t)tid;
    int size = ask(
        fd, family, TASKSTATS_CMD_GET, TASKSTATS_GENL_VERSION, TASKSTATS_CMD_ATTR_PID, &number, sizeof number, number,
        &answer, &payload);
    if (size < 0) return size;
    size = find(payload, size, TASKSTATS_TYPE_AGGR_PID, &nested);
    if (size < 0) return size;
    size = find(nested, size, TASKSTATS_TYPE_STATS, &value);
    if (size < 0) return size;
    /* Versions append fields, but for 15, which had others in between; these headers may be older than the kernel. */
    struct {
        struct taskstats known;
        uint64_t irq_count, irq_ns;
    } told;
    memset(&told, 0, sizeof told);
    memcpy(&told, value, (size_t)size < sizeof told ? (size_t)size : sizeof told);
    if (told.known.version == 15) return -EPROTONOSUPPORT;
    memset(out, 0, sizeof *out);
    out->version = told.known.version;
    out->cpu_count = told.known.cpu_count;
    out->cpu_ns = told.known.cpu_delay_total;
    out->block_count = told.known.blkio_count;
    out->block_ns = told.known.blkio_delay_total;
    out->swap_in_count = told.known.swapin_count;
    out->swap_in_ns = told.known.swapin_delay_total;
    out->reclaim_count = told.known.freepages_count;
    out->reclaim_ns = told.known.freepages_delay_total;
    out->thrashing_count = told.known.thrashing_count;
    out->thrashing_ns = told.known.thrashing_delay_total;
#if TASKSTATS_VERSION >= 11
    out->compact_count = told.known.compact_count;
    out->compact_ns = told.known.compact_delay_total;
#endif
#if TASKSTATS_VERSION >= 13
    out->copy_count = told.known.wpcopy_count;
    out->copy_ns = told.known.wpcopy_delay_total;
#endif
#if TASKSTATS_VERSION == 13
    out->irq_count = told.irq_count;
    out->irq_ns = told.irq_ns;
#elif TASKSTATS_VERSION >= 14
    out->irq_count = told.known.irq_count;
    out->irq_ns = told.known.irq_delay_total;
#endif
    return 0;
}
