/* Stacks: found by frame pointers, checked against libunwind when they are new, and numbered once for all threads. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "tracker.h"

/* What libunwind and our own buffers may need of a thread's stack. */
#define ROOM_TO_UNWIND (24 << 10)
#define MOST_FRAMES (PD_HEAP_DEPTH + 16)

static uint64_t hashed(const uint64_t *frames, unsigned depth) {
    uint64_t hash = pd_tracker.seed ^ 0x13198A2E03707344ull;
    for (unsigned index = 0; index < depth; index++)
        hash = ((hash << 7 | hash >> 57) ^ frames[index]) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 32;
    return hash != 0 ? hash : 1;
}

/* The number of a stack that is known; 0 for none. */
static uint32_t found(uint64_t hash) {
    for (uint64_t at = hash & pd_tracker.table_mask;; at = (at + 1) & pd_tracker.table_mask) {
        const uint64_t word = __atomic_load_n(&pd_tracker.table[at], __ATOMIC_ACQUIRE);
        if (word == 0) return 0;
        if ((word ^ hash) >> 24 != 0) continue;
        const uint32_t stack = (uint32_t)(word & 0xffffff);
        if (stack < pd_tracker.stack_limit && pd_tracker.stacks[stack].hash == hash) return stack;
    }
}

static uint32_t numbered(uint64_t hash, const uint64_t *frames, unsigned depth, uint8_t flags) {
    const uint32_t known = found(hash);
    if (known != 0) return known;
    struct pd_heap_control *control = pd_tracker.control;
    if (__atomic_load_n(&control->stack_count, __ATOMIC_RELAXED) >= pd_tracker.stack_limit - PD_HEAP_FIRST_STACK)
        return PD_HEAP_OVERFLOW;
    const uint32_t stack = PD_HEAP_FIRST_STACK + __atomic_fetch_add(&control->stack_count, 1, __ATOMIC_RELAXED);
    if (stack >= pd_tracker.stack_limit) return PD_HEAP_OVERFLOW;
    const uint64_t first = __atomic_fetch_add(&control->frame_count, depth, __ATOMIC_RELAXED);
    if (first + depth > control->frame_limit) return PD_HEAP_OVERFLOW;
    memcpy(pd_tracker.frames + first, frames, depth * sizeof *frames);
    struct pd_heap_stack *entry = &pd_tracker.stacks[stack];
    entry->hash = hash;
    entry->first_frame = (uint32_t)first;
    entry->depth = (uint16_t)depth;
    entry->flags = flags;
    entry->epoch = control->epoch;
    __atomic_store_n(&entry->ready, 1, __ATOMIC_RELEASE);
    const uint64_t own = (hash >> 24 << 24) | stack;
    for (uint64_t at = hash & pd_tracker.table_mask;; at = (at + 1) & pd_tracker.table_mask) {
        uint64_t word = 0;
        if (__atomic_compare_exchange_n(&pd_tracker.table[at], &word, own, 0, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return stack;
        const uint32_t other = (uint32_t)(word & 0xffffff);
        /* Another thread was faster: its number counts, and nothing is counted for ours. */
        if ((word ^ hash) >> 24 == 0 && other < pd_tracker.stack_limit && pd_tracker.stacks[other].hash == hash)
            return other;
    }
}

/* Where code addresses go: aarch64 signs return addresses. */
static uint64_t plain(uint64_t address) {
#ifdef __aarch64__
    return address & 0x0000ffffffffffffull;
#else
    return address;
#endif
}

/* The frames that frame pointers lead to. */
static unsigned walked(const struct pd_thread *thread, const uint64_t *frame, uint64_t *frames, uint8_t *flags) {
    if ((uint64_t)frame < thread->stack_low || (uint64_t)frame + 16 > thread->stack_high) {
        frames[0] = plain(frame[1]);
        *flags |= PD_HEAP_STACK_FOREIGN;
        return 1;
    }
    unsigned depth = 0;
    for (const uint64_t *at = frame; depth < PD_HEAP_DEPTH;) {
        if (at[1] < 4096) break;
        frames[depth++] = plain(at[1]);
        const uint64_t next = at[0];
        if (next <= (uint64_t)at || next + 16 > thread->stack_high || (next & 7)) break;
        at = (const uint64_t *)next;
    }
    return depth;
}

static uint32_t unwinding;
static uint32_t is_paused;

void pd_pause_unwinding(void) {
    __atomic_store_n(&is_paused, 1, __ATOMIC_SEQ_CST);
    /* A walk takes microseconds; one that takes longer is left behind. */
    const uint64_t end = pd_now() + 50000000;
    while (__atomic_load_n(&unwinding, __ATOMIC_SEQ_CST) != 0 && pd_now() < end) sched_yield();
}

void pd_resume_unwinding(void) {
    __atomic_store_n(&is_paused, 0, __ATOMIC_SEQ_CST);
}

/* The frames as libunwind has them, from the hook's caller on; 0 where it did not come that far. */
static unsigned unwound(uint64_t caller, uint64_t *frames) {
    __atomic_fetch_add(&unwinding, 1, __ATOMIC_SEQ_CST);
    int count = 0;
    if (PD_LIKELY(!__atomic_load_n(&is_paused, __ATOMIC_SEQ_CST))) {
        pd_self.is_busy = PD_CALLING;
        count = pd_tracker.backtrace((void **)frames, MOST_FRAMES);
        pd_self.is_busy = PD_BUSY;
    }
    __atomic_fetch_sub(&unwinding, 1, __ATOMIC_SEQ_CST);
    for (int first = 0; first < count; first++) {
        if (frames[first] != caller) continue;
        unsigned depth = (unsigned)(count - first);
        if (depth > PD_HEAP_DEPTH) depth = PD_HEAP_DEPTH;
        memmove(frames, frames + first, depth * sizeof *frames);
        /* The end of the outermost frame is no address. */
        while (depth > 0 && frames[depth - 1] < 4096) depth--;
        return depth;
    }
    return 0;
}

/* Whether frame pointers found the whole stack but for what starts threads and programs. */
static int agrees(const uint64_t *walked, unsigned walk, const uint64_t *unwound, unsigned depth) {
    if (walk > depth) {
        /* Frames beyond the thread's first function are what the frame pointer register held before. */
        return memcmp(walked, unwound, depth * sizeof *walked) == 0;
    }
    if (memcmp(walked, unwound, walk * sizeof *walked) != 0) return 0;
    if (depth == PD_HEAP_DEPTH && walk == depth) return 1;
    for (unsigned index = walk; index < depth; index++) {
        const int is_in_libc = unwound[index] >= pd_tracker.libc_start && unwound[index] < pd_tracker.libc_end;
        if (!is_in_libc && index + 1 < depth) return 0;
    }
    return 1;
}

static void remember(struct pd_thread *thread, uint64_t hash, uint32_t stack, uint32_t is_torn) {
    if (thread->cache == NULL) return;
    struct pd_cached_stack *place = &thread->cache[hash >> (64 - PD_CACHE_BITS)];
    /* A signal handler between the two sees the hash of neither. */
    place->hash = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    place->stack = stack;
    place->is_torn = is_torn;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    place->hash = hash;
}

static uint32_t torn(uint64_t caller) {
    uint64_t frames[MOST_FRAMES];
    const unsigned depth = unwound(caller, frames);
    if (depth == 0) return 0;
    __atomic_fetch_add(&pd_tracker.control->unwound, 1, __ATOMIC_RELAXED);
    return numbered(hashed(frames, depth), frames, depth, depth == PD_HEAP_DEPTH ? PD_HEAP_STACK_CUT : 0);
}

PD_NOINLINE static uint32_t learnt(struct pd_thread *thread, const uint64_t *frame, uint64_t hash) {
    uint64_t walk[PD_HEAP_DEPTH];
    uint8_t flags = 0;
    const unsigned depth = walked(thread, frame, walk, &flags);
    const int has_room = (uint64_t)frame > thread->stack_low + ROOM_TO_UNWIND && !(flags & PD_HEAP_STACK_FOREIGN);
    if (pd_tracker.backtrace != NULL && has_room) {
        uint64_t frames[MOST_FRAMES];
        const unsigned whole = unwound(plain(frame[1]), frames);
        if (whole > 0) {
            const uint8_t cut = whole == PD_HEAP_DEPTH ? PD_HEAP_STACK_CUT : 0;
            if (agrees(walk, depth, frames, whole)) {
                const uint32_t stack = numbered(hash, frames, whole, cut);
                remember(thread, hash, stack, 0);
                return stack;
            }
            __atomic_fetch_add(&pd_tracker.control->torn_stacks, 1, __ATOMIC_RELAXED);
            remember(thread, hash, 0, 1);
            return numbered(hashed(frames, whole), frames, whole, cut);
        }
    }
    if (depth == PD_HEAP_DEPTH) flags |= PD_HEAP_STACK_CUT;
    const uint32_t stack = numbered(hash, walk, depth, flags | PD_HEAP_STACK_UNCHECKED);
    remember(thread, hash, stack, 0);
    return stack;
}

/* The stack of a hash that the thread does not know, or whose frame pointers lie. */
PD_NOINLINE uint32_t pd_learn_stack(struct pd_thread *thread, const uint64_t *frame, uint64_t hash) {
    const int error = errno;
    uint32_t stack = 0;
    const int is_known_torn = thread->cache != NULL && thread->cache[hash >> (64 - PD_CACHE_BITS)].hash == hash;
    if (is_known_torn) {
        const int has_room = (uint64_t)frame > thread->stack_low + ROOM_TO_UNWIND;
        if (has_room) stack = torn(plain(frame[1]));
    } else {
        stack = found(hash);
        if (stack != 0) remember(thread, hash, stack, 0);
    }
    if (stack == 0) stack = learnt(thread, frame, hash);
    if (stack == PD_HEAP_OVERFLOW) __atomic_fetch_add(&pd_tracker.control->overflow, 1, __ATOMIC_RELAXED);
    errno = error;
    return stack;
}

/* Libraries were unmapped: the same address may be other code from now on. */
void pd_forget_code(void) {
    struct pd_heap_control *control = pd_tracker.control;
    const uint32_t epoch = __atomic_add_fetch(&control->epoch, 1, __ATOMIC_ACQ_REL);
    pd_tracker.seed = 0x243F6A8885A308D3ull ^ (uint64_t)epoch * 0xD6E8FEB86659FD93ull;
}
