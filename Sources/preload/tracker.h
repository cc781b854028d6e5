/* The inside of the preload library: what its files share.
 *
 * Nothing here allocates, locks, or uses stdio while a heap call is under way: it runs inside malloc, in signal
 * handlers, in early constructors and in threads that are about to end. */
#ifndef PD_TRACKER_H
#define PD_TRACKER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "heap_wire.h"

#define PD_EXPORT __attribute__((visibility("default")))
#define PD_LIKELY(x) __builtin_expect(!!(x), 1)
#define PD_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define PD_NOINLINE __attribute__((noinline))
#define PD_INLINE static inline __attribute__((always_inline))

/* A place in the cache of a thread: which number a walk along frame pointers stands for. */
struct pd_cached_stack {
    uint64_t hash;
    uint32_t stack;
    uint32_t is_torn; /* frame pointers are not the truth here: ask libunwind each time */
};
#define PD_CACHE_BITS 12

#define PD_BUSY 1    /* counting */
#define PD_CALLING 2 /* in libunwind or the C library, which may allocate */

struct pd_thread {
    struct pd_heap_counts *counts; /* of `session` */
    struct pd_cached_stack *cache; /* NULL in the shared slot */
    uint32_t slot;
    uint8_t is_shared;
    uint8_t is_busy;      /* inside a hook: PD_BUSY, or PD_CALLING */
    uint8_t rounds;       /* of key destructors that have run */
    uint8_t has_bounds;
    uint32_t session;     /* of the tracking that `counts` belongs to; 0: none yet */
    uint32_t flushes;
    uint64_t stack_low;
    uint64_t stack_high;
    int64_t pending_bytes; /* not yet in control->live_bytes */
    int64_t pending_count;
    void *last;           /* the block of the last heap call, if that was an allocation */
    int64_t until_sample; /* bytes */
    uint64_t random;
};

struct pd_tracker {
    struct pd_heap_control *control;
    uint64_t *shadow;
    uint64_t shadow_words;
    struct pd_heap_counts *counts;
    struct pd_heap_stack *stacks;
    uint64_t *frames;
    uint64_t *table;
    struct pd_heap_live *peak;
    uint64_t *pointers;
    struct pd_heap_pointer *samples;
    uint64_t table_mask;
    uint64_t seed;          /* of hashes; another one after libraries were unmapped */
    int64_t flush_bytes;    /* what a thread may keep to itself */
    uint32_t stack_limit;
    uint32_t slot_count;
    uint32_t is_sampled;
    uint32_t session;       /* a number for each connection, from 1 */
    uint32_t pid;
    uint64_t libc_start;    /* its code */
    uint64_t libc_end;
    int (*backtrace)(void **, int); /* libunwind's; NULL without it */
};

extern struct pd_tracker pd_tracker;
/* PD_GATE_*. On a page that the kernel clears in children that are forked by whatever means. */
#define PD_GATE_CLOSED 0
#define PD_GATE_OPEN 1
#define PD_GATE_EXPECTING 2 /* open, and libraries may have come whose calls do not lead to us yet */
extern volatile uint32_t *pd_gate;
extern __thread struct pd_thread pd_self __attribute__((tls_model("initial-exec")));

/* The allocator that the program would have without us. */
struct pd_allocator {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    int (*posix_memalign)(void **, size_t, size_t); /* NULL: by memalign */
    void *(*operator_new)(size_t);                  /* a replaced one; NULL: by malloc */
};
extern struct pd_allocator pd_real;

/* attach.c: from the first heap call to the connection, and back. */
extern volatile int pd_is_initialized;
void pd_initialize(void);
/* Tells perfdoctor that the image is about to change, and waits until it has looked; bounded. */
void pd_announce(enum pd_heap_state state);
void pd_begin_thread(struct pd_thread *thread);
/* Whether the process is the one that connected: false in a child of vfork. */
int pd_is_own_process(void);
/* The same, whether or not it is tracked any more. */
int pd_is_root_process(void);
/* A child of vfork, which executes a program that is not tracked. */
void pd_note_child(void);
/* For good: what was counted so far stays. The reason is PD_HEAP_STOPPED_*. */
void pd_stop_tracking(uint32_t reason);
const char *pd_environment(void);
const char *pd_preload_path(void);
uint64_t pd_now(void);

/* Maps and connects, and begins; 0 or -errno. */
long pd_attach(const char *socket);
/* What is counted from now on, nobody sees. */
void pd_close_gate(void);
void pd_unmap(void);
/* perfdoctor tells that it is there; whether it has been silent for too long. */
int pd_is_deserted(void);

/* running.c */
/* Whether the tracker came into a program that ran already. */
extern int pd_is_running;
/* What the program would call by that name without us. */
void *pd_next(const char *name);
void *pd_opened(const char *path, int mode);
void pd_expect_libraries(void);
long perfdoctor_detach(void);

/* allocator.c */
void pd_find_libc(void);
int pd_find_allocator(void);
/* The file of the code at an address; empty where it is not known. */
const char *pd_file_of(void *code);
int pd_is_imported(void *code);

/* processes.c */
void pd_find_functions(void);

/* stacks.c */
uint32_t pd_learn_stack(struct pd_thread *thread, const uint64_t *frame, uint64_t hash);
void pd_forget_code(void);
/* A fork must not leave libunwind's locks held in the child. */
void pd_pause_unwinding(void);
void pd_resume_unwinding(void);

/* bounds.c */
void pd_find_bounds(struct pd_thread *thread);
/* PROT_* of the mapping at an address; -1 where there is none. */
int pd_protection(uint64_t address);

/* live.c */
void pd_flush(struct pd_thread *thread);
void pd_note_type(struct pd_heap_counts *counts, uint64_t word);

/* sampled.c */
void pd_sampled_allocation(struct pd_thread *thread, void *block, size_t size, const uint64_t *frame);
void pd_sampled_free(struct pd_thread *thread, void *block);
void pd_restart_sampling(struct pd_thread *thread);
extern uint8_t pd_filter[1 << 16];

PD_INLINE uint32_t pd_filter_index(const void *block) {
    return (uint32_t)(((uint64_t)block >> 4) * 0x9E3779B97F4A7C15ull >> 48);
}

PD_INLINE void pd_add(uint64_t *counter, uint64_t amount, int is_shared) {
    if (PD_UNLIKELY(is_shared)) {
        __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
    } else {
        *(volatile uint64_t *)counter += amount;
    }
}

/* The number of the stack that begins at the frame of a hook: frame[0] is the caller's frame, frame[1] its address.
 *
 * The walk is most of what a heap call costs, so it does as little for each frame as it can: a chain that leaves the
 * stack or turns back ends it, and what it read until then is only a key, which libunwind is asked about once. */
PD_INLINE uint32_t pd_stack(struct pd_thread *thread, const uint64_t *frame) {
    uint64_t hash = pd_tracker.seed + frame[1];
    if (PD_LIKELY((uint64_t)frame >= thread->stack_low && (uint64_t)frame + 16 <= thread->stack_high)) {
        const uint64_t top = thread->stack_high - 16;
        const uint64_t *at = frame;
        for (unsigned left = PD_HEAP_DEPTH - 1; left != 0; left--) {
            const uint64_t next = at[0];
            if (next <= (uint64_t)at || next > top) break;
            at = (const uint64_t *)next;
            hash = hash * 0x9E3779B97F4A7C15ull + at[1];
        }
    }
    hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93ull;
    hash ^= hash >> 32;
    if (PD_UNLIKELY(hash == 0)) hash = 1;
    if (PD_LIKELY(thread->cache != NULL)) {
        const struct pd_cached_stack *known = &thread->cache[hash >> (64 - PD_CACHE_BITS)];
        if (PD_LIKELY(known->hash == hash && !known->is_torn)) return known->stack;
    }
    return pd_learn_stack(thread, frame, hash);
}

/* running.c */
PD_NOINLINE int pd_look_at_gate(void);

PD_INLINE int pd_is_tracking(void) {
    const uint32_t gate = *pd_gate;
    if (PD_LIKELY(gate == PD_GATE_OPEN)) return 1;
    return gate != PD_GATE_CLOSED && pd_look_at_gate();
}

PD_NOINLINE void pd_replace_entry(struct pd_thread *thread, uint64_t old);
PD_NOINLINE void pd_out_of_range(void);
PD_NOINLINE void pd_nested(void *block);

/* A block has come to life. */
PD_INLINE void pd_allocated(void *block, size_t size, const uint64_t *frame) {
    if (PD_UNLIKELY(!pd_is_tracking())) return;
    struct pd_thread *thread = &pd_self;
    if (pd_tracker.is_sampled) {
        thread->until_sample -= (int64_t)size;
        if (PD_LIKELY(thread->until_sample >= 0)) return;
        if (PD_UNLIKELY(thread->is_busy)) return;
        pd_sampled_allocation(thread, block, size, frame);
        return;
    }
    if (PD_UNLIKELY(thread->is_busy)) {
        pd_nested(block);
        return;
    }
    thread->is_busy = PD_BUSY;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (PD_UNLIKELY(thread->session != pd_tracker.session)) pd_begin_thread(thread);
    const uint32_t stack = pd_stack(thread, frame);
    const uint64_t place = (uint64_t)block >> 4;
    if (PD_LIKELY(place < pd_tracker.shadow_words)) {
        uint64_t *entry = &pd_tracker.shadow[place];
        const uint64_t old = *entry;
        if (PD_UNLIKELY(old != 0)) pd_replace_entry(thread, old);
        const uint64_t kept = size < 1ull << PD_HEAP_SIZE_BITS ? size : (1ull << PD_HEAP_SIZE_BITS) - 1;
        *(volatile uint64_t *)entry = (uint64_t)stack << PD_HEAP_SIZE_BITS | kept;
    } else {
        pd_out_of_range();
    }
    struct pd_heap_counts *counts = &thread->counts[stack];
    pd_add(&counts->allocations, 1, thread->is_shared);
    pd_add(&counts->bytes, size, thread->is_shared);
    thread->last = block;
    thread->pending_count++;
    thread->pending_bytes += (int64_t)size;
    if (PD_UNLIKELY(thread->pending_bytes > pd_tracker.flush_bytes)) pd_flush(thread);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->is_busy = 0;
}

/* A block is about to be freed. Gives what was known of it; 0 for nothing. */
PD_INLINE uint64_t pd_freeing(void *block, int reads_type) {
    if (PD_UNLIKELY(!*pd_gate)) return 0;
    struct pd_thread *thread = &pd_self;
    if (pd_tracker.is_sampled) {
        if (PD_UNLIKELY(pd_filter[pd_filter_index(block)]) && !thread->is_busy) pd_sampled_free(thread, block);
        return 0;
    }
    const uint64_t place = (uint64_t)block >> 4;
    if (PD_UNLIKELY(place >= pd_tracker.shadow_words)) return 0;
    volatile uint64_t *entry = &pd_tracker.shadow[place];
    const uint64_t known = *entry;
    if (PD_UNLIKELY(known == 0)) {
        __atomic_fetch_add(&pd_tracker.control->unknown_frees, 1, __ATOMIC_RELAXED);
        return 0;
    }
    *entry = 0;
    const uint64_t size = known & ((1ull << PD_HEAP_SIZE_BITS) - 1);
    const uint32_t stack = (uint32_t)(known >> PD_HEAP_SIZE_BITS);
    const int is_nested = thread->is_busy;
    if (PD_UNLIKELY(thread->session != pd_tracker.session)) {
        thread->is_busy = PD_BUSY;
        pd_begin_thread(thread);
        thread->is_busy = (uint8_t)is_nested;
    }
    const int is_shared = thread->is_shared || is_nested;
    struct pd_heap_counts *counts = &thread->counts[stack < pd_tracker.stack_limit ? stack : PD_HEAP_OVERFLOW];
    pd_add(&counts->frees, 1, is_shared);
    pd_add(&counts->freed_bytes, size, is_shared);
    if (thread->last == block) pd_add(&counts->temporary, 1, is_shared);
    thread->last = NULL;
    if (reads_type && size >= 16) {
        const uint64_t word = *(const uint64_t *)block;
        if (PD_UNLIKELY(word != counts->type_word)) pd_note_type(counts, word);
    }
    thread->pending_count--;
    thread->pending_bytes -= (int64_t)size;
    if (PD_UNLIKELY(thread->pending_bytes < -pd_tracker.flush_bytes) && !is_nested) pd_flush(thread);
    return known;
}

#endif
