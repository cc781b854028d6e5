/* Poisson sampling: every byte has the same chance of being the one that is sampled, whatever block it is in.
 *
 * A block of s bytes is sampled with p = 1 - exp(-s/m) for a mean distance m, and stands for 1/p blocks like it: the
 * sums of these weights are unbiased. Source: as in tcmalloc's and Go's heap profilers. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracker.h"

uint8_t pd_filter[1 << 16];

static uint64_t next_random(struct pd_thread *thread) {
    /* xorshift64* */
    uint64_t state = thread->random;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    thread->random = state;
    return state * 0x2545F4914F6CDD1Dull;
}

/* The natural logarithm, to a part in 10^8; libm is not there. */
static double logarithm(double value) {
    union {
        double value;
        uint64_t bits;
    } parts = {value};
    int exponent = (int)(parts.bits >> 52 & 0x7ff) - 1023;
    parts.bits = (parts.bits & 0xfffffffffffffull) | 1023ull << 52;
    double mantissa = parts.value;
    if (mantissa > 1.4142135623730951) {
        mantissa /= 2;
        exponent++;
    }
    const double ratio = (mantissa - 1) / (mantissa + 1);
    const double square = ratio * ratio;
    double sum = 0;
    for (int power = 15; power >= 1; power -= 2) sum = sum * square + 1.0 / power;
    return 2 * ratio * sum + exponent * 0.6931471805599453;
}

/* 1 - exp(-x), exact for small ones as well. */
static double chance(double x) {
    if (x > 40) return 1;
    int halvings = 0;
    while (x > 0.125) {
        x /= 2;
        halvings++;
    }
    double part = 0; /* 1 - exp(-x) */
    for (int order = 12; order >= 1; order--) part = x / order * (1 - part);
    for (; halvings > 0; halvings--) part = part * (2 - part);
    return part;
}

void pd_restart_sampling(struct pd_thread *thread) {
    if (!pd_tracker.is_sampled) return;
    if (thread->random == 0)
        thread->random = ((uint64_t)syscall(SYS_gettid) << 32 ^ pd_now() ^ (uint64_t)thread) | 1;
    const double uniform = ((double)(next_random(thread) >> 11) + 0.5) / 9007199254740992.0;
    const double bytes = -logarithm(uniform) * (double)pd_tracker.control->sample_bytes;
    thread->until_sample = bytes < 9e18 ? (int64_t)bytes : INT64_MAX;
}

struct weights {
    uint64_t blocks; /* in 1/256 */
    uint64_t bytes;
    double variance;
};

static struct weights weights_of(uint64_t size) {
    const uint64_t counted = size != 0 ? size : 1;
    const double p = chance((double)counted / (double)pd_tracker.control->sample_bytes);
    struct weights weights;
    weights.blocks = (uint64_t)((double)(1 << PD_HEAP_WEIGHT_BITS) / p + 0.5);
    weights.bytes = (uint64_t)((double)size / p + 0.5);
    weights.variance = (double)size * (double)size * (1 - p) / (p * p);
    return weights;
}

static void add_variance(struct pd_heap_counts *counts, double amount, int is_shared) {
    if (!is_shared) {
        counts->variance += amount;
        return;
    }
    uint64_t *bits = (uint64_t *)&counts->variance;
    uint64_t before = __atomic_load_n(bits, __ATOMIC_RELAXED);
    union {
        double value;
        uint64_t bits;
    } sum;
    do {
        sum.bits = before;
        sum.value += amount;
    } while (!__atomic_compare_exchange_n(bits, &before, sum.bits, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

static uint64_t bucket_of(const void *block) {
    const uint64_t hash = ((uint64_t)block >> 4) * 0xC2B2AE3D27D4EB4Full;
    return (hash >> 32) & (pd_tracker.control->bucket_count - 1);
}

PD_NOINLINE void pd_sampled_allocation(struct pd_thread *thread, void *block, size_t size, const uint64_t *frame) {
    const int error = errno;
    struct pd_heap_control *control = pd_tracker.control;
    thread->is_busy = PD_BUSY;
    if (thread->session != pd_tracker.session) {
        /* Its first call: the distance that it begins with is drawn now. */
        pd_begin_thread(thread);
        thread->until_sample -= (int64_t)size;
        if (thread->until_sample >= 0) goto done;
    }
    pd_restart_sampling(thread);
    uint64_t *bucket = pd_tracker.pointers + bucket_of(block) * PD_HEAP_BUCKET;
    int place = -1;
    for (int index = 0; index < PD_HEAP_BUCKET && place < 0; index++) {
        uint64_t expected = 0;
        /* An odd value holds the place until its block is known. */
        if (__atomic_compare_exchange_n(&bucket[index], &expected, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            place = index;
    }
    if (place < 0) {
        __atomic_fetch_add(&control->full_buckets, 1, __ATOMIC_RELAXED);
        goto done;
    }
    const uint32_t stack = pd_stack(thread, frame);
    struct pd_heap_pointer *sample = &pd_tracker.samples[bucket - pd_tracker.pointers + place];
    sample->size = size;
    sample->stack = stack;
    uint8_t *filter = &pd_filter[pd_filter_index(block)];
    uint8_t count = __atomic_load_n(filter, __ATOMIC_RELAXED);
    /* At its end a count stays there: one look more, and nothing missed. */
    while (count != 255
           && !__atomic_compare_exchange_n(filter, &count, (uint8_t)(count + 1), 1, __ATOMIC_RELEASE,
                                           __ATOMIC_RELAXED)) {
    }
    __atomic_store_n(&bucket[place], (uint64_t)block, __ATOMIC_RELEASE);
    const struct weights weights = weights_of(size);
    struct pd_heap_counts *counts = &thread->counts[stack];
    pd_add(&counts->allocations, weights.blocks, thread->is_shared);
    pd_add(&counts->bytes, weights.bytes, thread->is_shared);
    __atomic_fetch_add(&counts->samples, 1, __ATOMIC_RELAXED);
    add_variance(counts, weights.variance, thread->is_shared);
    thread->last = block;
    thread->pending_count += (int64_t)weights.blocks;
    thread->pending_bytes += (int64_t)weights.bytes;
    if (thread->pending_bytes > pd_tracker.flush_bytes) pd_flush(thread);
done:
    thread->is_busy = 0;
    errno = error;
}

PD_NOINLINE void pd_sampled_free(struct pd_thread *thread, void *block) {
    uint64_t *bucket = pd_tracker.pointers + bucket_of(block) * PD_HEAP_BUCKET;
    for (int index = 0; index < PD_HEAP_BUCKET; index++) {
        if (__atomic_load_n(&bucket[index], __ATOMIC_ACQUIRE) != (uint64_t)block) continue;
        const struct pd_heap_pointer sample = pd_tracker.samples[bucket - pd_tracker.pointers + index];
        __atomic_store_n(&bucket[index], 0, __ATOMIC_RELEASE);
        uint8_t *filter = &pd_filter[pd_filter_index(block)];
        uint8_t count = __atomic_load_n(filter, __ATOMIC_RELAXED);
        while (count != 255 && count != 0
               && !__atomic_compare_exchange_n(filter, &count, (uint8_t)(count - 1), 1, __ATOMIC_RELEASE,
                                               __ATOMIC_RELAXED)) {
        }
        thread->is_busy = PD_BUSY;
        if (thread->session != pd_tracker.session) pd_begin_thread(thread);
        const uint32_t stack = sample.stack < pd_tracker.stack_limit ? sample.stack : PD_HEAP_OVERFLOW;
        struct pd_heap_counts *counts = &thread->counts[stack];
        const struct weights weights = weights_of(sample.size);
        pd_add(&counts->frees, weights.blocks, thread->is_shared);
        pd_add(&counts->freed_bytes, weights.bytes, thread->is_shared);
        if (thread->last == block) pd_add(&counts->temporary, weights.blocks, thread->is_shared);
        thread->last = NULL;
        if (sample.size >= 16) {
            const uint64_t word = *(const uint64_t *)block;
            if (word != counts->type_word) pd_note_type(counts, word);
        }
        thread->pending_count -= (int64_t)weights.blocks;
        thread->pending_bytes -= (int64_t)weights.bytes;
        if (thread->pending_bytes < -pd_tracker.flush_bytes) pd_flush(thread);
        thread->is_busy = 0;
        return;
    }
}
