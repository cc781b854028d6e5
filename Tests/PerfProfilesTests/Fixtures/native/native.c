/* Recorded by gperftools' profiler; see README.md. */
#include <stdint.h>
#include <stdio.h>

static volatile uint64_t sink;

static inline void mix(uint64_t round) { sink ^= round * 0x9E3779B97F4A7C15u; }

static void __attribute__((noinline)) work(uint64_t rounds) {
    for (uint64_t round = 0; round < rounds; round++) mix(round);
}

int main(void) {
    work(700u * 1000 * 1000);
    printf("%llu\n", (unsigned long long)sink);
    return 0;
}
