// Which blocks of a heap can be reached, for tens of millions of references.
#ifndef PERFDOCTOR_HEAP_GRAPH_H
#define PERFDOCTOR_HEAP_GRAPH_H

#include <stddef.h>
#include <stdint.h>

// Follows references until no new block is reached.
//
// Block n refers to targets[starts[n]] to targets[starts[n + 1]]; PD_NO_BLOCK is no reference. `reached` has 1 for each
// block that was reached already, those in `open` included; `open` has room for all blocks, and holds `open_count`.
// References to blocks with 1 in `guarded` (NULL for none) are not followed: the blocks that have such references are
// noted in `guards`, which has room for all blocks; `guard_count` is added to.
void pd_heap_reach(const uint32_t *starts, const uint32_t *targets, uint8_t *reached, uint32_t *open, size_t open_count,
                   const uint8_t *guarded, uint32_t *guards, size_t *guard_count);

#endif
