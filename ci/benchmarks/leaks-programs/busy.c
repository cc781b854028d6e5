// Threads that allocate, free and take signals all the time: a target that suffers from whoever stops it badly.
//
// Usage: busy THREADS. Prints "ready"; when its input is closed it checks its memory, and prints "fine" and its children.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop, broken;
static atomic_long ticks, children;

static void tick(int signal) { (void)signal; ticks++; }
static void child_ended(int signal) { (void)signal; children++; }

static void *work(void *argument) {
    unsigned seed = (unsigned)(size_t)argument;
    char *blocks[64] = {0};
    size_t sizes[64] = {0};
    while (!stop) {
        int i = rand_r(&seed) % 64;
        for (size_t at = 0; blocks[i] && at < sizes[i]; at++)
            if (blocks[i][at] != (char)i) broken = 1;
        free(blocks[i]);
        sizes[i] = (size_t)(rand_r(&seed) % 3000 + 1);
        blocks[i] = malloc(sizes[i]);
        memset(blocks[i], i, sizes[i]);
        if (i == 0) {
            struct timespec rest = {0, 100000}, left;
            // Only a signal may cut it short.
            if (nanosleep(&rest, &left) && errno != EINTR) broken = 2;
        }
    }
    for (int i = 0; i < 64; i++) free(blocks[i]);
    return NULL;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 4;
    signal(SIGALRM, tick);
    signal(SIGCHLD, child_ended);
    struct itimerval every = {{0, 2000}, {0, 2000}};
    setitimer(ITIMER_REAL, &every, NULL);
    pthread_t threads[1024];
    if (count > 1024) count = 1024;
    for (int i = 0; i < count; i++) pthread_create(&threads[i], NULL, work, (void *)(size_t)(i + 1));
    puts("ready");
    fflush(stdout);
    char byte;
    ssize_t got;
    while ((got = read(0, &byte, 1)) != 0)
        if (got < 0 && errno != EINTR) break;
    stop = 1;
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    int has_children = waitpid(-1, NULL, WNOHANG | __WALL) >= 0 || errno != ECHILD;
    if (broken || has_children || children) {
        printf("broken %d, children %d, SIGCHLD %ld\n", broken, has_children, children);
        return 1;
    }
    puts("fine");
    return 0;
}
