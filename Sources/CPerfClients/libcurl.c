/* Opens libcurl on first use. */
#include "libcurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

static struct pd_curl curl;

static void open_library(void) {
    curl.status = -ENOSYS;
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    curl.status = -ENOEXEC;
    void *address;
#define X(type, name, parameters)                                                                                    \
    address = dlsym(library, #name);                                                                                 \
    if (!address) return;                                                                                            \
    memcpy(&curl.name, &address, sizeof address);
    CURL_FUNCTIONS(X)
#undef X
    if (curl.curl_global_init(CURL_GLOBAL_ALL) == CODE_OK) curl.status = 0;
}

const struct pd_curl *pd_curl(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return &curl;
}

void pd_begin_quiet(struct pd_quiet *quiet) {
    sigset_t pipe, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    quiet->was_pending = sigismember(&pending, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &quiet->before);
}

void pd_end_quiet(struct pd_quiet *quiet) {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    while (!quiet->was_pending && sigtimedwait(&pipe, NULL, &(struct timespec){0}) >= 0) {
    }
    pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
}
