// Loads with known answers for ci/benchmarks/diagnose: load KIND NUMBER...
//
// Each says on standard output that it has begun. Whoever starts it ends it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long numbers[8];
static const char *path;
static volatile uint64_t sink;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static char *memory;

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void rest(long microseconds) {
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

static void compute(long microseconds) {
    uint64_t end = now() + (uint64_t)microseconds * 1000;
    uint64_t value = 1;
    do {
        for (int i = 0; i < 1000; i++) value = value * 6364136223846793005u + 1442695040888963407u;
    } while (now() < end);
    sink = value;
}

static uint64_t random_number(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void begun(void) {
    printf("begun\n");
    fflush(stdout);
}

static void threads(long count, void *(*work)(void *)) {
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, (void *)(i + 1)) != 0) fail("pthread_create");
    }
    begun();
    for (;;) pause();
}

// spin THREADS
static void *spinning(void *argument) {
    for (;;) compute(1000000);
    return argument;
}

// duty BUSY_MICROSECONDS IDLE_MICROSECONDS THREADS
static void *on_and_off(void *argument) {
    rest((long)argument * 7000);
    for (;;) {
        compute(numbers[0]);
        rest(numbers[1]);
    }
    return argument;
}

// lock THREADS HELD_MICROSECONDS FREE_MICROSECONDS SLEEPS: computes, or sleeps, with the lock held.
static void *locking(void *argument) {
    for (;;) {
        pthread_mutex_lock(&mutex);
        if (numbers[3]) rest(numbers[1]);
        else compute(numbers[1]);
        pthread_mutex_unlock(&mutex);
        if (numbers[2]) compute(numbers[2]);
    }
    return argument;
}

// pool THREADS ITEMS_PER_SECOND: workers wait at a condition variable, and are given little to do.
static long queued;
static void *worker(void *argument) {
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (queued == 0) pthread_cond_wait(&condition, &mutex);
        queued--;
        pthread_mutex_unlock(&mutex);
        compute(200);
    }
    return argument;
}
static void *producer(void *argument) {
    for (;;) {
        rest(1000000 / numbers[1]);
        pthread_mutex_lock(&mutex);
        queued++;
        pthread_cond_signal(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

// touch MEBIBYTES: one page after the other, for ever.
static void touch(void) {
    size_t size = (size_t)numbers[0] << 20;
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    madvise(memory, size, MADV_NOHUGEPAGE);
    begun();
    for (uint8_t round = 1;; round++) {
        for (size_t at = 0; at < size; at += 4096) memory[at] = (char)(round + at / 4096);
    }
}

// hold MEBIBYTES: writes it once, and looks at a little of it now and then.
static void hold(void) {
    size_t size = (size_t)numbers[0] << 20;
    memory = malloc(size);
    if (!memory) fail("malloc");
    memset(memory, 1, size);
    begun();
    for (uint64_t state = 88172645463325252u;;) {
        for (int i = 0; i < 100; i++) sink += (uint64_t)memory[random_number(&state) % size];
        rest(20000);
    }
}

// mapped FILE THREADS: reads pages of a mapped file at random.
static size_t file_size;
static void *faulting(void *argument) {
    uint64_t state = 88172645463325252u + (uint64_t)argument;
    for (;;) sink += (uint64_t)memory[random_number(&state) % file_size];
    return argument;
}
static void mapped(void) {
    int file = open(path, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) fail(path);
    file_size = (size_t)status.st_size;
    memory = mmap(NULL, file_size, PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) fail("mmap");
    madvise(memory, file_size, MADV_RANDOM);
    threads(numbers[0], faulting);
}

// direct FILE THREADS REST_MICROSECONDS: reads 4 KiB at random places, past the page cache.
static void *reading(void *argument) {
    uint64_t state = 88172645463325252u + (uint64_t)argument;
    int file = open(path, O_RDONLY | O_DIRECT);
    void *block;
    if (file < 0 || posix_memalign(&block, 4096, 4096) != 0) fail(path);
    off_t blocks = lseek(file, 0, SEEK_END) / 4096;
    for (;;) {
        if (pread(file, block, 4096, (off_t)(random_number(&state) % (uint64_t)blocks) * 4096) != 4096) fail("pread");
        if (numbers[1]) rest(numbers[1]);
    }
    return argument;
}

// synced FILE REST_MICROSECONDS: writes 4 KiB and waits until it is on the disk.
static void synced(void) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    static char block[4096];
    if (file < 0) fail(path);
    begun();
    for (long i = 0;; i = (i + 1) % 1024) {
        if (pwrite(file, block, sizeof block, i * 4096) != sizeof block || fdatasync(file) != 0) fail("pwrite");
        if (numbers[0]) rest(numbers[0]);
    }
}

// buffered FILE KIBIBYTES_PER_SECOND: writes without waiting, and begins anew at 64 MiB.
static void buffered(void) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    static char block[65536];
    if (file < 0) fail(path);
    begun();
    for (long i = 0;; i = (i + 1) % 1024) {
        if (pwrite(file, block, sizeof block, i * (long)sizeof block) != sizeof block) fail("pwrite");
        rest(64 * 1000000 / numbers[0]);
    }
}

// killed MEBIBYTES REST_MICROSECONDS: starts children that grow until they are killed.
static void killed(void) {
    begun();
    for (;;) {
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (long i = 0; i < numbers[0]; i++) {
                char *block = malloc(1 << 20);
                if (block) memset(block, 1, 1 << 20);
                rest(1000);
            }
            _exit(0);
        }
        if (child < 0) fail("fork");
        waitpid(child, NULL, 0);
        rest(numbers[1]);
    }
}

// sleepers COUNT: processes that wake once a second.
static void sleepers(void) {
    for (long i = 1; i < numbers[0]; i++) {
        pid_t child = fork();
        if (child < 0) fail("fork");
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) rest(1000000);
        }
    }
    begun();
    for (;;) rest(1000000);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char *kind = argv[1];
    int first = 2;
    if (argv[first][0] == '/') path = argv[first++];
    for (int i = 0; i < 8 && first + i < argc; i++) numbers[i] = atol(argv[first + i]);
    if (!strcmp(kind, "spin")) threads(numbers[0], spinning);
    if (!strcmp(kind, "duty")) threads(numbers[2], on_and_off);
    if (!strcmp(kind, "lock")) threads(numbers[0], locking);
    if (!strcmp(kind, "pool")) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, producer, NULL) != 0) fail("pthread_create");
        threads(numbers[0], worker);
    }
    if (!strcmp(kind, "touch")) touch();
    if (!strcmp(kind, "hold")) hold();
    if (!strcmp(kind, "mapped")) mapped();
    if (!strcmp(kind, "direct")) threads(numbers[0], reading);
    if (!strcmp(kind, "synced")) synced();
    if (!strcmp(kind, "buffered")) buffered();
    if (!strcmp(kind, "killed")) killed();
    if (!strcmp(kind, "sleepers")) sleepers();
    return 2;
}
