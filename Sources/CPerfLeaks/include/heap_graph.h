// Which blocks of a heap can be reached, for tens of millions of references.
#ifndef PERFDOCTOR_HEAP_GRAPH_H
#define PERFDOCTOR_HEAP_GRAPH_H

#include <stddef.h>
#include <stdint.h>

// Follows references until no new block is reached.
//
// Block n refers to targets[starts[n]] to targets[starts[n + 1]]; PD_NO_BLOCK is no reference. `reached` has 1 for each
// block that was reached already, those in `open` included; `open` has room for all blocks, and holds `open_count`.
void pd_heap_reach(const uint32_t *starts, const uint32_t *targets, uint8_t *reached, uint32_t *open,
                   size_t open_count);

// What is known of a block.
enum {
    PD_BLOCK_IS_OBJECT = 1,
    PD_BLOCK_IS_GUARDED = 2,  // what refers to it may not keep it alive
    PD_BLOCK_IS_SURE = 4,     // all its words are what they seem
    PD_BLOCK_IS_REACHED = 8,  // by whatever words
};

struct pd_heap_owners {
    const uint8_t *marks;
    const uint32_t *strong;  // how often the object in each block is retained, UINT32_MAX where nobody knows
    uint32_t *owners;        // how many references from objects that are not kept may be retains of each
    int are_words;           // whether these are all words of such objects
    uint8_t *kept;           // 1 for each block that somebody keeps alive
};

// Adds the words of all `count` blocks that hold objects to the owners of what they refer to.
void pd_heap_count_owners(const uint32_t *starts, const uint32_t *targets, size_t count,
                          const struct pd_heap_owners *own);

// Keeps objects that are retained by more than their owners, what kept blocks surely refer to, and so on; words of kept
// objects own no longer, where owners are words. `open` holds kept blocks to go on from, and has room for all.
//
// Returns how many blocks were kept anew.
size_t pd_heap_keep(const uint32_t *starts, const uint32_t *targets, size_t count, const struct pd_heap_owners *own,
                    uint32_t *open, size_t open_count);

#endif
