/* Work of three kinds, and more of it by whole percents: work KIND PERCENT [SIZE]
 *
 * cpu: integer arithmetic; alloc: a tree of small blocks, built and freed; memory: walks over 32 MiB that no cache holds.
 * The extra work is a call of the same function, so that base and head are one file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t sink;

__attribute__((noinline)) static void compute(long rounds) {
    uint64_t state = sink + 1;
    for (long i = 0; i < rounds; i++) state = state * 6364136223846793005u + 1442695040888963407u;
    sink += state;
}

struct node {
    struct node *left, *right;
    char payload[40];
};

static struct node *grow(long count) {
    if (count <= 0) return NULL;
    struct node *node = malloc(sizeof *node + (size_t)(count % 5) * 16);
    if (!node) abort();
    node->payload[0] = (char)count;
    node->left = grow((count - 1) / 2);
    node->right = grow(count - 1 - (count - 1) / 2);
    return node;
}

static void fell(struct node *node) {
    if (!node) return;
    fell(node->left);
    fell(node->right);
    sink += (uint64_t)node->payload[0];
    free(node);
}

__attribute__((noinline)) static void allocate(long blocks) {
    /* Trees of a thousand, so that the extra work is any number of blocks. */
    for (; blocks > 0; blocks -= 1000) fell(grow(blocks < 1000 ? blocks : 1000));
}

__attribute__((noinline)) static void walk(uint32_t *cells, uint32_t count, long steps) {
    uint32_t at = (uint32_t)sink % count;
    for (long i = 0; i < steps; i++) at = (cells[at] + (uint32_t)i) % count;
    sink += at;
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    const char *kind = argv[1];
    long percent = atol(argv[2]);
    double size = argc > 3 ? atof(argv[3]) : 1;
    if (strcmp(kind, "cpu") == 0) {
        long rounds = (long)(300000 * size);
        for (int i = 0; i < 100; i++) compute(rounds);
        for (long i = 0; i < percent; i++) compute(rounds);
    } else if (strcmp(kind, "alloc") == 0) {
        long blocks = (long)(6000 * size);
        for (int i = 0; i < 100; i++) allocate(blocks);
        for (long i = 0; i < percent; i++) allocate(blocks);
    } else if (strcmp(kind, "memory") == 0) {
        /* Each part fills a slice of its own, page faults included, and walks over the last hundred slices. */
        const long parts = 100 + percent;
        const uint32_t slice = 84000;
        uint32_t *cells = malloc((size_t)parts * slice * sizeof *cells);
        if (!cells) return 1;
        long steps = (long)(6000 * size);
        for (long part = 0; part < parts; part++) {
            uint32_t *own = cells + part * slice;
            for (uint32_t i = 0; i < slice; i++) own[i] = (uint32_t)(part + 1) * 2654435761u + i;
            long first = part < 100 ? 0 : part - 99;
            walk(cells + first * slice, (uint32_t)(part - first + 1) * slice, steps);
        }
        free(cells);
    } else {
        return 64;
    }
    printf("%llu\n", (unsigned long long)sink);
    return 0;
}
