#ifndef PD_CURL_INTERNAL_H
#define PD_CURL_INTERNAL_H
/* libcurl without its headers, resolved on first use and for all who need it. Numbers are those of curl.h, which never
 * change. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>

typedef void CURL;

struct curl_slist {
    char *data;
    struct curl_slist *next;
};

struct curl_certinfo {
    int count;
    struct curl_slist **certificates;
};

enum {
    CURL_GLOBAL_ALL = 3,
    CURL_HTTP_VERSION_2TLS = 4,
    CURL_AUTH_BASIC = 1,
    CURL_PROTOCOLS_HTTP_AND_HTTPS = 3,
    /* Options */
    OPT_SSL_VERIFYPEER = 64,
    OPT_HTTPGET = 80,
    OPT_SSL_VERIFYHOST = 81,
    OPT_HTTP_VERSION = 84,
    OPT_NOSIGNAL = 99,
    OPT_HTTPAUTH = 107,
    OPT_TCP_NODELAY = 121,
    OPT_CONNECT_ONLY = 141,
    OPT_TIMEOUT_MS = 155,
    OPT_CONNECTTIMEOUT_MS = 156,
    OPT_CERTINFO = 172,
    OPT_PROTOCOLS = 181,
    OPT_SSL_ENABLE_ALPN = 226,
    OPT_HTTP09_ALLOWED = 285,
    OPT_WRITEDATA = 10001,
    OPT_URL = 10002,
    OPT_PROXY = 10004,
    OPT_ERRORBUFFER = 10010,
    OPT_USERAGENT = 10018,
    OPT_HTTPHEADER = 10023,
    OPT_SSLCERT = 10025,
    OPT_HEADERDATA = 10029,
    OPT_CAINFO = 10065,
    OPT_SSLKEY = 10087,
    OPT_CAPATH = 10097,
    OPT_ACCEPT_ENCODING = 10102,
    OPT_USERNAME = 10173,
    OPT_PASSWORD = 10174,
    OPT_NOPROXY = 10177,
    OPT_CONNECT_TO = 10243,
    OPT_WRITEFUNCTION = 20011,
    OPT_HEADERFUNCTION = 20079,
    /* Informations */
    INFO_PRIMARY_IP = 0x100000 + 32,
    INFO_RESPONSE_CODE = 0x200000 + 2,
    INFO_SSL_VERIFYRESULT = 0x200000 + 13,
    INFO_OS_ERRNO = 0x200000 + 25,
    INFO_NUM_CONNECTS = 0x200000 + 26,
    INFO_LOCAL_PORT = 0x200000 + 42,
    INFO_HTTP_VERSION = 0x200000 + 46,
    INFO_CERTINFO = 0x400000 + 34,
    INFO_ACTIVESOCKET = 0x500000 + 44,
    INFO_TOTAL_TIME_T = 0x600000 + 50,
    INFO_CONNECT_TIME_T = 0x600000 + 52,
    INFO_PRETRANSFER_TIME_T = 0x600000 + 53,
    INFO_STARTTRANSFER_TIME_T = 0x600000 + 54,
    INFO_APPCONNECT_TIME_T = 0x600000 + 56,
    /* Codes */
    CODE_OK = 0,
    CODE_COULDNT_CONNECT = 7,
    CODE_WRITE_ERROR = 23,
    CODE_OUT_OF_MEMORY = 27,
    CODE_OPERATION_TIMEDOUT = 28,
    CODE_SSL_CERTPROBLEM = 58,
    CODE_SSL_CACERT_BADFILE = 77,
    CODE_AGAIN = 81,
};

#define CURL_FUNCTIONS(X)                                                                                            \
    X(int, curl_global_init, (long))                                                                                 \
    X(CURL *, curl_easy_init, (void))                                                                                \
    X(int, curl_easy_setopt, (CURL *, int, ...))                                                                     \
    X(int, curl_easy_perform, (CURL *))                                                                              \
    X(int, curl_easy_getinfo, (CURL *, int, ...))                                                                    \
    X(int, curl_easy_send, (CURL *, const void *, size_t, size_t *))                                                 \
    X(int, curl_easy_recv, (CURL *, void *, size_t, size_t *))                                                       \
    X(void, curl_easy_cleanup, (CURL *))                                                                             \
    X(const char *, curl_easy_strerror, (int))                                                                       \
    X(struct curl_slist *, curl_slist_append, (struct curl_slist *, const char *))                                   \
    X(void, curl_slist_free_all, (struct curl_slist *))

struct pd_curl {
    int status; /* 0, -ENOSYS or -ENOEXEC */
#define X(type, name, parameters) type(*name) parameters;
    CURL_FUNCTIONS(X)
#undef X
};

/* Opened once; its functions may be called when the status is 0. */
const struct pd_curl *pd_curl(void);

/* A TLS library writes with write(), which raises SIGPIPE; libcurl leaves that to us when it is told to leave signals
 * alone, as it must be in a program with threads. */
struct pd_quiet {
    sigset_t before;
    int was_pending;
};

void pd_begin_quiet(struct pd_quiet *quiet);
void pd_end_quiet(struct pd_quiet *quiet);

/* Milliseconds that libcurl takes for a time: never its 0, which is forever. */
static inline long pd_curl_milliseconds(long long nanoseconds) {
    long long milliseconds = nanoseconds / 1000000;
    return milliseconds < 1 ? 1L : milliseconds > 86400000 ? 86400000L : (long)milliseconds;
}
#endif
