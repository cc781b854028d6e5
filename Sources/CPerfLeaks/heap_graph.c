#include "heap_graph.h"

#include "block_index.h"

enum { AHEAD = 16 };

void pd_heap_reach(const uint32_t *starts, const uint32_t *targets, uint8_t *reached, uint32_t *open,
                   size_t open_count) {
    // Blocks on their way: where their targets begin is fetched first, then the targets, while others are followed.
    uint32_t ahead[AHEAD];
    size_t first = 0, count = 0;
    while (open_count || count) {
        while (open_count && count < AHEAD) {
            uint32_t block = open[--open_count];
            __builtin_prefetch(&starts[block]);
            ahead[(first + count++) % AHEAD] = block;
        }
        if (count > AHEAD / 2) __builtin_prefetch(&targets[starts[ahead[(first + AHEAD / 2) % AHEAD]]]);
        uint32_t block = ahead[first];
        first = (first + 1) % AHEAD;
        count--;
        for (uint32_t at = starts[block]; at < starts[block + 1]; at++) {
            uint32_t target = targets[at];
            if (target == PD_NO_BLOCK || reached[target]) continue;
            reached[target] = 1;
            open[open_count++] = target;
        }
    }
}

void pd_heap_count_owners(const uint32_t *starts, const uint32_t *targets, size_t count,
                          const struct pd_heap_owners *own) {
    for (size_t block = 0; block < count; block++) {
        if (!(own->marks[block] & PD_BLOCK_IS_OBJECT)) continue;
        for (uint32_t at = starts[block]; at < starts[block + 1]; at++)
            if (targets[at] != PD_NO_BLOCK) own->owners[targets[at]]++;
    }
}

static inline int is_retained(const struct pd_heap_owners *own, uint32_t block) {
    return own->strong[block] > own->owners[block];
}

static inline int is_kept_by(const struct pd_heap_owners *own, uint32_t block, uint32_t target) {
    uint8_t marks = own->marks[target];
    if (!(marks & PD_BLOCK_IS_OBJECT)) return 1;
    int is_sure = own->marks[block] & PD_BLOCK_IS_SURE && !(marks & PD_BLOCK_IS_GUARDED);
    return is_sure || is_retained(own, target);
}

size_t pd_heap_keep(const uint32_t *starts, const uint32_t *targets, size_t count, const struct pd_heap_owners *own,
                    uint32_t *open, size_t open_count) {
    enum { CANDIDATE = PD_BLOCK_IS_OBJECT | PD_BLOCK_IS_REACHED };
    size_t added = 0;
    for (size_t block = 0; block < count; block++) {
        int is_candidate = (own->marks[block] & CANDIDATE) == CANDIDATE && !own->kept[block];
        if (!is_candidate || !is_retained(own, (uint32_t)block)) continue;
        own->kept[block] = 1;
        open[open_count++] = (uint32_t)block;
        added++;
    }
    while (open_count) {
        uint32_t block = open[--open_count];
        int owned = own->are_words && own->marks[block] & PD_BLOCK_IS_OBJECT;
        for (uint32_t at = starts[block]; at < starts[block + 1]; at++) {
            uint32_t target = targets[at];
            if (target == PD_NO_BLOCK) continue;
            if (owned) own->owners[target]--;
            int is_candidate = own->marks[target] & PD_BLOCK_IS_REACHED && !own->kept[target];
            if (!is_candidate || !is_kept_by(own, block, target)) continue;
            own->kept[target] = 1;
            open[open_count++] = target;
            added++;
        }
    }
    return added;
}
