#ifndef PD_STREAM_H
#define PD_STREAM_H
/* Bytes to and from a server, over a socket of our own or over TLS; no call takes longer than it is told, which neither
 * hiredis nor getaddrinfo() promise. Functions that can fail return -errno. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Names (resolve.c) --- */

struct pd_address {
    uint32_t size;
    uint8_t bytes[128]; /* a sockaddr of any family */
};

/* The addresses of a name, each once: how many, -ENOENT when there is no such name, -EAGAIN when no name server says so,
 * -ETIMEDOUT, -ENOMEM. What takes too long goes on in a thread of its own, until its name servers have answered. */
int pd_resolve(const char *_Nonnull host, uint16_t port, int64_t timeout_ns, struct pd_address *_Nonnull addresses,
               int capacity);

/* The numbers of an address, "10.0.0.5" or "::1", terminated; empty for a family that has none. */
void pd_address_text(const struct pd_address *_Nonnull address, char *_Nonnull text, size_t size);

/* The address of a socket in the file system; -ENAMETOOLONG beyond 107 bytes. */
int pd_address_of_path(const char *_Nonnull path, struct pd_address *_Nonnull address);

/* --- Streams (stream.c) --- */

struct pd_stream;

/* Connects a socket, with TCP_NODELAY. */
int pd_stream_connect(const struct pd_address *_Nonnull address, int64_t timeout_ns,
                      struct pd_stream *_Nullable *_Nonnull stream);

/* Sends all of it, or fails: -ETIMEDOUT, -EPIPE, -ECONNRESET… */
int pd_stream_send(struct pd_stream *_Nonnull stream, const void *_Nonnull bytes, size_t size, int64_t timeout_ns);

/* What has come, at least one byte and at most `size`; 0 when the other side has ended. */
int64_t pd_stream_receive(struct pd_stream *_Nonnull stream, void *_Nonnull bytes, size_t size, int64_t timeout_ns);

void pd_stream_close(struct pd_stream *_Nullable stream);

/* --- TLS through libcurl, opened on first use (curl_stream.c) --- */

/* 0, -ENOSYS when libcurl.so.4 cannot be opened, -ENOEXEC when it lacks a function. */
int pd_tls_load(void);

struct pd_tls_options {
    const char *_Nonnull host;       /* the name in the certificate; an IPv6 address in brackets */
    const char *_Nonnull address;    /* where it is: numbers, an IPv6 address in brackets */
    const char *_Nullable ca_file;   /* PEM; null for the host's */
    const char *_Nullable cert_file; /* PEM; of the client, with its key */
    const char *_Nullable key_file;
    uint16_t port;
    uint8_t is_unverified; /* takes any certificate */
};

struct pd_tls_outcome {
    int64_t tcp_ns; /* of the TCP connection, and of TLS after it */
    int64_t tls_ns;
    int is_connected;  /* whether a timeout was that of TLS, and not of TCP */
    char message[256]; /* what libcurl says went wrong, terminated */
};

/* Connects and does the handshake. -EPROTO for all that is wrong with TLS, -EACCES for a file that cannot be used. */
int pd_tls_connect(const struct pd_tls_options *_Nonnull options, int64_t timeout_ns,
                   struct pd_stream *_Nullable *_Nonnull stream, struct pd_tls_outcome *_Nonnull outcome);

#ifdef __cplusplus
}
#endif
#endif
