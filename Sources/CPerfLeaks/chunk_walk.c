#include "chunk_walk.h"

enum { IS_PREVIOUS_IN_USE = 1, FLAGS = 7, SMALLEST = 32, FENCE = 16 };

static struct pd_block block_before(uint64_t at, uint64_t size) {
    // Its memory begins behind its head, and takes the first word of the next chunk.
    return (struct pd_block){.address = at - size + 16, .size = size - 8};
}

size_t pd_chunk_walk(struct pd_chunk_walk *walk, const uint64_t *words, size_t count, uint64_t start,
                     struct pd_block *blocks, size_t room) {
    size_t length = 0;
    uint64_t at = walk->at, pending = walk->pending;
    const uint64_t end = walk->end;
    while (length < room) {
        if (at == end && !walk->has_top) {
            if (pending) blocks[length++] = block_before(at, pending);
            pending = 0;
            walk->state = PD_WALK_ENDED;
            break;
        }
        uint64_t place = (at + 8 - start) / 8;
        if (at + 8 < start || place >= count) break;
        uint64_t head = words[place];
        if (pending && head & IS_PREVIOUS_IN_USE) blocks[length++] = block_before(at, pending);
        pending = 0;
        uint64_t size = head & ~(uint64_t)FLAGS;
        // Two small chunks in use close a piece that has no top.
        if (at == end || (size <= FENCE && !walk->has_top)) {
            walk->state = PD_WALK_ENDED;
            break;
        }
        if (size < SMALLEST || size & 15 || size > end - at) {
            walk->size = size;
            walk->state = PD_WALK_DAMAGED;
            break;
        }
        pending = size;
        at += size;
    }
    walk->at = at;
    walk->pending = pending;
    return length;
}
