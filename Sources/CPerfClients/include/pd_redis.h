#ifndef PD_REDIS_H
#define PD_REDIS_H
/* Answers of Redis, read by hiredis, which is opened on first use. Its default replies differ between 0.14 and 1.x, so
 * they are kept here as a flat list: each array is followed by its elements. */
#include <stddef.h>
#include <stdint.h>

#include "pd_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 0, -ENOSYS when no libhiredis that we know can be opened, -ENOEXEC when it lacks a function. */
int pd_redis_load(void);

struct pd_redis_reader;

/* Null when there is no memory, or no library. */
struct pd_redis_reader *_Nullable pd_redis_reader_new(void);
void pd_redis_reader_free(struct pd_redis_reader *_Nullable reader);

/* hiredis' numbers. */
enum {
    PD_REDIS_STRING = 1,
    PD_REDIS_ARRAY = 2,
    PD_REDIS_INTEGER = 3,
    PD_REDIS_NIL = 4,
    PD_REDIS_STATUS = 5,
    PD_REDIS_ERROR = 6,
};

struct pd_redis_node {
    int32_t type;
    int64_t integer; /* of an integer; how many elements follow an array */
    size_t offset;   /* of a text in the reader's texts */
    size_t size;
};

/* Reads one answer. 0; -ETIMEDOUT; -ECONNRESET when the other side ends; -EPROTO for what is no answer, or more than
 * one; -EMSGSIZE for more than `limit` bytes. After a failure the reader is of no use. */
int pd_redis_receive(struct pd_redis_reader *_Nonnull reader, struct pd_stream *_Nonnull stream, size_t limit,
                     int64_t timeout_ns);

/* Takes bytes as if they had come: how many answers are whole, or as above. For tests of what no server says. */
int pd_redis_feed(struct pd_redis_reader *_Nonnull reader, const void *_Nonnull bytes, size_t size, size_t limit);

/* The answer that was read last, until the next one. */
size_t pd_redis_count(const struct pd_redis_reader *_Nonnull reader);
struct pd_redis_node pd_redis_node(const struct pd_redis_reader *_Nonnull reader, size_t index);
const char *_Nonnull pd_redis_texts(const struct pd_redis_reader *_Nonnull reader);
/* What was wrong with the last one, in hiredis' words. */
const char *_Nonnull pd_redis_message(const struct pd_redis_reader *_Nonnull reader);

#ifdef __cplusplus
}
#endif
#endif
