/* GET through libcurl. Bodies and heads are kept here, so that no callback reaches Swift. */
#include "pd_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcurl.h"
#include "stream.h"

enum {
    MOST_HEAD = 256 << 10,
    MOST_PIECES = 1 << 16,
    /* Of what is no HTTP, to tell what it is. */
    MOST_GARBAGE = 64,
};

struct bytes {
    char *start;
    size_t size, capacity;
};

struct pd_http {
    CURL *handle;
    struct curl_slist *places, *lines;
    struct bytes head, body;
    struct pd_http_piece *pieces;
    size_t piece_count, piece_capacity;
    char message[256];
    /* Of the request that is under way. */
    const struct pd_http_request *request;
    struct pd_http_outcome *outcome;
    size_t head_total; /* of all answers: 1xx, trailers */
    size_t line_start; /* of the body: where events have been looked for */
    int has_data;      /* whether the event that is being read has any */
};

static int append(struct bytes *bytes, const char *more, size_t size) {
    if (!size) return 1;
    if (bytes->capacity - bytes->size < size) {
        size_t capacity = 2 * bytes->capacity + size + 1024;
        char *start = realloc(bytes->start, capacity);
        if (!start) return 0;
        bytes->start = start;
        bytes->capacity = capacity;
    }
    memcpy(bytes->start + bytes->size, more, size);
    bytes->size += size;
    return 1;
}

/* 0 ends the transfer. */
static size_t cut(struct pd_http *client, int reason) {
    client->outcome->cut = reason;
    return 0;
}

static size_t take_head(char *line, size_t one, size_t size, void *context) {
    (void)one;
    struct pd_http *client = context;
    client->head_total += size;
    if (client->head_total > MOST_HEAD) return cut(client, PD_HTTP_HEADERS_TOO_LARGE);
    /* What came before a status line was that of an interim answer. */
    if (size > 5 && !memcmp(line, "HTTP/", 5)) {
        client->head.size = 0;
        client->outcome->is_stream = 0;
    }
    static const char name[] = "content-type:", type[] = "text/event-stream";
    if (size >= sizeof name - 1 && !strncasecmp(line, name, sizeof name - 1)) {
        size_t start = sizeof name - 1;
        while (start < size && (line[start] == ' ' || line[start] == '\t')) start++;
        client->outcome->is_stream = size - start >= sizeof type - 1 && !strncasecmp(line + start, type, sizeof type - 1);
    }
    return append(&client->head, line, size) ? size : cut(client, PD_HTTP_NO_MEMORY);
}

/* Whether an event has ended: an empty line after one with data. Lines end with LF, CRLF or CR. */
static int has_event(struct pd_http *client) {
    const char *text = client->body.start;
    size_t size = client->body.size;
    for (size_t i = client->line_start; i < size; i++) {
        if (text[i] != '\n' && text[i] != '\r') continue;
        size_t length = i - client->line_start;
        /* The LF of a CRLF is no empty line. */
        int is_second_half = !length && text[i] == '\n' && i > 0 && text[i - 1] == '\r';
        if (!length && !is_second_half && client->has_data) return 1;
        if (length >= 4 && !memcmp(text + client->line_start, "data", 4)) client->has_data = 1;
        client->line_start = i + 1;
    }
    return 0;
}

static size_t take_body(char *bytes, size_t one, size_t size, void *context) {
    (void)one;
    struct pd_http *client = context;
    struct pd_http_outcome *outcome = client->outcome;
    if (!client->head.size) {
        if (!append(&client->body, bytes, size < MOST_GARBAGE ? size : MOST_GARBAGE)) return cut(client, PD_HTTP_NO_MEMORY);
        return cut(client, PD_HTTP_NO_HTTP);
    }
    outcome->body_size += size;
    size_t room = client->body.size < client->request->kept ? client->request->kept - client->body.size : 0;
    if (!append(&client->body, bytes, size < room ? size : room)) return cut(client, PD_HTTP_NO_MEMORY);
    if (outcome->is_stream) {
        int64_t now = pd_now();
        if (client->piece_count == client->piece_capacity && client->piece_capacity < MOST_PIECES) {
            size_t capacity = client->piece_capacity ? 2 * client->piece_capacity : 64;
            struct pd_http_piece *pieces = realloc(client->pieces, capacity * sizeof *pieces);
            if (!pieces) return cut(client, PD_HTTP_NO_MEMORY);
            client->pieces = pieces;
            client->piece_capacity = capacity;
        }
        if (client->piece_count < client->piece_capacity) {
            client->pieces[client->piece_count++] = (struct pd_http_piece){outcome->body_size, now};
        }
        if (!outcome->first_event_ns && has_event(client)) {
            outcome->first_event_ns = now - outcome->begun_at;
            if (client->request->stops_at_event) return cut(client, PD_HTTP_FIRST_EVENT);
        }
    }
    return outcome->body_size > client->request->limit ? cut(client, PD_HTTP_BODY_TOO_LARGE) : size;
}

int pd_http_new(const struct pd_http_options *options, struct pd_http **result) {
    *result = NULL;
    const struct pd_curl *curl = pd_curl();
    if (curl->status) return curl->status;
    struct pd_http *client = calloc(1, sizeof *client);
    if (!client) return -ENOMEM;
    char place[256];
    if (snprintf(place, sizeof place, "::%s:%u", options->address, options->port) >= (int)sizeof place) {
        free(client);
        return -ENAMETOOLONG;
    }
    client->handle = curl->curl_easy_init();
    client->places = curl->curl_slist_append(NULL, place);
    if (!client->handle || !client->places) {
        pd_http_free(client);
        return -ENOMEM;
    }
    CURL *handle = client->handle;
    int code = 0;
#define SET(option, value)                                                                                           \
    if (!code) code = curl->curl_easy_setopt(handle, option, value)
    SET(OPT_CONNECT_TO, client->places);
    SET(OPT_NOSIGNAL, 1L);
    SET(OPT_PROXY, "");
    SET(OPT_NOPROXY, "*");
    SET(OPT_PROTOCOLS, (long)CURL_PROTOCOLS_HTTP_AND_HTTPS);
    SET(OPT_HTTPGET, 1L);
    SET(OPT_TCP_NODELAY, 1L);
    SET(OPT_USERAGENT, options->agent);
    SET(OPT_ERRORBUFFER, client->message);
    SET(OPT_HEADERFUNCTION, take_head);
    SET(OPT_HEADERDATA, client);
    SET(OPT_WRITEFUNCTION, take_body);
    SET(OPT_WRITEDATA, client);
    if (options->is_decoded) SET(OPT_ACCEPT_ENCODING, "");
    if (options->is_inspected) SET(OPT_CERTINFO, 1L);
    if (options->user || options->password) {
        SET(OPT_HTTPAUTH, (long)CURL_AUTH_BASIC);
        SET(OPT_USERNAME, options->user ? options->user : "");
        SET(OPT_PASSWORD, options->password ? options->password : "");
    }
    if (options->ca_file || options->ca_directory) {
        SET(OPT_CAINFO, options->ca_file);
        SET(OPT_CAPATH, options->ca_directory);
    }
#undef SET
    if (code) {
        pd_http_free(client);
        return code == CODE_OUT_OF_MEMORY ? -ENOMEM : -ENOEXEC;
    }
    /* A libcurl that cannot do them goes without: HTTP/2 over TLS, and telling what is no HTTP at all (7.64). */
    curl->curl_easy_setopt(handle, OPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl->curl_easy_setopt(handle, OPT_HTTP09_ALLOWED, 1L);
    *result = client;
    return 0;
}

void pd_http_free(struct pd_http *client) {
    if (!client) return;
    const struct pd_curl *curl = pd_curl();
    struct pd_quiet quiet;
    pd_begin_quiet(&quiet);
    if (client->handle) curl->curl_easy_cleanup(client->handle);
    pd_end_quiet(&quiet);
    curl->curl_slist_free_all(client->places);
    curl->curl_slist_free_all(client->lines);
    free(client->head.start);
    free(client->body.start);
    free(client->pieces);
    free(client);
}

int pd_http_add_header(struct pd_http *client, const char *line) {
    struct curl_slist *lines = pd_curl()->curl_slist_append(client->lines, line);
    if (!lines) return -ENOMEM;
    client->lines = lines;
    return 0;
}

static int version(long number) {
    switch (number) {
    case 1: return 10;
    case 2: return 11;
    case 3: return 20;
    case 30:
    case 31: return 30;
    default: return 0;
    }
}

static int64_t time_of(CURL *handle, int information) {
    int64_t microseconds = 0;
    pd_curl()->curl_easy_getinfo(handle, information, &microseconds);
    return microseconds > 0 ? microseconds * 1000 : 0;
}

static int number_of(CURL *handle, int information) {
    long number = 0;
    pd_curl()->curl_easy_getinfo(handle, information, &number);
    return (int)number;
}

static void keep_expiry(CURL *handle, struct pd_http_outcome *outcome) {
    struct curl_certinfo *found = NULL;
    if (pd_curl()->curl_easy_getinfo(handle, INFO_CERTINFO, &found) || !found || found->count < 1) return;
    static const char name[] = "Expire date:";
    for (const struct curl_slist *line = found->certificates[0]; line; line = line->next) {
        if (strncmp(line->data, name, sizeof name - 1)) continue;
        snprintf(outcome->expiry, sizeof outcome->expiry, "%s", line->data + sizeof name - 1);
        return;
    }
}

int pd_http_get(struct pd_http *client, const struct pd_http_request *request, struct pd_http_outcome *outcome) {
    const struct pd_curl *curl = pd_curl();
    CURL *handle = client->handle;
    *outcome = (struct pd_http_outcome){0};
    client->request = request;
    client->outcome = outcome;
    client->head.size = client->body.size = client->piece_count = 0;
    client->head_total = client->line_start = 0;
    client->has_data = 0;
    client->message[0] = 0;
    int code = curl->curl_easy_setopt(handle, OPT_URL, request->url);
    if (!code) code = curl->curl_easy_setopt(handle, OPT_HTTPHEADER, client->lines);
    if (!code) code = curl->curl_easy_setopt(handle, OPT_TIMEOUT_MS, pd_curl_milliseconds(request->timeout_ns));
    struct pd_quiet quiet;
    pd_begin_quiet(&quiet);
    outcome->begun_at = pd_now();
    if (!code) code = curl->curl_easy_perform(handle);
    outcome->ended_at = pd_now();
    pd_end_quiet(&quiet);
    outcome->code = code;
    if (code == CODE_OPERATION_TIMEDOUT && outcome->is_stream && outcome->body_size && !outcome->cut) {
        outcome->cut = PD_HTTP_TIME_OVER;
    }
    outcome->status = number_of(handle, INFO_RESPONSE_CODE);
    outcome->version = version(number_of(handle, INFO_HTTP_VERSION));
    outcome->connections = number_of(handle, INFO_NUM_CONNECTS);
    outcome->is_connected = number_of(handle, INFO_LOCAL_PORT) > 0;
    outcome->verification = number_of(handle, INFO_SSL_VERIFYRESULT);
    outcome->system_error = number_of(handle, INFO_OS_ERRNO);
    outcome->connected_ns = time_of(handle, INFO_CONNECT_TIME_T);
    outcome->secured_ns = time_of(handle, INFO_APPCONNECT_TIME_T);
    outcome->ready_ns = time_of(handle, INFO_PRETRANSFER_TIME_T);
    outcome->first_byte_ns = time_of(handle, INFO_STARTTRANSFER_TIME_T);
    outcome->total_ns = time_of(handle, INFO_TOTAL_TIME_T);
    const char *peer = NULL;
    if (!curl->curl_easy_getinfo(handle, INFO_PRIMARY_IP, &peer) && peer) {
        snprintf(outcome->peer, sizeof outcome->peer, "%s", peer);
    }
    keep_expiry(handle, outcome);
    if (code) {
        snprintf(outcome->message, sizeof outcome->message, "%s",
                 client->message[0] ? client->message : curl->curl_easy_strerror(code));
    }
    curl->curl_easy_setopt(handle, OPT_HTTPHEADER, (struct curl_slist *)NULL);
    curl->curl_slist_free_all(client->lines);
    client->lines = NULL;
    client->request = NULL;
    client->outcome = NULL;
    return code == CODE_OUT_OF_MEMORY || outcome->cut == PD_HTTP_NO_MEMORY ? -ENOMEM : 0;
}

const char *pd_http_head(const struct pd_http *client, size_t *size) {
    *size = client->head.size;
    return client->head.start;
}

const uint8_t *pd_http_body(const struct pd_http *client, size_t *size) {
    *size = client->body.size;
    return (const uint8_t *)client->body.start;
}

const struct pd_http_piece *pd_http_pieces(const struct pd_http *client, size_t *count) {
    *count = client->piece_count;
    return client->pieces;
}
