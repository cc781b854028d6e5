/* PostgreSQL through libpq without its headers: a few prototypes that have been stable since 9.6, resolved on first
 * use. Nothing blocks but the resolution of names: every wait is a poll() with what is left of the time. */
#include "CPerfClients.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

/* Of libpq-fe.h and postgres_ext.h. */
enum { CONNECTION_OK = 0, CONNECTION_BAD = 1 };
enum { CONNECTION_STARTED = 2, CONNECTION_SSL_STARTUP = 7, CONNECTION_NEEDED = 8, CONNECTION_GSS_STARTUP = 11 };
enum { ERRORS_VERBOSE = 2 };
enum { POLLING_READING = 1, POLLING_WRITING = 2, POLLING_OK = 3 };
enum { RESULT_COMMAND_OK = 1, RESULT_TUPLES_OK = 2, RESULT_COPY_OUT = 3, RESULT_COPY_IN = 4, RESULT_COPY_BOTH = 8 };
#define DIAG_SQLSTATE 'C'
#define DIAG_MESSAGE_PRIMARY 'M'

#define LIBPQ_FUNCTIONS(X)                                                                                           \
    X(PGconn *, PQconnectStartParams, (const char *const *, const char *const *, int))                               \
    X(int, PQconnectPoll, (PGconn *))                                                                                \
    X(int, PQstatus, (const PGconn *))                                                                               \
    X(int, PQsocket, (const PGconn *))                                                                               \
    X(char *, PQerrorMessage, (const PGconn *))                                                                      \
    X(void, PQfinish, (PGconn *))                                                                                    \
    X(int, PQsetnonblocking, (PGconn *, int))                                                                        \
    X(void *, PQsetNoticeProcessor, (PGconn *, void (*)(void *, const char *), void *))                              \
    X(int, PQsendQueryParams,                                                                                        \
      (PGconn *, const char *, int, const unsigned *, const char *const *, const int *, const int *, int))           \
    X(int, PQsendQuery, (PGconn *, const char *))                                                                    \
    X(int, PQsetErrorVerbosity, (PGconn *, int))                                                                     \
    X(int, PQsslInUse, (PGconn *))                                                                                   \
    X(char *, PQfname, (const PGresult *, int))                                                                      \
    X(int, PQflush, (PGconn *))                                                                                      \
    X(int, PQconsumeInput, (PGconn *))                                                                               \
    X(int, PQisBusy, (PGconn *))                                                                                     \
    X(PGresult *, PQgetResult, (PGconn *))                                                                           \
    X(int, PQresultStatus, (const PGresult *))                                                                       \
    X(char *, PQresultErrorField, (const PGresult *, int))                                                           \
    X(int, PQntuples, (const PGresult *))                                                                            \
    X(int, PQnfields, (const PGresult *))                                                                            \
    X(int, PQgetisnull, (const PGresult *, int, int))                                                                \
    X(int, PQgetlength, (const PGresult *, int, int))                                                                \
    X(char *, PQgetvalue, (const PGresult *, int, int))                                                              \
    X(void, PQclear, (PGresult *))

static struct {
    int status;
#define X(type, name, parameters) type(*name) parameters;
    LIBPQ_FUNCTIONS(X)
#undef X
} pq;

static void open_library(void) {
    pq.status = -ENOSYS;
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    pq.status = -ENOEXEC;
    void *address;
#define X(type, name, parameters)                                                                                    \
    address = dlsym(library, #name);                                                                                 \
    if (!address) return;                                                                                            \
    memcpy(&pq.name, &address, sizeof address);
    LIBPQ_FUNCTIONS(X)
#undef X
    pq.status = 0;
}

int pd_pq_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return pq.status;
}

struct pd_pq {
    PGconn *connection; /* null once it is lost */
    char *message;      /* what was said when it was lost */
};

struct pd_pq_result {
    PGresult *result;
};

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t milliseconds(void) { return nanoseconds() / 1000000; }

/* 0 once one of the events has come, -ETIMEDOUT, or what poll() says. */
static int await(PGconn *connection, short events, int64_t deadline) {
    struct pollfd wanted = {.fd = pq.PQsocket(connection), .events = events};
    if (wanted.fd < 0) return -ECONNRESET;
    for (;;) {
        int64_t left = deadline - milliseconds();
        if (left <= 0) return -ETIMEDOUT;
        int ready = poll(&wanted, 1, left > 60000 ? 60000 : (int)left);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return -errno;
    }
}

/* Notices would go to standard error, which is ours. */
static void ignore_notice(void *context, const char *message) {
    (void)context;
    (void)message;
}

int pd_pq_open(const char *uri, int timeout_ms, struct pd_pq **connection) {
    return pd_pq_open_at(uri, NULL, NULL, timeout_ms, NULL, connection);
}

/* Which part of connecting a state of the connection is. */
static int64_t *phase(struct pd_pq_phases *phases, int state) {
    switch (state) {
    case CONNECTION_STARTED:
    case CONNECTION_NEEDED: return &phases->socket_ns;
    case CONNECTION_SSL_STARTUP:
    case CONNECTION_GSS_STARTUP: return &phases->encryption_ns;
    default: return &phases->authentication_ns;
    }
}

int pd_pq_open_at(const char *uri, const char *address, const char *database, int timeout_ms,
                  struct pd_pq_phases *phases, struct pd_pq **connection) {
    *connection = NULL;
    int status = pd_pq_load();
    if (status) return status;
    struct pd_pq *made = calloc(1, sizeof *made);
    if (!made) return -ENOMEM;
    /* A later word wins, so the encoding is ours whatever the URI says, and its name of the application wins. */
    const char *words[] = {"fallback_application_name", "dbname", "client_encoding", NULL, NULL, NULL};
    const char *values[] = {"perfdoctor", uri, "UTF8", NULL, NULL, NULL};
    int count = 3;
    if (address) {
        words[count] = "hostaddr";
        values[count++] = address;
    }
    if (database) {
        words[count] = "dbname";
        values[count++] = database;
    }
    struct pd_pq_phases times = {0, 0, 0, 0};
    int64_t before = nanoseconds();
    int64_t deadline = milliseconds() + timeout_ms;
    made->connection = pq.PQconnectStartParams(words, values, 1);
    if (!made->connection) {
        free(made);
        return -ENOMEM;
    }
    /* It resolves names, and connects to a socket of this machine at once. */
    int64_t begun = nanoseconds();
    times.socket_ns = begun - before;
    before = begun;
    *connection = made;
    pq.PQsetNoticeProcessor(made->connection, ignore_notice, NULL);
    /* The only way to the SQLSTATE of a connection that is refused. */
    if (phases) pq.PQsetErrorVerbosity(made->connection, ERRORS_VERBOSE);
    /* Before the first poll it wants to write, says the manual. */
    int wanted = POLLING_WRITING;
    while (pq.PQstatus(made->connection) != CONNECTION_BAD) {
        int64_t *spent = phase(&times, pq.PQstatus(made->connection));
        status = await(made->connection, wanted == POLLING_READING ? POLLIN : POLLOUT, deadline);
        if (status) return status == -ETIMEDOUT ? status : -ECONNREFUSED;
        wanted = pq.PQconnectPoll(made->connection);
        int64_t after = nanoseconds();
        *spent += after - before;
        before = after;
        if (wanted == POLLING_OK) {
            times.is_encrypted = pq.PQsslInUse(made->connection);
            if (phases) *phases = times;
            return pq.PQsetnonblocking(made->connection, 1) ? -ECONNREFUSED : 0;
        }
        if (wanted != POLLING_READING && wanted != POLLING_WRITING) break;
    }
    return -ECONNREFUSED;
}

const char *pd_pq_message(const struct pd_pq *connection) {
    if (connection->connection) return pq.PQerrorMessage(connection->connection);
    return connection->message ? connection->message : "";
}

/* Forgets a connection of which nobody knows what comes next. */
static int lose(struct pd_pq *connection, int status) {
    free(connection->message);
    connection->message = strdup(pq.PQerrorMessage(connection->connection));
    pq.PQfinish(connection->connection);
    connection->connection = NULL;
    return status;
}

static int send_all(PGconn *connection, int64_t deadline) {
    for (;;) {
        int left = pq.PQflush(connection);
        if (left == 0) return 0;
        if (left < 0) return -ECONNRESET;
        /* A server that writes before it reads on must be read, or both wait. */
        int status = await(connection, POLLIN | POLLOUT, deadline);
        if (status) return status;
        if (!pq.PQconsumeInput(connection)) return -ECONNRESET;
    }
}

int pd_pq_run(struct pd_pq *connection, const char *command, int count, const char *const *values, int timeout_ms,
              struct pd_pq_result **result) {
    *result = NULL;
    PGconn *server = connection->connection;
    if (!server) return -ECONNRESET;
    int64_t deadline = milliseconds() + timeout_ms;
    int sent = count < 0 ? pq.PQsendQuery(server, command)
                         : pq.PQsendQueryParams(server, command, count, NULL, values, NULL, NULL, 0);
    if (!sent) return lose(connection, -ECONNRESET);
    int status = send_all(server, deadline);
    if (status) return lose(connection, status);
    PGresult *last = NULL;
    for (;;) {
        while (pq.PQisBusy(server)) {
            status = await(server, POLLIN, deadline);
            if (!status && !pq.PQconsumeInput(server)) status = -ECONNRESET;
            if (status) {
                if (last) pq.PQclear(last);
                return lose(connection, status);
            }
        }
        PGresult *next = pq.PQgetResult(server);
        if (!next) break;
        if (last) pq.PQclear(last);
        last = next;
        /* COPY would wait for ever for what nobody sends, and a hostile server has always one more result. */
        int kind = pq.PQresultStatus(last);
        if (kind == RESULT_COPY_OUT || kind == RESULT_COPY_IN || kind == RESULT_COPY_BOTH || milliseconds() > deadline) {
            pq.PQclear(last);
            return lose(connection, milliseconds() > deadline ? -ETIMEDOUT : -ECONNRESET);
        }
    }
    if (pq.PQstatus(server) != CONNECTION_OK) {
        if (last) pq.PQclear(last);
        return lose(connection, -ECONNRESET);
    }
    if (!last) return lose(connection, -ECONNRESET);
    int kind = pq.PQresultStatus(last);
    struct pd_pq_result *made = malloc(sizeof *made);
    if (!made) {
        pq.PQclear(last);
        return lose(connection, -ENOMEM);
    }
    made->result = last;
    *result = made;
    return kind == RESULT_COMMAND_OK || kind == RESULT_TUPLES_OK ? 0 : -EPROTO;
}

int pd_pq_rows(const struct pd_pq_result *result) { return pq.PQntuples(result->result); }

int pd_pq_columns(const struct pd_pq_result *result) { return pq.PQnfields(result->result); }

const char *pd_pq_name(const struct pd_pq_result *result, int column) {
    const char *name = pq.PQfname(result->result, column);
    return name ? name : "";
}

const char *pd_pq_cell(const struct pd_pq_result *result, int row, int column, size_t *size) {
    *size = 0;
    if (pq.PQgetisnull(result->result, row, column)) return NULL;
    int length = pq.PQgetlength(result->result, row, column);
    *size = length > 0 ? (size_t)length : 0;
    return pq.PQgetvalue(result->result, row, column);
}

static const char *field(const struct pd_pq_result *result, int code) {
    const char *text = pq.PQresultErrorField(result->result, code);
    return text ? text : "";
}

const char *pd_pq_state(const struct pd_pq_result *result) { return field(result, DIAG_SQLSTATE); }

const char *pd_pq_reason(const struct pd_pq_result *result) { return field(result, DIAG_MESSAGE_PRIMARY); }

void pd_pq_free(struct pd_pq_result *result) {
    if (!result) return;
    pq.PQclear(result->result);
    free(result);
}

void pd_pq_end(struct pd_pq *connection) {
    if (connection->connection) lose(connection, 0);
}

void pd_pq_close(struct pd_pq *connection) {
    if (!connection) return;
    if (connection->connection) pq.PQfinish(connection->connection);
    free(connection->message);
    free(connection);
}
