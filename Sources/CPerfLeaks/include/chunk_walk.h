// The chunks of glibc's malloc, one after the other, as their heads tell.
#ifndef PERFDOCTOR_CHUNK_WALK_H
#define PERFDOCTOR_CHUNK_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "block_index.h"

enum { PD_WALK_GOES_ON, PD_WALK_ENDED, PD_WALK_DAMAGED };

// A walk over one piece of memory. Addresses are multiples of 16, `at` is at most `end`.
struct pd_chunk_walk {
    uint64_t at;       // the chunk whose head comes next
    uint64_t end;      // where the top chunk begins, or else the memory ends
    uint64_t pending;  // size of the chunk before it, which the next head tells to be in use or free; 0 for none
    uint64_t size;     // of the damaged chunk, as its head has it
    int has_top;
    int state;
};

// Goes on as far as `words`, which were read from address `start` on, and the room for blocks allow.
//
// Whatever the words say, it stays between `at` and `end`. Returns how many blocks in use it wrote to `blocks`.
// Where it goes on, and there is room left, it needs the words from `at` on; the first two always bring it further.
size_t pd_chunk_walk(struct pd_chunk_walk *walk, const uint64_t *words, size_t count, uint64_t start,
                     struct pd_block *blocks, size_t room);

#endif
