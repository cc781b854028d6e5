// Which block of a heap an address lies in, for tens of millions of blocks and words.
//
// A bit for each 16 bytes of heap says whether a block begins there, and a count for each 64 bits how many began before:
// a look takes the same few memory accesses however many blocks there are.
#ifndef PERFDOCTOR_BLOCK_INDEX_H
#define PERFDOCTOR_BLOCK_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum { PD_NO_BLOCK = 0xffffffff };

struct pd_block {
    uint64_t address;
    uint64_t size;
};

struct pd_block_index;

// The array has to live as long as the index. Addresses rise, blocks do not overlap.
// NULL for more than 2^32 - 2 blocks, blocks out of order or at no multiple of 16, or for want of memory.
struct pd_block_index *pd_block_index_make(const struct pd_block *blocks, size_t count);
void pd_block_index_free(struct pd_block_index *index);

// The block in which an address lies, at its end excluded; PD_NO_BLOCK for none.
// A block of no bytes has its first address.
uint32_t pd_block_index_find(const struct pd_block_index *index, uint64_t address);

// The block that a word of memory refers to, whatever Swift keeps in bits that addresses do not use.
uint32_t pd_block_index_decode(const struct pd_block_index *index, uint64_t word);

// The blocks that words refer to, in their order; of one that refers to none nothing is told.
// `targets` and `places` (indices of words; may be NULL) have room for `count`. Returns how many were found.
size_t pd_block_index_edges(const struct pd_block_index *index, const uint64_t *words, size_t count, uint32_t *targets,
                            uint32_t *places);

#endif
