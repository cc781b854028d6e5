// Relaxes a grid, sorts keys and looks them up: `mesh ROUNDS`. With SLOWER, one sweep in four is done twice.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { side = 256, count = 20000, slots = 65536, sweeps = 36 };
static double grid[side][side], next[side][side];
static uint64_t keys[count], sorted[count], table[slots];

__attribute__((noinline)) static void relax(void) {
    for (int y = 1; y < side - 1; y++)
        for (int x = 1; x < side - 1; x++)
            next[y][x] = 0.25 * (grid[y - 1][x] + grid[y + 1][x] + grid[y][x - 1] + grid[y][x + 1]);
    for (int y = 1; y < side - 1; y++)
        for (int x = 1; x < side - 1; x++) grid[y][x] = next[y][x] + 1e-9 * (x ^ y);
}

__attribute__((noinline)) static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

__attribute__((noinline)) static void sort(void) {
    for (int i = 0; i < count; i++) sorted[i] = keys[i];
    qsort(sorted, count, sizeof *sorted, compare);
}

__attribute__((noinline)) static uint64_t look_up(void) {
    uint64_t found = 0;
    for (int i = 0; i < slots; i++) table[i] = 0;
    for (int i = 0; i < count; i++) {
        uint64_t slot = sorted[i] * 0x9E3779B97F4A7C15u >> 48;
        while (table[slot]) slot = (slot + 1) % slots;
        table[slot] = sorted[i] + 1;
    }
    for (int i = 0; i < 3 * count; i++) {
        uint64_t slot = (keys[i % count] + (uint64_t)(i / count)) * 0x9E3779B97F4A7C15u >> 48;
        while (table[slot] && table[slot] != keys[i % count] + 1) slot = (slot + 1) % slots;
        found += table[slot];
    }
    return found;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 10;
    uint64_t state = 1, result = 0;
    for (int i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        keys[i] = state >> 20;
    }
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) grid[y][x] = (x * 31 + y * 17) % 101;
    for (int round = 0; round < rounds; round++) {
        for (int sweep = 0; sweep < sweeps; sweep++) {
            relax();
#ifdef SLOWER
            if (sweep % 4 == 0) relax();
#endif
        }
        sort();
        result += look_up();
    }
    printf("%llu %g\n", (unsigned long long)result, grid[side / 2][side / 2]);
    return 0;
}
