/// Sources of the programs that the tracker comes into, in C.
extension HeapAttachTests {
    /// Busy in the allocator on several threads until it is told to end (SIGTERM), in one of several ways; it says `ok`
    /// and exits with 0 unless something went wrong.
    ///
    /// The first argument is the way, the second the count of threads.
    static let busy = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/epoll.h>
        #include <sys/time.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static volatile int stop, failed;
        static volatile long ticks;
        static int ends[2];

        static void told(int signal) {
            (void)signal;
            stop = 1;
            (void)!write(ends[1], "x", 1);
        }

        static void tick(int signal) {
            (void)signal;
            ticks++;
        }

        // Every block says where it came from, and is asked when it goes.
        __attribute__((noinline)) static void *churn(void *argument) {
            unsigned random = (unsigned)(size_t)argument * 2654435761u;
            unsigned *blocks[256] = {0};
            while (!stop) {
                random = random * 1664525u + 1013904223u;
                const unsigned place = random >> 24;
                if (blocks[place] && *blocks[place] != place) failed = 1;
                if (random & 0x10000) blocks[place] = realloc(blocks[place], 16 + (random >> 17) % 3000);
                else free(blocks[place]), blocks[place] = malloc(16 + (random >> 17) % 3000);
                if (!blocks[place]) failed = 2;
                *blocks[place] = place;
            }
            for (int i = 0; i < 256; i++) free(blocks[i]);
            return NULL;
        }

        static void *brief(void *argument) {
            void *block = malloc(1000 + (size_t)argument);
            memset(block, 1, 1000);
            free(block);
            return NULL;
        }

        // Threads that begin and end all the time.
        static void *threads(void *argument) {
            for (size_t i = 0; !stop; i++) {
                pthread_t thread;
                if (pthread_create(&thread, NULL, brief, (void *)(i % 1000)) != 0) failed = 3;
                else pthread_join(thread, NULL);
            }
            return argument;
        }

        static void *forks(void *argument) {
            while (!stop) {
                int status = 0;
                const pid_t child = fork();
                if (child == 0) {
                    free(malloc(100));
                    _exit(7);
                }
                if (child < 0 || waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7) failed = 4;
                free(malloc(200));
            }
            return argument;
        }

        static void *libraries(void *argument) {
            while (!stop) {
                void *library = dlopen("libm.so.6", RTLD_NOW);
                if (library == NULL || dlsym(library, "cos") == NULL) failed = 5;
                else dlclose(library);
                free(malloc(300));
            }
            return argument;
        }

        int main(int argc, char **argv) {
            const char *way = argc > 1 ? argv[1] : "churn";
            const int count = argc > 2 ? atoi(argv[2]) : 2;
            if (pipe(ends) != 0) return 1;
            signal(SIGTERM, told);
            if (strcmp(way, "timer") == 0) {
                struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
                sigaction(SIGPROF, &action, NULL);
                struct itimerval every = {{0, 1000}, {0, 1000}};
                setitimer(ITIMER_PROF, &every, NULL);
            }
            pthread_t workers[64];
            for (long i = 0; i < count; i++) {
                void *(*body)(void *) = churn;
                if (i == 0 && strcmp(way, "threads") == 0) body = threads;
                if (i == 0 && strcmp(way, "forks") == 0) body = forks;
                if (i == 0 && strcmp(way, "libraries") == 0) body = libraries;
                if (pthread_create(&workers[i], NULL, body, (void *)(i + 1)) != 0) return 2;
            }
            puts("ready busy");
            fflush(stdout);
            if (strcmp(way, "epoll") == 0) {
                // As many programs do: whatever is no event ends it.
                const int queue = epoll_create1(0);
                struct epoll_event event = {.events = EPOLLIN};
                epoll_ctl(queue, EPOLL_CTL_ADD, ends[0], &event);
                const int got = epoll_wait(queue, &event, 1, -1);
                if (got != 1 && !stop) {
                    printf("epoll_wait: %d, errno %d\\n", got, errno);
                    return 9;
                }
            } else if (count == 0) {
                churn(argv);
            }
            while (!stop) usleep(1000);
            for (int i = 0; i < count; i++) pthread_join(workers[i], NULL);
            if (strcmp(way, "timer") == 0 && ticks == 0) failed = 6;
            printf("%s %d\\n", failed ? "failed" : "ok", failed);
            return failed;
        }
        """

    /// Waits for a byte, and allocates then; entries of its own table are the same before and after.
    static let counted = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/wait.h>
        #include <unistd.h>

        __attribute__((noinline)) static void own_block(void *(*volatile function)(size_t), int count) {
            static void *volatile kept;
            for (int i = 0; i < count; i++) kept = function ? function(500) : malloc(500);
            (void)kept;
        }

        static void *(*library_blocks)(int);

        int main(int argc, char **argv) {
            // Read through the table of addresses, which the tracker changes meanwhile.
            void *(*volatile before)(size_t) = malloc;
            char command;
            puts("ready counted");
            fflush(stdout);
            while (read(0, &command, 1) == 1 && command != 'q') {
                if (command == 'a') own_block(NULL, 1000);
                if (command == 'f') {
                    const pid_t child = fork();
                    if (child == 0) {
                        own_block(NULL, 100);
                        _exit(7);
                    }
                    int status = 0;
                    waitpid(child, &status, 0);
                    if (WEXITSTATUS(status) != 7) return 2;
                }
                if (command == 'l') {
                    void *library = dlopen(argv[1], RTLD_NOW);
                    if (!library) return 3;
                    library_blocks = (void *(*)(int))dlsym(library, "library_blocks");
                    own_block(NULL, 1);
                    library_blocks(2000);
                }
                if (command == 'e') execl("/bin/echo", "echo", "executed", (char *)NULL);
                printf("did %c\\n", command);
                fflush(stdout);
            }
            void *(*volatile after)(size_t) = malloc;
            printf("%s\\n", before == after ? "restored" : "changed");
            return before == after ? 5 : 6;
        }
        """

    static let library = """
        #include <stdlib.h>
        void *library_blocks(int count) {
            static void *volatile kept;
            for (int i = 0; i < count; i++) kept = malloc(2000);
            return kept;
        }
        """
}
