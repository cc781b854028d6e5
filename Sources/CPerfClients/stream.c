/* Sockets that never block, and what is the same for TLS: waiting no longer than is said. */
#include "stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t socket_send(struct pd_stream *stream, const void *bytes, size_t size) {
    ssize_t sent = send(stream->descriptor, bytes, size, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static ssize_t socket_receive(struct pd_stream *stream, void *bytes, size_t size) {
    ssize_t received = recv(stream->descriptor, bytes, size, 0);
    return received < 0 ? -errno : received;
}

static void socket_close(struct pd_stream *stream) {
    close(stream->descriptor);
    free(stream);
}

static int finish_connecting(int descriptor, int64_t deadline) {
    int status = pd_await(descriptor, POLLOUT, deadline);
    if (status) return status;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)) return -errno;
    return -error;
}

int pd_stream_connect(const struct pd_address *address, int64_t timeout_ns, struct pd_stream **stream) {
    *stream = NULL;
    int64_t deadline = pd_deadline(timeout_ns);
    const struct sockaddr *name = (const struct sockaddr *)(const void *)address->bytes;
    int descriptor = socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int status;
    for (;;) {
        status = connect(descriptor, name, address->size) ? -errno : 0;
        /* A Unix socket whose queue is full has nothing to wait for. */
        if (status != -EAGAIN && status != -EINTR) break;
        if (pd_now() > deadline) break;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (status == -EINPROGRESS) status = finish_connecting(descriptor, deadline);
    if (status == -EAGAIN) status = -ETIMEDOUT;
    struct pd_stream *made = status ? NULL : malloc(sizeof *made);
    if (!made) {
        close(descriptor);
        return status ? status : -ENOMEM;
    }
    /* A Unix socket has no such option, and needs none. */
    if (name->sa_family != AF_UNIX) setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    *made = (struct pd_stream){descriptor, socket_send, socket_receive, socket_close};
    *stream = made;
    return 0;
}

int pd_stream_send(struct pd_stream *stream, const void *bytes, size_t size, int64_t timeout_ns) {
    int64_t deadline = pd_deadline(timeout_ns);
    const char *rest = bytes;
    while (size > 0) {
        ssize_t sent = stream->send(stream, rest, size);
        if (sent == -EINTR) continue;
        if (sent == -EAGAIN || sent == 0) {
            int status = pd_await(stream->descriptor, POLLOUT, deadline);
            if (status) return status;
            continue;
        }
        if (sent < 0) return (int)sent;
        rest += sent;
        size -= (size_t)sent;
    }
    return 0;
}

int64_t pd_stream_receive(struct pd_stream *stream, void *bytes, size_t size, int64_t timeout_ns) {
    int64_t deadline = pd_deadline(timeout_ns);
    for (;;) {
        /* First, since TLS may hold bytes that the socket no longer has. */
        ssize_t received = stream->receive(stream, bytes, size);
        if (received == -EINTR) continue;
        if (received != -EAGAIN) return received;
        int status = pd_await(stream->descriptor, POLLIN, deadline);
        if (status) return status;
    }
}

void pd_stream_close(struct pd_stream *stream) {
    if (stream) stream->close(stream);
}
