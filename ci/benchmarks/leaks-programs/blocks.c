// So many live blocks of 32 to 96 bytes that refer to each other, some of which leak; forks itself on request.
//
// Usage: blocks COUNT LEAKED. Prints "ready", then for each line that it reads how long a fork of it takes: "fork NS".
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct node {
    struct node *next, *other;
    long value[2];
};

static struct node **live;
static unsigned long state = 88172645463325252UL;

static unsigned long number(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static struct node *made(void) {
    struct node *node = malloc(sizeof *node + number() % 64);
    *node = (struct node){0};
    return node;
}

__attribute__((noinline)) static void leak(long pairs) {
    for (long i = 0; i < pairs; i++) {
        struct node *volatile one = made(), *volatile other = made();
        one->next = other;
        other->next = one;
    }
}

__attribute__((noinline)) static void clear(void) {
    volatile char room[16384];
    for (unsigned i = 0; i < sizeof room; i++) room[i] = 0;
}

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 100000, leaked = argc > 2 ? atol(argv[2]) : 0;
    // Live ones hang on a table and on each other.
    long heads = count / 16 + 1;
    live = calloc((size_t)heads, sizeof *live);
    for (long i = 0; i < count; i++) {
        struct node *node = made();
        long head = (long)(number() % (unsigned long)heads);
        node->next = live[head];
        node->other = live[number() % (unsigned long)heads];
        live[head] = node;
    }
    leak(leaked / 2);
    clear();
    puts("ready");
    fflush(stdout);
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        double start = now();
        pid_t child = fork();
        if (child == 0) _exit(0);
        double end = now();
        waitpid(child, NULL, 0);
        printf("fork %.0f\n", end - start);
        fflush(stdout);
    }
    return 0;
}
