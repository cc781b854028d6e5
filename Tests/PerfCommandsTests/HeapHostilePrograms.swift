/// Sources of the programs, in C.
extension HeapLiveTests.Hostile {
    /// A library of two functions with as much on the stack as ROOM says.
    static let plugin = """
        #include <stdlib.h>
        static char *volatile kept;
        __attribute__((noinline)) void NAME_block(void) {
            volatile char room[ROOM];
            room[0] = 1;
            kept = malloc(40);
            room[1] = 2;
        }
        __attribute__((noinline)) void NAME_run(int count) {
            volatile char room[ROOM + 32];
            for (room[1] = 0; count > 0; count--) NAME_block();
            room[0] = 2;
        }
        """

    /// Opens, uses and closes two libraries by turns.
    static let host = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <link.h>
        #include <stdio.h>
        #include <stdlib.h>
        __attribute__((noinline)) static void *use(const char *path, const char *name, int count) {
            void *library = dlopen(path, RTLD_NOW);
            if (library == NULL) exit(9);
            ((void (*)(int))dlsym(library, name))(count);
            struct link_map *map;
            dlinfo(library, RTLD_DI_LINKMAP, &map);
            void *start = (void *)map->l_addr;
            dlclose(library);
            return start;
        }
        int main(int argc, char **argv) {
            int shared = 0;
            for (int round = 0; round < 50 && argc > 2; round++) {
                void *first = use(argv[1], "alpha_run", 10);
                shared += first == use(argv[2], "beta_run", 20);
            }
            printf("shared address %d\\n", shared);
            return 0;
        }
        """

    /// Keeps 10,000 blocks of 8 bytes and frees as many of 3, by turns.
    static let small = """
        #include <stdlib.h>
        static char *volatile kept[10000];
        __attribute__((noinline)) static char *small_block(int way, size_t size) {
            char *volatile block = way == 0 ? malloc(size) : way == 1 ? calloc(1, size) : realloc(NULL, size);
            *block = 1;
            return block;
        }
        int main(void) {
            static char *volatile freed[10000];
            for (int i = 0; i < 10000; i++) {
                kept[i] = small_block(i % 3, 8);
                freed[i] = small_block(i % 3, 3);
            }
            for (int i = 0; i < 10000; i++) free(freed[i]);
            return 0;
        }
        """

    /// More threads at a time than have counters of their own.
    static let crowd = """
        #include <pthread.h>
        #include <stdlib.h>
        #define THREADS 1000
        static pthread_barrier_t barrier;
        __attribute__((noinline)) static char *crowd_block(void) {
            char *volatile block = malloc(72);
            *block = 1;
            return block;
        }
        __attribute__((noinline)) static char *passed_block(void) {
            char *volatile block = malloc(16);
            *block = 1;
            return block;
        }
        static void *member(void *unused) {
            char *kept = crowd_block();
            pthread_barrier_wait(&barrier);
            for (int i = 0; i < 500; i++) free(crowd_block());
            pthread_barrier_wait(&barrier);
            free(kept);
            return passed_block();
        }
        int main(void) {
            static pthread_t threads[THREADS];
            pthread_attr_t attributes;
            pthread_attr_init(&attributes);
            pthread_attr_setstacksize(&attributes, 1 << 16);
            pthread_barrier_init(&barrier, 0, THREADS);
            for (int i = 0; i < THREADS; i++)
                if (pthread_create(&threads[i], &attributes, member, 0) != 0) return 9;
            for (int i = 0; i < THREADS; i++) {
                void *result;
                pthread_join(threads[i], &result);
                free(result);
            }
            return 0;
        }
        """

    /// dies PHASE WAY.
    static let dies = """
        #define _GNU_SOURCE
        #include <pthread.h>
        #include <signal.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/resource.h>
        #include <unistd.h>
        static char *volatile kept;
        static const char *phase = "", *way = "";
        static volatile int started;
        __attribute__((noinline)) static void early_blocks(void) {
            for (int i = 0; i < 1000; i++) kept = malloc(48);
        }
        __attribute__((noinline)) static void main_blocks(void) {
            for (int i = 0; i < 1000; i++) kept = malloc(56);
        }
        static void die(const char *here) {
            if (strcmp(phase, here) != 0) return;
            const struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            if (strcmp(way, "kill") == 0) kill(getpid(), SIGKILL);
            if (strcmp(way, "segv") == 0) *(volatile int *)8 = 1;
            if (strcmp(way, "abort") == 0) abort();
            if (strcmp(way, "_exit") == 0) _exit(7);
            for (;;) pause();
        }
        __attribute__((constructor(101))) static void early(int argc, char **argv) {
            if (argc > 2) { phase = argv[1]; way = argv[2]; }
            early_blocks();
            die("constructor");
        }
        static void at_end(void) { early_blocks(); die("atexit"); }
        __attribute__((destructor)) static void last(void) { early_blocks(); die("destructor"); }
        static void of_thread(void *value) { free(value); early_blocks(); die("thread"); }
        static void *churn(void *unused) {
            started++;
            for (;;) { char *volatile block = malloc(100); free(block); }
            return unused;
        }
        static pthread_key_t key;
        static void *worker(void *unused) {
            pthread_setspecific(key, malloc(10));
            main_blocks();
            return unused;
        }
        int main(void) {
            pthread_t thread;
            main_blocks();
            die("main");
            atexit(at_end);
            if (strcmp(phase, "amid") == 0) {
                for (int i = 0; i < 4; i++) pthread_create(&thread, 0, churn, 0);
                while (started == 0) usleep(1000);
                usleep(5000);
                die("amid");
            }
            if (strcmp(phase, "thread") == 0) {
                pthread_key_create(&key, of_thread);
                pthread_create(&thread, 0, worker, 0);
                pthread_join(thread, 0);
            }
            return 0;
        }
        """

    /// fill MEBIBYTES SIZE: blocks of that size, all alive at once.
    static let fill = """
        #include <stdlib.h>
        #include <string.h>
        __attribute__((noinline)) static char *fill_block(size_t size) {
            char *volatile block = malloc(size);
            memset(block, 1, size);
            return block;
        }
        int main(int argc, char **argv) {
            if (argc < 3) return 64;
            const size_t size = (size_t)atol(argv[2]), count = ((size_t)atol(argv[1]) << 20) / size;
            char **all = malloc(count * sizeof *all);
            for (size_t i = 0; i < count; i++) all[i] = fill_block(size);
            for (size_t i = 0; i < count; i++) free(all[i]);
            free(all);
            return 0;
        }
        """
}
