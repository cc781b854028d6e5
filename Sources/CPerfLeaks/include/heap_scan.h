// Which blocks the words of blocks refer to, for tens of millions of them.
#ifndef PERFDOCTOR_HEAP_SCAN_H
#define PERFDOCTOR_HEAP_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "block_index.h"

// How a block begins; words that it does not have are 0.
struct pd_block_head {
    uint64_t first, second;
    uint32_t target_size;  // of the block that the first refers to, in bytes, at most 2^32 - 1; 0 for none
    uint32_t count;        // of references, as far as the words went
    uint32_t last_refers;  // whether its last word is one
};

// Where a scan is.
struct pd_heap_scan {
    uint32_t block;   // whose words come next
    uint32_t upper;   // behind the last block
    uint64_t done;    // words of the block that were looked at
};

// The address up to which memory should be read for the blocks that come next: at most `bytes` from where the scan is,
// and none where several pages lie between blocks. The scan is not at its end.
uint64_t pd_heap_scan_end(const struct pd_block_index *index, const struct pd_heap_scan *scan, uint64_t bytes);

// Looks at the words from where the scan is on, and moves it as far as they go.
//
// `heads` has room for `head_room` blocks: one is written for each block that is begun, ended or gone on with, the first
// for the block where the scan is; of one that was begun before, the count alone is of use. `targets` has room for
// `count`. Returns how many targets were found, in the order of blocks; `head_count` says how many heads there are.
size_t pd_heap_scan(const struct pd_block_index *index, struct pd_heap_scan *scan, const uint64_t *words, size_t count,
                    struct pd_block_head *heads, size_t head_room, size_t *head_count, uint32_t *targets);

#endif
