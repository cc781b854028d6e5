/* Load for an HTTP server on 127.0.0.1: load PORT CONNECTIONS REQUESTS SEED. Each connection asks for one thing at a
 * time. Prints requests per second, and the median and the 99th percentile of the latency in microseconds. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct connection {
    int socket;
    double since;
    size_t have, want; /* bytes of the answer; want is 0 until its head is here */
    char head[4096];
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void ask(struct connection *connection) {
    char request[128];
    const int length = snprintf(request, sizeof request, "GET /items/%d HTTP/1.1\r\nHost: x\r\n\r\n", rand() % 2000);
    connection->have = connection->want = 0;
    connection->since = now();
    if (write(connection->socket, request, (size_t)length) != length) fail("write");
}

/* Whether the answer is whole. */
static int receive(struct connection *connection) {
    static char rest[1 << 16];
    const size_t room = sizeof connection->head - 1;
    char *to = connection->have < room ? connection->head + connection->have : rest;
    const ssize_t got = read(connection->socket, to, connection->have < room ? room - connection->have : sizeof rest);
    if (got <= 0) fail("read");
    connection->have += (size_t)got;
    if (connection->want == 0) {
        connection->head[connection->have] = 0;
        const char *end = strstr(connection->head, "\r\n\r\n");
        const char *length = strcasestr(connection->head, "content-length:");
        if (end == NULL) return 0;
        if (length == NULL || strncmp(connection->head + 9, "200", 3) != 0) fail(connection->head);
        connection->want = (size_t)(end + 4 - connection->head) + strtoul(length + 15, NULL, 10);
    }
    return connection->have >= connection->want;
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    const int count = atoi(argv[2]);
    const long requests = atol(argv[3]);
    srand((unsigned)atoi(argv[4]));
    struct connection *connections = calloc((size_t)count, sizeof *connections);
    struct pollfd *polled = calloc((size_t)count, sizeof *polled);
    double *latencies = calloc((size_t)requests, sizeof *latencies);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int index = 0; index < count; index++) {
        const int yes = 1;
        connections[index].socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connections[index].socket, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
        setsockopt(connections[index].socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        polled[index] = (struct pollfd){connections[index].socket, POLLIN, 0};
    }
    long asked = 0, done = 0;
    const double start = now();
    for (int index = 0; index < count && asked < requests; index++, asked++) ask(&connections[index]);
    while (done < requests) {
        if (poll(polled, (nfds_t)count, 10000) <= 0) fail("poll");
        for (int index = 0; index < count; index++) {
            if (polled[index].revents == 0 || !receive(&connections[index])) continue;
            latencies[done++] = now() - connections[index].since;
            if (asked < requests) {
                ask(&connections[index]);
                asked++;
            }
        }
    }
    const double seconds = (now() - start) / 1e6;
    qsort(latencies, (size_t)requests, sizeof *latencies, compare);
    printf("%f %f %f\n", requests / seconds, latencies[requests / 2], latencies[requests * 99 / 100]);
    return 0;
}
