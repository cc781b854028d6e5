#include "heap_graph.h"

#include "block_index.h"

enum { AHEAD = 16 };

void pd_heap_reach(const uint32_t *starts, const uint32_t *targets, uint8_t *reached, uint32_t *open, size_t open_count,
                   const uint8_t *guarded, uint32_t *guards, size_t *guard_count) {
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
        int is_guard = 0;
        for (uint32_t at = starts[block]; at < starts[block + 1]; at++) {
            uint32_t target = targets[at];
            if (target == PD_NO_BLOCK || reached[target]) continue;
            if (guarded && guarded[target]) {
                is_guard = 1;
                continue;
            }
            reached[target] = 1;
            open[open_count++] = target;
        }
        if (is_guard) guards[(*guard_count)++] = block;
    }
}
