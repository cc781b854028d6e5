#ifndef PD_CPERFCLIENTS_H
#define PD_CPERFCLIENTS_H
/* Shims for client libraries of servers: opened on first use, so that a host without them loses nothing but the server;
 * and used without blocking, so that a server that hangs costs no more than a stated time.
 * Functions that can fail return -errno. */
#include <stddef.h>
#include <stdint.h>

#include "pd_http.h"
#include "pd_redis.h"
#include "pd_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- libpq, the client of PostgreSQL (libpq.c) --- */

struct pd_pq;
struct pd_pq_result;

/* 0, -ENOSYS when libpq.so.5 cannot be opened, -ENOEXEC when it lacks a function (older than 9.6). */
int pd_pq_load(void);

/* Connects to what a URI or `key=value` text names. `*connection` is set unless the result is -ENOSYS, -ENOEXEC or
 * -ENOMEM, and has to be closed. -ETIMEDOUT, or -ECONNREFUSED for all that pd_pq_message() tells. A name that has to be
 * resolved may take longer than the timeout: libpq resolves it at once. */
int pd_pq_open(const char *_Nonnull uri, int timeout_ms, struct pd_pq *_Nullable *_Nonnull connection);

/* How long the parts of connecting took. */
struct pd_pq_phases {
    int64_t socket_ns;
    int64_t encryption_ns; /* asking for it as well, where it is refused */
    int64_t authentication_ns;
    int is_encrypted;
};

/* The same, at one address (`hostaddr`) and in one database, if given, instead of those of the URI. With `phases`, a
 * message has the SQLSTATE of what the server said: `"FATAL:  53300: sorry"`. */
int pd_pq_open_at(const char *_Nonnull uri, const char *_Nullable address, const char *_Nullable database,
                  int timeout_ms, struct pd_pq_phases *_Nullable phases, struct pd_pq *_Nullable *_Nonnull connection);

/* What went wrong last; valid until the next call. */
const char *_Nonnull pd_pq_message(const struct pd_pq *_Nonnull connection);

/* Runs one command whose `$1`… are texts, null for NULL. 0; -EPROTO when the server refuses it, and `*result` says why;
 * -ETIMEDOUT and -ECONNRESET end the connection: it answers -ECONNRESET to all that follows. A count of -1 takes the
 * simple protocol, the only one of PgBouncer's console. */
int pd_pq_run(struct pd_pq *_Nonnull connection, const char *_Nonnull command, int count,
              const char *_Nullable const *_Nullable values, int timeout_ms,
              struct pd_pq_result *_Nullable *_Nonnull result);

int pd_pq_rows(const struct pd_pq_result *_Nonnull result);
int pd_pq_columns(const struct pd_pq_result *_Nonnull result);
/* The name of a column, valid until the result is freed. */
const char *_Nonnull pd_pq_name(const struct pd_pq_result *_Nonnull result, int column);
/* The text of a cell, null for NULL; valid until the result is freed. */
const char *_Nullable pd_pq_cell(const struct pd_pq_result *_Nonnull result, int row, int column,
                                 size_t *_Nonnull size);
/* The code and the message of what was refused, never null: `"23505"`. */
const char *_Nonnull pd_pq_state(const struct pd_pq_result *_Nonnull result);
const char *_Nonnull pd_pq_reason(const struct pd_pq_result *_Nonnull result);

void pd_pq_free(struct pd_pq_result *_Nullable result);
/* Hangs up: whatever was begun is undone by the server, and all that follows is answered -ECONNRESET. */
void pd_pq_end(struct pd_pq *_Nonnull connection);
void pd_pq_close(struct pd_pq *_Nullable connection);

#ifdef __cplusplus
}
#endif
#endif
