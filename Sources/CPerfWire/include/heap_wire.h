/* Memory that the preload library in a target and perfdoctor share: two memfds that perfdoctor makes and keeps.
 *
 * The arena begins with `pd_heap_control`; the offsets in it say where the parts are. The shadow, of full recordings
 * only, has a word for every 16 bytes of address space. A target that dies at any moment loses nothing. perfdoctor
 * takes nothing in it for granted: a target may have written anything. */
#ifndef PD_HEAP_WIRE_H
#define PD_HEAP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define PD_HEAP_MAGIC 0x31706165482e6470ull /* "pd.Heap1" */
#define PD_HEAP_VERSION 1

/* Frames of a stack that are kept, from the leaf. */
#define PD_HEAP_DEPTH 128
/* Numbers of stacks with a meaning of their own; real ones follow. */
#define PD_HEAP_NO_STACK 0  /* free: no block here */
#define PD_HEAP_OVERFLOW 1  /* of all stacks that found no room */
#define PD_HEAP_FIRST_STACK 2
/* A word of the shadow: stack << 40 | requested size. */
#define PD_HEAP_SIZE_BITS 40
/* Weights of sampled blocks are kept in units of 1/256 block. */
#define PD_HEAP_WEIGHT_BITS 8
/* Slots of counters: one for each thread at a time, the last one for all others. */
#define PD_HEAP_SLOTS 128

enum pd_heap_mode { PD_HEAP_EVERY = 1, PD_HEAP_SAMPLED = 2 };

enum pd_heap_state {
    PD_HEAP_NEW = 0,
    PD_HEAP_ARMED = 1,
    PD_HEAP_ENDING = 2,    /* about to exit or to execute another program, and waiting for an answer */
    PD_HEAP_UNLOADING = 3, /* about to unmap a library */
    PD_HEAP_SEEN = 4,      /* ending, and perfdoctor has looked; it is the one to say so */
};

/* Without a look of perfdoctor for so long, a program that it came into while it ran leaves it. */
#define PD_HEAP_SILENCE_NS 15000000000ull

#define PD_HEAP_STOPPED_ADDRESSES 1 /* a limit on the address space */
#define PD_HEAP_STOPPED_MEMORY 2    /* the limit of its memory cgroup is near */

/* What one thread counted for one stack. Sampled: counts are weights, `samples` says of how many. */
struct pd_heap_counts {
    uint64_t allocations;
    uint64_t bytes;
    uint64_t frees;
    uint64_t freed_bytes;
    uint64_t temporary;      /* freed by the next heap call of their thread */
    uint64_t type_word;      /* first word of blocks when they were freed; 0: none yet, 1: they differ */
    uint32_t type_conflicts;
    uint32_t samples;
    double variance;         /* of `bytes`, sampled: bytes squared */
};
_Static_assert(sizeof(struct pd_heap_counts) == 64, "one cache line");

struct pd_heap_stack {
    uint64_t hash;
    uint32_t first_frame; /* index into the frames */
    uint16_t depth;
    uint8_t flags;        /* PD_HEAP_STACK_* */
    uint8_t ready;        /* written last */
    uint32_t epoch;       /* how often libraries had been unmapped before */
    uint32_t reserved;
};
_Static_assert(sizeof(struct pd_heap_stack) == 24, "layout");

#define PD_HEAP_STACK_CUT 1      /* deeper than PD_HEAP_DEPTH */
#define PD_HEAP_STACK_UNCHECKED 2 /* frame pointers alone: nothing to compare them with */
#define PD_HEAP_STACK_FOREIGN 4  /* on a stack of unknown bounds: the innermost frame only */

struct pd_heap_live {
    uint64_t bytes;
    uint64_t count;
};

/* A block that was sampled and is live. */
struct pd_heap_pointer {
    uint64_t size;
    uint32_t stack;
    uint32_t reserved;
};
#define PD_HEAP_BUCKET 8 /* pointers that share a place in the table */

struct pd_heap_control {
    /* Written by perfdoctor before the target sees it. */
    uint64_t magic;
    uint32_t version;
    uint32_t mode;
    uint32_t follows_children;
    uint32_t stack_limit;   /* a power of two */
    uint32_t slot_count;    /* 2 ... PD_HEAP_SLOTS */
    uint32_t bucket_count;  /* of the sampled pointers, a power of two; 0 in full recordings */
    uint64_t frame_limit;
    uint64_t sample_bytes;  /* mean distance between samples */
    uint64_t table_offset;    /* uint64_t[2 * stack_limit]: hash bits and number */
    uint64_t stacks_offset;   /* struct pd_heap_stack[stack_limit] */
    uint64_t frames_offset;   /* uint64_t[frame_limit] */
    uint64_t peak_offset;     /* struct pd_heap_live[stack_limit] */
    uint64_t pointers_offset; /* uint64_t[bucket_count * PD_HEAP_BUCKET] */
    uint64_t samples_offset;  /* struct pd_heap_pointer[bucket_count * PD_HEAP_BUCKET] */
    uint64_t counts_offset;   /* struct pd_heap_counts[slot_count][stack_limit] */
    uint64_t arena_bytes;
    uint64_t shadow_bytes;    /* 0 in sampled recordings */

    /* What may live, headers included, before the counters of more would not fit the memory cgroup; 0: no limit. */
    uint64_t headroom_bytes;

    /* CLOCK_MONOTONIC when perfdoctor looked last; 0 where the target is not left alone when it has gone. */
    uint64_t heartbeat_ns;
    int32_t recorder_pid; /* whose heart it is */
    uint32_t more_room[13];

    /* Written by the target. */
    uint64_t slots[PD_HEAP_SLOTS / 64]; /* bits of those in use */
    uint32_t slots_used; /* the highest that ever was, and one */
    uint32_t stack_count;
    uint64_t frame_count;
    uint32_t state;
    uint32_t answer; /* perfdoctor's: what had been asked when it looked last */
    int32_t pid;
    uint32_t epoch;
    uint32_t asked;  /* how often somebody waited for an answer */
    uint32_t more_padding[3];
    int64_t live_bytes;
    int64_t live_count;
    int64_t peak_bytes;      /* highest live_bytes that was seen */
    uint64_t peak_time_ns;   /* CLOCK_MONOTONIC */
    int64_t peak_copy_bytes; /* what the peak's stacks add up to */
    uint64_t peak_copies;
    uint64_t peak_begin_ns;  /* when there was a peak for the first time */
    uint64_t peak_cost_ns;   /* time that copies took in all */
    uint32_t peak_lock;

    /* Doubts. */
    uint32_t has_libunwind;
    uint64_t nested;         /* blocks of calls inside a hook: signal handlers that allocate */
    uint64_t unknown_frees;  /* of blocks from before the tracker or beside it */
    uint64_t unseen_frees;   /* found out when their address was handed out again */
    uint64_t out_of_range;   /* blocks whose address the shadow does not cover */
    uint64_t overflow;       /* blocks whose stack found no room */
    uint64_t full_buckets;   /* samples that found no room */
    uint64_t torn_stacks;    /* distinct stacks whose frame pointers were not the truth */
    uint64_t unwound;        /* stacks that libunwind walked */
    uint64_t shared_threads; /* threads that found no slot of their own */
    uint64_t forks;          /* children that are not tracked */
    uint64_t allocator_bytes; /* what the C library's allocator has from the system, at the end; 0 when unknown */
    uint64_t allocator_free;  /* of it, free in its bins and at its top */
    uint64_t allocator_top;   /* of it, at the top: what malloc_trim gives back */
    uint32_t failure;        /* PD_HEAP_FAILURE_*: why nothing is tracked */
    uint32_t failure_errno;
    uint32_t stopped;        /* PD_HEAP_STOPPED_*: why the tracking ended before the target */
    uint32_t reserved;
    char allocator[64];      /* file of an allocator that is not the C library's; empty for none */
};
_Static_assert(sizeof(struct pd_heap_control) <= 4096, "one page");
_Static_assert(offsetof(struct pd_heap_control, slots) % 64 == 0, "a cache line of its own");
_Static_assert(offsetof(struct pd_heap_control, live_bytes) % 64 == 0, "a cache line of its own");

#define PD_HEAP_FAILURE_NONE 0
#define PD_HEAP_FAILURE_OWN_MALLOC 1 /* the program brings its own malloc, which no library can replace */
#define PD_HEAP_FAILURE_MAP 2

/* What a process says when it connects, and what it gets: this answer, with the arena and the shadow as descriptors. */
enum pd_heap_request { PD_HEAP_BEGIN = 1, PD_HEAP_BEGIN_SMALL = 2, PD_HEAP_DOORBELL = 3 };

struct pd_heap_hello {
    uint64_t magic;
    uint32_t version;
    uint32_t request;
};

struct pd_heap_welcome {
    uint64_t magic;
    uint64_t arena_bytes;
    uint64_t shadow_bytes;
};

/* Environment of a tracked program; both are taken out before its own code runs, unless children are followed. */
#define PD_HEAP_ENVIRONMENT "PERFDOCTOR_HEAP"

#endif
