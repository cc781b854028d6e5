#include "block_index.h"

#include <stdlib.h>

#include "heap_scan.h"

enum { GRANULE_BITS = 22, UNIT_BITS = 4, WORDS = 1 << (GRANULE_BITS - UNIT_BITS - 6) };

// 64 places where blocks may begin.
struct unit {
    uint64_t bits;  // where they do
    uint64_t rank;  // how many blocks began before
};

struct granule {
    struct unit *units;  // WORDS of them; NULL where one block covers all
    uint32_t only;       // that block
};

struct pd_block_index {
    const struct pd_block *blocks;
    size_t count;
    uint64_t low, high;     // addresses of blocks
    uint64_t first_number;  // of the granule at `low`
    size_t granule_count;
    uint32_t *table;        // of granules by number; 0 for one without blocks
    struct granule *granules;
    size_t used;
};

// User space of x86-64 and aarch64 with 48 bits of address.
static const uint64_t HIGHEST = UINT64_C(1) << 48;

void pd_block_index_free(struct pd_block_index *index) {
    if (!index) return;
    for (size_t i = 0; i < index->used; i++) free(index->granules[i].units);
    free(index->granules);
    free(index->table);
    free(index);
}

static struct granule *granule_added(struct pd_block_index *index, uint64_t number) {
    if (index->used % 1024 == 0) {
        struct granule *more = realloc(index->granules, (index->used + 1024) * sizeof *more);
        if (!more) return NULL;
        index->granules = more;
    }
    struct granule *added = &index->granules[index->used++];
    *added = (struct granule){0};
    index->table[number - index->first_number] = (uint32_t)index->used;
    return added;
}

// The granule with places for blocks.
static struct granule *granule_made(struct pd_block_index *index, uint64_t number) {
    uint32_t slot = index->table[number - index->first_number];
    struct granule *made = slot ? &index->granules[slot - 1] : granule_added(index, number);
    if (made && !made->units) made->units = calloc(WORDS, sizeof *made->units);
    return made && made->units ? made : NULL;
}

static uint64_t last_address(const struct pd_block *block) {
    return block->address + (block->size ? block->size - 1 : 0);
}

static int is_valid(const struct pd_block *blocks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t address = blocks[i].address, size = blocks[i].size;
        if (address & 15 || address >= HIGHEST || size >= HIGHEST - address) return 0;
        if (i + 1 < count && (blocks[i + 1].address <= address || address + size > blocks[i + 1].address)) return 0;
    }
    return 1;
}

struct pd_block_index *pd_block_index_make(const struct pd_block *blocks, size_t count) {
    if (count >= PD_NO_BLOCK - 1 || !is_valid(blocks, count)) return NULL;
    struct pd_block_index *index = calloc(1, sizeof *index);
    if (!index) return NULL;
    index->blocks = blocks;
    index->count = count;
    if (!count) return index;
    index->low = blocks[0].address;
    index->high = last_address(&blocks[count - 1]);
    index->first_number = index->low >> GRANULE_BITS;
    index->granule_count = (index->high >> GRANULE_BITS) - index->first_number + 1;
    index->table = calloc(index->granule_count, sizeof *index->table);
    if (!index->table) goto failed;
    for (size_t i = 0; i < count; i++) {
        // A block that covers several has to be found in each.
        uint64_t first = blocks[i].address >> GRANULE_BITS, last = last_address(&blocks[i]) >> GRANULE_BITS;
        struct granule *granule = granule_made(index, first);
        if (!granule) goto failed;
        uint64_t bit = (blocks[i].address & ((UINT64_C(1) << GRANULE_BITS) - 1)) >> UNIT_BITS;
        granule->units[bit >> 6].bits |= UINT64_C(1) << (bit & 63);
        for (uint64_t number = first + 1; number <= last; number++) {
            granule = granule_added(index, number);
            if (!granule) goto failed;
            granule->only = (uint32_t)i;
        }
    }
    uint64_t before = 0;
    for (size_t number = 0; number < index->granule_count; number++) {
        if (!index->table[number]) continue;
        struct unit *units = index->granules[index->table[number] - 1].units;
        for (size_t word = 0; units && word < WORDS; word++) {
            units[word].rank = before;
            before += (uint64_t)__builtin_popcountll(units[word].bits);
        }
    }
    return index;
failed:
    pd_block_index_free(index);
    return NULL;
}

static inline const struct unit *unit_of(const struct granule *granule, uint64_t address) {
    return &granule->units[(address & ((UINT64_C(1) << GRANULE_BITS) - 1)) >> (UNIT_BITS + 6)];
}

static inline const struct granule *granule_of(const struct pd_block_index *index, uint64_t address) {
    uint32_t slot = index->table[(address >> GRANULE_BITS) - index->first_number];
    return slot ? &index->granules[slot - 1] : NULL;
}

// The last block that begins at an address or before it; PD_NO_BLOCK for none.
static inline uint32_t begun(const struct granule *granule, uint64_t address) {
    if (!granule->units) return granule->only;
    const struct unit *unit = unit_of(granule, address);
    uint64_t mask = ~UINT64_C(0) >> (63 - (address >> UNIT_BITS & 63));
    uint64_t rank = unit->rank + (uint64_t)__builtin_popcountll(unit->bits & mask);
    return rank ? (uint32_t)(rank - 1) : PD_NO_BLOCK;
}

static inline int lies_in(const struct pd_block *block, uint64_t address) {
    uint64_t offset = address - block->address;
    return offset < block->size || offset == 0;
}

static inline uint32_t found(const struct pd_block_index *index, uint64_t address) {
    if (address < index->low || address > index->high) return PD_NO_BLOCK;
    const struct granule *granule = granule_of(index, address);
    uint32_t block = granule ? begun(granule, address) : PD_NO_BLOCK;
    return block != PD_NO_BLOCK && lies_in(&index->blocks[block], address) ? block : PD_NO_BLOCK;
}

uint32_t pd_block_index_find(const struct pd_block_index *index, uint64_t address) {
    return index->count ? found(index, address) : PD_NO_BLOCK;
}

// Programs at a fixed address have their heap below. Of pairs of small numbers many look like addresses there.
static const uint64_t SMALL_NUMBERS = UINT64_C(1) << 32;

// Enum cases, bridged objects and strings keep marks in the highest byte and the lowest three bits of an address; what
// else stands above the 48 bits of an address is tried without.
static inline uint32_t decoded(const struct pd_block_index *index, uint64_t word) {
    uint32_t block = found(index, word);
    if (block != PD_NO_BLOCK || word >> 48 == 0) return block;
    if (word >> 56) {
        block = found(index, word & UINT64_C(0x00fffffffffffff8));
        if (block != PD_NO_BLOCK) return block;
    }
    if (index->low < SMALL_NUMBERS) return PD_NO_BLOCK;
    return found(index, word & UINT64_C(0x0000fffffffffff8));
}

uint32_t pd_block_index_decode(const struct pd_block_index *index, uint64_t word) {
    return index->count ? decoded(index, word) : PD_NO_BLOCK;
}

enum { BATCH = 64 };

// What stands with a word: the number of its block's head, and where in the block it is.
enum { IS_FIRST = 1, IS_LAST = 2, OWNER = 4 };

// Words whose blocks are looked for side by side: memory answers to many questions in the time of one.
struct batch {
    uint64_t words[BATCH];
    uint32_t owners[BATCH];
    size_t count;
};

static inline int may_refer(const struct pd_block_index *index, uint64_t word) {
    // Small numbers are the most of what is no address.
    return word >= index->low && (word <= index->high || word >> 48);
}

// Calls for each word that refers to a block, in their order.
static inline __attribute__((always_inline)) size_t flushed(const struct pd_block_index *index, struct batch *batch,
                                                            uint32_t *targets, struct pd_block_head *heads,
                                                            uint32_t *places) {
    uint32_t blocks[BATCH];
    for (size_t i = 0; i < batch->count; i++) {
        uint64_t word = batch->words[i];
        if (word > index->high) continue;
        const struct granule *granule = granule_of(index, word);
        if (granule && granule->units) __builtin_prefetch(unit_of(granule, word));
    }
    for (size_t i = 0; i < batch->count; i++) {
        uint64_t word = batch->words[i];
        blocks[i] = PD_NO_BLOCK;
        if (word > index->high) continue;
        const struct granule *granule = granule_of(index, word);
        if (!granule) continue;
        blocks[i] = begun(granule, word);
        if (blocks[i] != PD_NO_BLOCK) __builtin_prefetch(&index->blocks[blocks[i]]);
    }
    size_t length = 0;
    for (size_t i = 0; i < batch->count; i++) {
        uint64_t word = batch->words[i];
        uint32_t block = blocks[i];
        if (word > index->high)
            block = decoded(index, word);
        else if (block != PD_NO_BLOCK && !lies_in(&index->blocks[block], word))
            block = PD_NO_BLOCK;
        if (block == PD_NO_BLOCK) continue;
        targets[length++] = block;
        if (places) places[length - 1] = batch->owners[i];
        if (!heads) continue;
        struct pd_block_head *head = &heads[batch->owners[i] / OWNER];
        head->count++;
        if (batch->owners[i] & IS_LAST) head->last_refers = 1;
        if (batch->owners[i] & IS_FIRST) {
            uint64_t size = index->blocks[block].size;
            head->target_size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
        }
    }
    batch->count = 0;
    return length;
}

static inline void add(struct batch *batch, uint64_t word, uint32_t owner) {
    batch->words[batch->count] = word;
    batch->owners[batch->count++] = owner;
}

size_t pd_block_index_edges(const struct pd_block_index *index, const uint64_t *words, size_t count, uint32_t *targets,
                            uint32_t *places) {
    if (!index->count) return 0;
    struct batch batch = {.count = 0};
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (!may_refer(index, words[i])) continue;
        add(&batch, words[i], (uint32_t)i);
        if (batch.count == BATCH)
            length += flushed(index, &batch, targets + length, NULL, places ? places + length : NULL);
    }
    return length + flushed(index, &batch, targets + length, NULL, places ? places + length : NULL);
}

enum { WIDEST_GAP = 16384 };

uint64_t pd_heap_scan_end(const struct pd_block_index *index, const struct pd_heap_scan *scan, uint64_t bytes) {
    const struct pd_block *blocks = index->blocks;
    uint64_t start = blocks[scan->block].address + scan->done * 8, end = start;
    for (uint32_t i = scan->block; i < scan->upper; i++) {
        if (blocks[i].address > end && blocks[i].address - end > WIDEST_GAP) break;
        uint64_t block_end = blocks[i].address + (blocks[i].size & ~UINT64_C(7));
        if (block_end - start >= bytes) return start + bytes;
        end = block_end;
    }
    return end;
}

size_t pd_heap_scan(const struct pd_block_index *index, struct pd_heap_scan *scan, const uint64_t *words, size_t count,
                    struct pd_block_head *heads, size_t head_room, size_t *head_count, uint32_t *targets) {
    struct batch batch = {.count = 0};
    size_t length = 0, used = 0;
    const struct pd_block *blocks = index->blocks;
    uint64_t start = blocks[scan->block].address + scan->done * 8;
    while (scan->block < scan->upper && used < head_room) {
        const struct pd_block *block = &blocks[scan->block];
        uint64_t size = block->size / 8, place = (block->address + scan->done * 8 - start) / 8;
        if (size > scan->done && place >= count) break;
        struct pd_block_head *head = &heads[used];
        *head = (struct pd_block_head){0};
        uint64_t room = size ? count - place : 0, left = size - scan->done;
        uint64_t step = left < room ? left : room;
        for (uint64_t i = 0; i < step; i++) {
            uint64_t word = words[place + i];
            int is_first = scan->done + i == 0, is_last = scan->done + i == size - 1;
            if (is_first) head->first = word;
            if (scan->done + i == 1) head->second = word;
            if (!may_refer(index, word)) continue;
            add(&batch, word, (uint32_t)(used * OWNER) | (is_first ? IS_FIRST : 0) | (is_last ? IS_LAST : 0));
            if (batch.count == BATCH) length += flushed(index, &batch, targets + length, heads, NULL);
        }
        used++;
        scan->done += step;
        if (scan->done < size) break;
        scan->block++;
        scan->done = 0;
    }
    *head_count = used;
    return length + flushed(index, &batch, targets + length, heads, NULL);
}
