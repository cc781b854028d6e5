/* TLS without a TLS library of our own: libcurl makes the connection (CURLOPT_CONNECT_ONLY), and we send and receive on
 * it. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcurl.h"

int pd_tls_load(void) { return pd_curl()->status; }

struct tls_stream {
    struct pd_stream stream; /* first: it is cast */
    CURL *handle;
    struct curl_slist *places;
    char message[256];
};

static ssize_t tls_send(struct pd_stream *stream, const void *bytes, size_t size) {
    struct tls_stream *tls = (struct tls_stream *)stream;
    size_t sent = 0;
    struct pd_quiet quiet;
    pd_begin_quiet(&quiet);
    int code = pd_curl()->curl_easy_send(tls->handle, bytes, size, &sent);
    pd_end_quiet(&quiet);
    if (code == CODE_OK) return (ssize_t)sent;
    return code == CODE_AGAIN ? -EAGAIN : -ECONNRESET;
}

static ssize_t tls_receive(struct pd_stream *stream, void *bytes, size_t size) {
    struct tls_stream *tls = (struct tls_stream *)stream;
    size_t received = 0;
    struct pd_quiet quiet;
    pd_begin_quiet(&quiet);
    tls->message[0] = 0;
    int code = pd_curl()->curl_easy_recv(tls->handle, bytes, size, &received);
    pd_end_quiet(&quiet);
    if (code == CODE_OK) return (ssize_t)received;
    if (code == CODE_AGAIN) return -EAGAIN;
    /* In TLS 1.3 a server tells only now that it wants another certificate. */
    return strstr(tls->message, "alert") ? -EPROTO : -ECONNRESET;
}

static void tls_close(struct pd_stream *stream) {
    struct tls_stream *tls = (struct tls_stream *)stream;
    struct pd_quiet quiet;
    pd_begin_quiet(&quiet);
    if (tls->handle) pd_curl()->curl_easy_cleanup(tls->handle);
    pd_end_quiet(&quiet);
    pd_curl()->curl_slist_free_all(tls->places);
    free(tls);
}

static int meaning(int code) {
    switch (code) {
    case CODE_OK: return 0;
    case CODE_COULDNT_CONNECT: return -ECONNREFUSED;
    case CODE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
    case CODE_OUT_OF_MEMORY: return -ENOMEM;
    case CODE_SSL_CERTPROBLEM:
    case CODE_SSL_CACERT_BADFILE: return -EACCES;
    default: return -EPROTO;
    }
}

int pd_tls_connect(const struct pd_tls_options *options, int64_t timeout_ns, struct pd_stream **stream,
                   struct pd_tls_outcome *outcome) {
    *stream = NULL;
    *outcome = (struct pd_tls_outcome){0};
    int status = pd_tls_load();
    if (status) return status;
    char url[512], place[512];
    int length = snprintf(url, sizeof url, "https://%s:%u/", options->host, options->port);
    int other = snprintf(place, sizeof place, "::%s:%u", options->address, options->port);
    if (length >= (int)sizeof url || other >= (int)sizeof place) return -ENAMETOOLONG;
    struct tls_stream *tls = calloc(1, sizeof *tls);
    if (!tls) return -ENOMEM;
    tls->stream = (struct pd_stream){-1, tls_send, tls_receive, tls_close};
    tls->handle = pd_curl()->curl_easy_init();
    tls->places = pd_curl()->curl_slist_append(NULL, place);
    if (!tls->handle || !tls->places) {
        tls_close(&tls->stream);
        return -ENOMEM;
    }
    CURL *handle = tls->handle;
    int code = 0;
#define SET(option, value)                                                                                           \
    if (!code) code = pd_curl()->curl_easy_setopt(handle, option, value)
    SET(OPT_URL, url);
    SET(OPT_CONNECT_TO, tls->places);
    SET(OPT_CONNECT_ONLY, 1L);
    SET(OPT_NOSIGNAL, 1L);
    SET(OPT_SSL_ENABLE_ALPN, 0L);
    SET(OPT_PROXY, "");
    SET(OPT_NOPROXY, "*");
    SET(OPT_ERRORBUFFER, tls->message);
    SET(OPT_TIMEOUT_MS, pd_curl_milliseconds(timeout_ns));
    if (options->ca_file) {
        SET(OPT_CAINFO, options->ca_file);
        SET(OPT_CAPATH, (char *)NULL);
    }
    if (options->cert_file) SET(OPT_SSLCERT, options->cert_file);
    if (options->key_file) SET(OPT_SSLKEY, options->key_file);
    if (options->is_unverified) {
        SET(OPT_SSL_VERIFYPEER, 0L);
        SET(OPT_SSL_VERIFYHOST, 0L);
    }
#undef SET
    if (!code) {
        struct pd_quiet quiet;
        pd_begin_quiet(&quiet);
        code = pd_curl()->curl_easy_perform(handle);
        pd_end_quiet(&quiet);
    }
    int64_t tcp = 0, all = 0;
    pd_curl()->curl_easy_getinfo(handle, INFO_CONNECT_TIME_T, &tcp);
    pd_curl()->curl_easy_getinfo(handle, INFO_APPCONNECT_TIME_T, &all);
    /* Where TLS has failed there are no times, but a port of ours. */
    long port = 0;
    pd_curl()->curl_easy_getinfo(handle, INFO_LOCAL_PORT, &port);
    outcome->is_connected = port > 0;
    outcome->tcp_ns = tcp * 1000;
    outcome->tls_ns = all > tcp ? (all - tcp) * 1000 : 0;
    if (code) {
        snprintf(outcome->message, sizeof outcome->message, "%s",
                 tls->message[0] ? tls->message : pd_curl()->curl_easy_strerror(code));
        tls_close(&tls->stream);
        return meaning(code);
    }
    int descriptor = -1;
    if (pd_curl()->curl_easy_getinfo(handle, INFO_ACTIVESOCKET, &descriptor) || descriptor < 0) {
        tls_close(&tls->stream);
        return -ECONNRESET;
    }
    tls->stream.descriptor = descriptor;
    *stream = &tls->stream;
    return 0;
}
