/* hiredis' reader without its headers, resolved on first use. The structures below are those of read.h in 0.14 and in
 * 1.0 to 1.4, which are told apart by the library's soname. */
#include "CPerfClients.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

/* The beginning of redisReadTask and of redisReader. */
struct task {
    int type;
};

struct reader {
    int error;
    char message[128];
    char *buffer;
    size_t position;
    size_t length;
};

struct functions_0 {
    void *(*string)(const struct task *, char *, size_t);
    void *(*array)(const struct task *, int);
    void *(*integer)(const struct task *, long long);
    void *(*nil)(const struct task *);
    void (*free)(void *);
};

struct functions_1 {
    void *(*string)(const struct task *, char *, size_t);
    void *(*array)(const struct task *, size_t);
    void *(*integer)(const struct task *, long long);
    void *(*real)(const struct task *, double, char *, size_t);
    void *(*nil)(const struct task *);
    void *(*boolean)(const struct task *, int);
    void (*free)(void *);
};

#define HIREDIS_FUNCTIONS(X)                                                                                         \
    X(struct reader *, redisReaderCreateWithFunctions, (void *))                                                     \
    X(void, redisReaderFree, (struct reader *))                                                                      \
    X(int, redisReaderFeed, (struct reader *, const char *, size_t))                                                 \
    X(int, redisReaderGetReply, (struct reader *, void **))

static struct {
    int status;
    int generation;
#define X(type, name, parameters) type(*name) parameters;
    HIREDIS_FUNCTIONS(X)
#undef X
} hiredis;

static void open_library(void) {
    static const struct {
        const char *name;
        int generation;
    } known[] = {
        {"libhiredis.so.1.4.0", 1}, {"libhiredis.so.1.3.0", 1}, {"libhiredis.so.1.2.0", 1}, {"libhiredis.so.1.1.0", 1},
        {"libhiredis.so.1.0.0", 1}, {"libhiredis.so.1", 1},     {"libhiredis.so.0.14", 0},
    };
    hiredis.status = -ENOSYS;
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof known / sizeof *known; i++) {
        library = dlopen(known[i].name, RTLD_NOW | RTLD_LOCAL);
        hiredis.generation = known[i].generation;
    }
    if (!library) return;
    hiredis.status = -ENOEXEC;
    void *address;
#define X(type, name, parameters)                                                                                    \
    address = dlsym(library, #name);                                                                                 \
    if (!address) return;                                                                                            \
    memcpy(&hiredis.name, &address, sizeof address);
    HIREDIS_FUNCTIONS(X)
#undef X
    hiredis.status = 0;
}

int pd_redis_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return hiredis.status;
}

struct pd_redis_reader {
    struct reader *reader;
    struct pd_redis_node *nodes;
    size_t count, capacity;
    char *texts;
    size_t used, size;
    size_t limit; /* bytes of texts and of nodes together */
    size_t fed;   /* of the answer that is being read */
    int is_too_large;
    int is_whole; /* the answer that is there: the next bytes are of another one */
    const char *message; /* ours, where hiredis has none */
};

/* Who is read for: the place for it within hiredis' reader differs between its versions. */
static _Thread_local struct pd_redis_reader *current;

/* hiredis only asks whether there is an object. */
static char object;

static void *append(int type, int64_t integer, const char *text, size_t size) {
    struct pd_redis_reader *reader = current;
    if (size > reader->limit || reader->count * sizeof *reader->nodes > reader->limit) {
        reader->is_too_large = 1;
        return NULL;
    }
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 16;
        struct pd_redis_node *nodes = realloc(reader->nodes, capacity * sizeof *nodes);
        if (!nodes) return NULL;
        reader->nodes = nodes;
        reader->capacity = capacity;
    }
    if (reader->size - reader->used < size) {
        size_t needed = 2 * reader->size + size + 64;
        char *texts = realloc(reader->texts, needed);
        if (!texts) return NULL;
        reader->texts = texts;
        reader->size = needed;
    }
    if (size) memcpy(reader->texts + reader->used, text, size);
    reader->nodes[reader->count++] = (struct pd_redis_node){type, integer, reader->used, size};
    reader->used += size;
    return &object;
}

static void *made_string(const struct task *task, char *text, size_t size) {
    return append(task->type, 0, text, size);
}

static void *made_array(const struct task *task, size_t count) {
    (void)task;
    /* Each element is a node, and takes three bytes at least: more than that is a lie. */
    if (count > current->limit / 3) {
        current->is_too_large = 1;
        return NULL;
    }
    return append(PD_REDIS_ARRAY, (int64_t)count, NULL, 0);
}

static void *made_array_0(const struct task *task, int count) { return made_array(task, count < 0 ? 0 : (size_t)count); }

static void *made_integer(const struct task *task, long long value) {
    (void)task;
    return append(PD_REDIS_INTEGER, value, NULL, 0);
}

static void *made_real(const struct task *task, double value, char *text, size_t size) {
    (void)task, (void)value;
    return append(PD_REDIS_STRING, 0, text, size);
}

static void *made_nil(const struct task *task) {
    (void)task;
    return append(PD_REDIS_NIL, 0, NULL, 0);
}

static void *made_boolean(const struct task *task, int value) {
    (void)task;
    return append(PD_REDIS_INTEGER, value, NULL, 0);
}

static void freed(void *made) { (void)made; }

static struct functions_0 functions_0 = {made_string, made_array_0, made_integer, made_nil, freed};
static struct functions_1 functions_1 = {made_string, made_array, made_integer, made_real, made_nil, made_boolean, freed};

struct pd_redis_reader *pd_redis_reader_new(void) {
    if (pd_redis_load()) return NULL;
    struct pd_redis_reader *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    void *functions = hiredis.generation ? (void *)&functions_1 : (void *)&functions_0;
    made->reader = hiredis.redisReaderCreateWithFunctions(functions);
    if (made->reader) return made;
    free(made);
    return NULL;
}

void pd_redis_reader_free(struct pd_redis_reader *reader) {
    if (!reader) return;
    hiredis.redisReaderFree(reader->reader);
    free(reader->nodes);
    free(reader->texts);
    free(reader);
}

/* 1 with a whole answer, 0 while there is more to come. */
static int take(struct pd_redis_reader *reader, const void *bytes, size_t size) {
    reader->fed += size;
    if (reader->fed > reader->limit) return -EMSGSIZE;
    if (hiredis.redisReaderFeed(reader->reader, bytes, size)) return -EPROTO;
    void *answer = NULL;
    current = reader;
    int status = hiredis.redisReaderGetReply(reader->reader, &answer);
    current = NULL;
    if (status) return reader->is_too_large ? -EMSGSIZE : -EPROTO;
    reader->is_whole = answer != NULL;
    return reader->is_whole;
}

static void begin(struct pd_redis_reader *reader, size_t limit) {
    reader->count = reader->used = reader->fed = 0;
    reader->limit = limit;
    reader->message = NULL;
    reader->is_whole = 0;
}

int pd_redis_receive(struct pd_redis_reader *reader, struct pd_stream *stream, size_t limit, int64_t timeout_ns) {
    int64_t deadline = pd_deadline(timeout_ns);
    char bytes[16384];
    begin(reader, limit);
    for (;;) {
        int64_t left = deadline - pd_now();
        int64_t received = pd_stream_receive(stream, bytes, sizeof bytes, left);
        if (received == 0) return -ECONNRESET;
        if (received < 0) return (int)received;
        int status = take(reader, bytes, (size_t)received);
        if (status < 0) return status;
        if (status == 0) {
            /* Who sends a byte now and then must not keep us. */
            if (pd_now() > deadline) return -ETIMEDOUT;
            continue;
        }
        if (reader->reader->length == reader->reader->position) return 0;
        reader->message = "more than one answer to one question";
        return -EPROTO;
    }
}

int pd_redis_feed(struct pd_redis_reader *reader, const void *bytes, size_t size, size_t limit) {
    if (reader->is_whole || reader->fed == 0) begin(reader, limit);
    return take(reader, bytes, size);
}

size_t pd_redis_count(const struct pd_redis_reader *reader) { return reader->count; }

struct pd_redis_node pd_redis_node(const struct pd_redis_reader *reader, size_t index) { return reader->nodes[index]; }

const char *pd_redis_texts(const struct pd_redis_reader *reader) { return reader->texts ? reader->texts : ""; }

const char *pd_redis_message(const struct pd_redis_reader *reader) {
    return reader->message ? reader->message : reader->reader->message;
}
