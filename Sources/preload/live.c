/* What lives at a moment: the sum over all threads, its peak, and which stacks it came from. */
#include "tracker.h"

/* Copying the peak must not take more than this share of the time: one part in so many. */
#define COPY_SHARE 25
/* Beside what is allowed from the beginning. */
#define ALLOWANCE_NS 20000000

static void copy_peak(uint64_t now) {
    struct pd_heap_control *control = pd_tracker.control;
    uint32_t count = __atomic_load_n(&control->stack_count, __ATOMIC_ACQUIRE) + PD_HEAP_FIRST_STACK;
    if (count > pd_tracker.stack_limit) count = pd_tracker.stack_limit;
    uint32_t slots = __atomic_load_n(&control->slots_used, __ATOMIC_RELAXED);
    if (slots > pd_tracker.slot_count - 1) slots = pd_tracker.slot_count - 1;
    const uint32_t shared = pd_tracker.slot_count - 1;
    const int has_shared = __atomic_load_n(&control->shared_threads, __ATOMIC_RELAXED) != 0
        || __atomic_load_n(&control->nested, __ATOMIC_RELAXED) != 0;
    int64_t total = 0;
    for (uint32_t stack = PD_HEAP_OVERFLOW; stack < count; stack++) {
        int64_t bytes = 0;
        int64_t blocks = 0;
        for (uint32_t turn = 0; turn <= slots; turn++) {
            if (turn == slots && !has_shared) break;
            const struct pd_heap_counts *counts =
                pd_tracker.counts + (uint64_t)(turn == slots ? shared : turn) * pd_tracker.stack_limit + stack;
            bytes += (int64_t)(counts->bytes - counts->freed_bytes);
            blocks += (int64_t)(counts->allocations - counts->frees);
        }
        pd_tracker.peak[stack].bytes = bytes > 0 ? (uint64_t)bytes : 0;
        pd_tracker.peak[stack].count = blocks > 0 ? (uint64_t)blocks : 0;
        total += bytes;
    }
    /* Many threads keep a little to themselves: their sum may be above what was seen. */
    if (total > control->peak_bytes) control->peak_bytes = total;
    control->peak_copy_bytes = total;
    control->peak_copies++;
    control->peak_time_ns = now;
}

static void note_peak(int64_t live) {
    struct pd_heap_control *control = pd_tracker.control;
    if (__atomic_exchange_n(&control->peak_lock, 1, __ATOMIC_ACQUIRE) != 0) return;
    if (live > control->peak_bytes) control->peak_bytes = live;
    const uint64_t now = pd_now();
    if (control->peak_begin_ns == 0) control->peak_begin_ns = now;
    const int64_t rise = live - control->peak_copy_bytes;
    /* A large rise is copied whatever it costs: there are few of them up to any size, and the peak may be short. */
    const int is_large = rise > control->peak_copy_bytes / 16;
    const int is_affordable =
        control->peak_cost_ns < ALLOWANCE_NS + (now - control->peak_begin_ns) / COPY_SHARE;
    if (is_large || (rise > control->peak_copy_bytes / 128 && is_affordable)) {
        copy_peak(now);
        control->peak_cost_ns += pd_now() - now;
    }
    __atomic_store_n(&control->peak_lock, 0, __ATOMIC_RELEASE);
}

PD_NOINLINE void pd_flush(struct pd_thread *thread) {
    struct pd_heap_control *control = pd_tracker.control;
    const int64_t bytes = thread->pending_bytes;
    const int64_t live = __atomic_add_fetch(&control->live_bytes, bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&control->live_count, thread->pending_count, __ATOMIC_RELAXED);
    thread->pending_bytes = 0;
    thread->pending_count = 0;
    /* At most a half of a percent stays unseen in each thread, and never more than 64 KiB. */
    int64_t keep = live / 256;
    if (keep < 256) keep = 256;
    if (keep > 64 << 10) keep = 64 << 10;
    pd_tracker.flush_bytes = keep;
    if (bytes > 0 && live > control->peak_bytes) note_peak(live);
    const uint32_t turns = pd_tracker.is_sampled ? 8 : 64;
    if (PD_UNLIKELY(pd_is_running) && ++thread->flushes % turns == 0 && pd_is_deserted()) perfdoctor_detach();
    /* The counters are charged to the target: it must not be killed for what we take. */
    if (PD_UNLIKELY(control->headroom_bytes != 0) && !pd_tracker.is_sampled
        && (uint64_t)live + 16 * (uint64_t)control->live_count > control->headroom_bytes && live > 0)
        pd_stop_tracking(PD_HEAP_STOPPED_MEMORY);
}

/* Blocks of one stack have one type; words that differ are data, not types. */
PD_NOINLINE void pd_note_type(struct pd_heap_counts *counts, uint64_t word) {
    if (counts->type_word == 1) return;
    const int is_pointer = word >= 4096 && word < 1ull << 47 && (word & 7) == 0;
    if (counts->type_word == 0) {
        if (is_pointer) {
            counts->type_word = word;
        } else if (++counts->type_conflicts > 64) {
            counts->type_word = 1;
        }
        return;
    }
    if (++counts->type_conflicts > 64) counts->type_word = 1;
}

PD_NOINLINE void pd_replace_entry(struct pd_thread *thread, uint64_t old) {
    struct pd_heap_control *control = pd_tracker.control;
    __atomic_fetch_add(&control->unseen_frees, 1, __ATOMIC_RELAXED);
    const uint64_t size = old & ((1ull << PD_HEAP_SIZE_BITS) - 1);
    const uint32_t stack = (uint32_t)(old >> PD_HEAP_SIZE_BITS);
    if (stack >= pd_tracker.stack_limit) return;
    pd_add(&thread->counts[stack].frees, 1, thread->is_shared);
    pd_add(&thread->counts[stack].freed_bytes, size, thread->is_shared);
    thread->pending_count--;
    thread->pending_bytes -= (int64_t)size;
}

PD_NOINLINE void pd_out_of_range(void) {
    __atomic_fetch_add(&pd_tracker.control->out_of_range, 1, __ATOMIC_RELAXED);
}

/* A call inside a hook: by a signal handler that allocates; what the hook itself brings about does not count. */
PD_NOINLINE void pd_nested(void *block) {
    const uint64_t place = (uint64_t)block >> 4;
    if (place < pd_tracker.shadow_words) pd_tracker.shadow[place] = 0;
    if (pd_self.is_busy == PD_BUSY)
        __atomic_fetch_add(&pd_tracker.control->nested, 1, __ATOMIC_RELAXED);
}
