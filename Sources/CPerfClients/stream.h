#ifndef PD_STREAM_INTERNAL_H
#define PD_STREAM_INTERNAL_H
/* What a socket and a TLS connection have in common. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "pd_stream.h"

struct pd_stream {
    int descriptor;
    /* Without waiting: bytes, 0 at the end, -EAGAIN, or -errno. */
    ssize_t (*send)(struct pd_stream *, const void *, size_t);
    ssize_t (*receive)(struct pd_stream *, void *, size_t);
    void (*close)(struct pd_stream *);
};

static inline int64_t pd_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The end of a time from now on, however long. */
static inline int64_t pd_deadline(int64_t timeout_ns) {
    int64_t end;
    return __builtin_add_overflow(pd_now(), timeout_ns > 0 ? timeout_ns : 0, &end) ? INT64_MAX : end;
}

/* 0 once one of the events has come, or -ETIMEDOUT, or what poll() says. */
static inline int pd_await(int descriptor, short events, int64_t deadline) {
    struct pollfd wanted = {.fd = descriptor, .events = events};
    for (;;) {
        int64_t left = deadline - pd_now();
        if (left <= 0) return -ETIMEDOUT;
        struct timespec time = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        int ready = ppoll(&wanted, 1, &time, NULL);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return -errno;
    }
}
#endif
