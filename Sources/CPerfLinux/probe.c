/* Sleeping exactly, and echo requests (ICMP). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "CPerfLinux.h"

void pd_precise_thread(void) {
    /* Otherwise the kernel may wake us 50 us late, to wake others with us. */
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void pd_sleep_for(uint64_t nanoseconds) {
    struct timespec rest = {.tv_sec = (time_t)(nanoseconds / 1000000000u), .tv_nsec = (long)(nanoseconds % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
}

int64_t pd_run_delay(void) {
    char text[128];
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    if (!file) return -errno;
    char *line = fgets(text, sizeof text, file);
    fclose(file);
    long long run, delay;
    if (!line || sscanf(text, "%lld %lld", &run, &delay) != 2) return -ENODATA;
    return delay;
}

int pd_echo_open(const struct sockaddr *address, uint32_t length, int is_raw) {
    int is_v6 = address->sa_family == AF_INET6;
    int fd = socket(address->sa_family, (is_raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    if (fd < 0) return -errno;
    if (is_raw && is_v6) {
        struct icmp6_filter filter;
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
    }
    /* Connected, so that errors of the way to it (nobody is there) come as errors of the socket. */
    if (connect(fd, address, length) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

static uint16_t checksum(const unsigned char *bytes, size_t count) {
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < count; i += 2) sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (count % 2) sum += (uint32_t)bytes[count - 1] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

int pd_echo_send(int fd, int is_v6, uint16_t identifier, uint16_t sequence, uint64_t cookie) {
    /* As long as those of ping: 56 bytes after the header. */
    unsigned char packet[64] = {0};
    packet[0] = is_v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    packet[4] = (unsigned char)(identifier >> 8);
    packet[5] = (unsigned char)identifier;
    packet[6] = (unsigned char)(sequence >> 8);
    packet[7] = (unsigned char)sequence;
    memcpy(packet + 8, &cookie, sizeof cookie);
    if (!is_v6) { /* The kernel fills in that of ICMPv6, and of datagram sockets. */
        uint16_t sum = checksum(packet, sizeof packet);
        packet[2] = (unsigned char)(sum >> 8);
        packet[3] = (unsigned char)sum;
    }
    ssize_t sent = send(fd, packet, sizeof packet, MSG_NOSIGNAL);
    return sent < 0 ? -errno : 0;
}

int pd_echo_receive(int fd, int is_v6, int is_raw, uint16_t identifier, uint64_t cookie, uint64_t timeout_ns) {
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u), .tv_nsec = (long)(timeout_ns % 1000000000u)};
    int ready = ppoll(&wanted, 1, &timeout, NULL);
    if (ready < 0) return errno == EINTR ? -EAGAIN : -errno;
    if (ready == 0) return -ETIMEDOUT;
    unsigned char packet[512];
    ssize_t count = recv(fd, packet, sizeof packet, 0);
    if (count < 0) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    size_t start = 0;
    /* A raw socket of IPv4 gives the header of IP as well. */
    if (is_raw && !is_v6) start = (size_t)(packet[0] & 15) * 4;
    if (start + 16 > (size_t)count) return -EAGAIN;
    const unsigned char *echo = packet + start;
    if (echo[0] != (is_v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) return -EAGAIN;
    /* The kernel chooses the identifier of a datagram socket, and gives it its own answers only. */
    if (is_raw && (echo[4] << 8 | echo[5]) != identifier) return -EAGAIN;
    if (memcmp(echo + 8, &cookie, sizeof cookie) != 0) return -EAGAIN;
    return echo[6] << 8 | echo[7];
}
