#ifndef PD_HTTP_H
#define PD_HTTP_H
/* Answers of HTTP through libcurl, which is opened on first use: one connection at a time that is kept alive, to one
 * address, with the times of each part. No call takes longer than it is told. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pd_http;

struct pd_http_options {
    const char *_Nonnull address;   /* where it is: numbers, an IPv6 address in brackets */
    const char *_Nonnull agent;     /* User-Agent */
    const char *_Nullable user;     /* of Basic authentication */
    const char *_Nullable password;
    const char *_Nullable ca_file;  /* PEM; null for the host's */
    const char *_Nullable ca_directory;
    uint16_t port;
    uint8_t is_decoded;    /* asks for bodies in any encoding that libcurl knows, and decodes them */
    uint8_t is_inspected;  /* keeps what certificates say */
};

/* 0; -ENOSYS when libcurl.so.4 cannot be opened, -ENOEXEC when it lacks a function or an option, -ENOMEM. The system's
 * proxies and ~/.netrc are never used, redirects never followed, cookies never kept. */
int pd_http_new(const struct pd_http_options *_Nonnull options, struct pd_http *_Nullable *_Nonnull client);
void pd_http_free(struct pd_http *_Nullable client);

/* A line of the next request, "Name: value"; 0 or -ENOMEM. */
int pd_http_add_header(struct pd_http *_Nonnull client, const char *_Nonnull line);

/* Why an answer is not whole. */
enum {
    PD_HTTP_WHOLE = 0,
    PD_HTTP_BODY_TOO_LARGE = 1,
    PD_HTTP_HEADERS_TOO_LARGE = 2,
    PD_HTTP_NO_HTTP = 3,   /* the first bytes are the body */
    PD_HTTP_TIME_OVER = 4, /* of a stream of events, which has no end */
    PD_HTTP_FIRST_EVENT = 5,
    PD_HTTP_NO_MEMORY = 6,
};

struct pd_http_request {
    const char *_Nonnull url; /* http or https, without user and password */
    uint64_t kept;            /* bytes of the body that are kept, and how many may come at most */
    uint64_t limit;
    int64_t timeout_ns;
    uint8_t stops_at_event; /* of a stream of events: once the first one is whole */
};

struct pd_http_outcome {
    int code; /* libcurl's: 0 for an answer */
    int cut;
    int status;  /* of HTTP; 0 where there is no answer */
    int version; /* 10, 11, 20, 30 */
    int connections; /* that were made for it: 0 where an earlier one was used again */
    int is_connected;
    int is_stream;     /* text/event-stream */
    int verification;  /* of the certificate: X509_V_ERR_… of OpenSSL, or 0 */
    int system_error;  /* errno */
    int64_t begun_at;  /* CLOCK_MONOTONIC */
    int64_t ended_at;
    int64_t connected_ns; /* since begun: TCP, TLS, all sent, the first byte; 0 for what did not happen */
    int64_t secured_ns;
    int64_t ready_ns;
    int64_t first_byte_ns;
    int64_t first_event_ns;
    int64_t total_ns;
    uint64_t body_size; /* that came, kept or not */
    char peer[64];
    char expiry[64];   /* of the server's certificate, as libcurl says it; empty where it does not */
    char message[256]; /* what libcurl says went wrong */
};

/* Asks, and waits for the answer. 0, also for what libcurl could not do: see the outcome; -ENOMEM. */
int pd_http_get(struct pd_http *_Nonnull client, const struct pd_http_request *_Nonnull request,
                struct pd_http_outcome *_Nonnull outcome);

/* Of the last answer, until the next call: all lines of its head, and what was kept of its body. */
const char *_Nullable pd_http_head(const struct pd_http *_Nonnull client, size_t *_Nonnull size);
const uint8_t *_Nullable pd_http_body(const struct pd_http *_Nonnull client, size_t *_Nonnull size);

/* Pieces of a stream of events in the order in which they came. */
struct pd_http_piece {
    uint64_t end; /* bytes of the body up to here */
    int64_t at;   /* CLOCK_MONOTONIC */
};
const struct pd_http_piece *_Nullable pd_http_pieces(const struct pd_http *_Nonnull client, size_t *_Nonnull count);

#ifdef __cplusplus
}
#endif
#endif
