/* getaddrinfo() with an end: it runs in a thread of its own, which nobody waits for once the time is over. */
#include "stream.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct question {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int users; /* the one who asks and the thread: the last one frees it */
    int is_answered;
    int status;
    struct addrinfo *found;
    char port[8];
    char host[];
};

static int ask(const char *host, const char *port, int flags, struct addrinfo **found) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    return getaddrinfo(host, port, &hints, found);
}

static void leave(struct question *question) {
    pthread_mutex_lock(&question->lock);
    int left = --question->users;
    pthread_mutex_unlock(&question->lock);
    if (left) return;
    if (question->found) freeaddrinfo(question->found);
    pthread_cond_destroy(&question->answered);
    pthread_mutex_destroy(&question->lock);
    free(question);
}

static void *answer(void *context) {
    struct question *question = context;
    struct addrinfo *found = NULL;
    int status = ask(question->host, question->port, AI_ADDRCONFIG, &found);
    pthread_mutex_lock(&question->lock);
    question->status = status;
    question->found = status ? NULL : found;
    question->is_answered = 1;
    pthread_cond_signal(&question->answered);
    pthread_mutex_unlock(&question->lock);
    leave(question);
    return NULL;
}

static struct question *begin(const char *host, const char *port) {
    struct question *question = calloc(1, sizeof *question + strlen(host) + 1);
    if (!question) return NULL;
    strcpy(question->host, host);
    strcpy(question->port, port);
    question->users = 2;
    pthread_mutex_init(&question->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&question->answered, &attributes);
    pthread_condattr_destroy(&attributes);
    return question;
}

static int copy(const struct addrinfo *found, struct pd_address *addresses, int capacity) {
    int count = 0;
    for (; found && count < capacity; found = found->ai_next) {
        if (found->ai_addrlen > sizeof addresses->bytes) continue;
        struct pd_address one = {.size = found->ai_addrlen};
        memcpy(one.bytes, found->ai_addr, found->ai_addrlen);
        int known = 0;
        for (int i = 0; i < count; i++) known |= memcmp(&addresses[i], &one, sizeof one) == 0;
        if (!known) addresses[count++] = one;
    }
    return count ? count : -ENOENT;
}

static int meaning(int status) {
    switch (status) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY: return -ENOENT;
    case EAI_MEMORY: return -ENOMEM;
    default: return -EAGAIN;
    }
}

int pd_resolve(const char *host, uint16_t port, int64_t timeout_ns, struct pd_address *addresses, int capacity) {
    char digits[8];
    snprintf(digits, sizeof digits, "%u", port);
    struct addrinfo *found = NULL;
    if (ask(host, digits, AI_NUMERICHOST, &found) == 0) {
        int count = copy(found, addresses, capacity);
        freeaddrinfo(found);
        return count;
    }
    int64_t deadline = pd_deadline(timeout_ns);
    struct question *question = begin(host, digits);
    if (!question) return -ENOMEM;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* Signals are for others. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failure = pthread_create(&thread, &attributes, answer, question);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failure) {
        question->users = 1;
        leave(question);
        return -failure;
    }
    struct timespec end = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    int result = -ETIMEDOUT;
    pthread_mutex_lock(&question->lock);
    while (!question->is_answered && pthread_cond_timedwait(&question->answered, &question->lock, &end) != ETIMEDOUT) {
    }
    if (question->is_answered) {
        result = question->status ? meaning(question->status) : copy(question->found, addresses, capacity);
    }
    pthread_mutex_unlock(&question->lock);
    leave(question);
    return result;
}

void pd_address_text(const struct pd_address *address, char *text, size_t size) {
    const struct sockaddr *name = (const struct sockaddr *)(const void *)address->bytes;
    if (getnameinfo(name, address->size, text, (socklen_t)size, NULL, 0, NI_NUMERICHOST) && size) text[0] = 0;
}

int pd_address_of_path(const char *path, struct pd_address *address) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof name.sun_path) return -ENAMETOOLONG;
    memcpy(name.sun_path, path, length + 1);
    *address = (struct pd_address){.size = sizeof name};
    memcpy(address->bytes, &name, sizeof name);
    return 0;
}
