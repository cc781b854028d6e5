/* From the first heap call of a process to the memory that it shares with perfdoctor, and back at its end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tracker.h"

struct pd_tracker pd_tracker;
volatile int pd_is_initialized;
__thread struct pd_thread pd_self __attribute__((tls_model("initial-exec")));

static volatile uint32_t closed_gate;
volatile uint32_t *pd_gate = &closed_gate;

static char socket_name[96]; /* without the leading zero of an abstract name */
static char preload_path[512];
static struct mallinfo2 (*allocator_state)(void); /* glibc 2.33 */
static uint32_t root_pid;
static pthread_key_t thread_key;
static int has_thread_key;
static void *caches[PD_HEAP_SLOTS];
#define CACHE_BYTES (sizeof(struct pd_cached_stack) << PD_CACHE_BITS)

uint64_t pd_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

int pd_is_own_process(void) {
    return pd_tracker.control != NULL && *pd_gate && (uint32_t)getpid() == pd_tracker.pid;
}

/* By the number of links of its directory; 0 when that is not to be had. */
static unsigned count_of_threads(void) {
    struct stat status;
    return stat("/proc/self/task", &status) == 0 && status.st_nlink > 2 ? (unsigned)status.st_nlink - 2 : 0;
}

int pd_is_root_process(void) {
    return root_pid != 0 && (uint32_t)getpid() == root_pid;
}

void pd_note_child(void) {
    if (pd_tracker.control != NULL && *pd_gate)
        __atomic_fetch_add(&pd_tracker.control->forks, 1, __ATOMIC_RELAXED);
}

void pd_stop_tracking(uint32_t reason) {
    if (!*pd_gate) return;
    static uint32_t is_stopping;
    if (__atomic_exchange_n(&is_stopping, 1, __ATOMIC_ACQ_REL) != 0) return;
    pd_self.is_busy = PD_BUSY;
    if (pd_self.session == pd_tracker.session) pd_flush(&pd_self);
    __atomic_store_n(&pd_tracker.control->stopped, reason, __ATOMIC_RELEASE);
    pd_announce(PD_HEAP_ENDING);
    pd_gate = &closed_gate;
    pd_self.is_busy = 0;
    /* perfdoctor holds the memory as well: unmapping it alone would not give it back. */
    if (reason == PD_HEAP_STOPPED_MEMORY && pd_tracker.shadow != NULL)
        madvise(pd_tracker.shadow, pd_tracker.control->shadow_bytes, MADV_REMOVE);
    /* Where other threads may be inside a hook, the mappings have to stay. */
    if (count_of_threads() != 1) return;
    pd_unmap();
}

void pd_unmap(void) {
    struct pd_heap_control *control = pd_tracker.control;
    if (control == NULL) return;
    const uint64_t arena = control->arena_bytes;
    const uint64_t shadow = control->shadow_bytes;
    if (pd_tracker.shadow != NULL) munmap(pd_tracker.shadow, shadow);
    munmap(control, arena);
    pd_tracker.shadow = NULL;
    pd_tracker.control = NULL;
    for (uint32_t slot = 0; slot < PD_HEAP_SLOTS; slot++) {
        if (caches[slot] != NULL) munmap(caches[slot], CACHE_BYTES);
        caches[slot] = NULL;
    }
}

const char *pd_environment(void) {
    return socket_name;
}

const char *pd_preload_path(void) {
    return preload_path;
}

/* MARK: the connection */

static int connected(uint32_t request) {
    const int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(socket_name);
    memcpy(address.sun_path + 1, socket_name, length);
    const struct timeval patience = {.tv_sec = 10};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const struct pd_heap_hello hello = {PD_HEAP_MAGIC, PD_HEAP_VERSION, request};
    if (connect(descriptor, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0
        || send(descriptor, &hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) {
        const int failure = -errno;
        close(descriptor);
        return failure;
    }
    return descriptor;
}

/* Receives the two descriptors of the welcome; 0 or -errno. */
static int welcomed(int descriptor, struct pd_heap_welcome *welcome, int files[2]) {
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr header;
    } control;
    struct iovec part = {welcome, sizeof *welcome};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    files[0] = files[1] = -1;
    ssize_t got;
    do {
        got = recvmsg(descriptor, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(files, CMSG_DATA(header), (count < 2 ? count : 2) * sizeof(int));
    }
    return got == (ssize_t)sizeof *welcome && welcome->magic == PD_HEAP_MAGIC && files[0] >= 0 ? 0 : -EPROTO;
}

static void *mapped(int file, uint64_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    if (memory == MAP_FAILED) return NULL;
    /* Neither in core files nor in forked children, whose blocks are not this process's. */
    madvise(memory, bytes, MADV_DONTDUMP);
    madvise(memory, bytes, MADV_DONTFORK);
    return memory;
}

/* Connects and maps; 0 or -errno. */
static int begun(uint32_t request) {
    const int descriptor = connected(request);
    if (descriptor < 0) return descriptor;
    struct pd_heap_welcome welcome;
    int files[2];
    int failure = welcomed(descriptor, &welcome, files);
    close(descriptor);
    if (failure == 0) {
        struct pd_heap_control *control = mapped(files[0], welcome.arena_bytes);
        uint64_t *shadow = NULL;
        if (control == NULL) {
            failure = -errno;
        } else if (welcome.shadow_bytes != 0) {
            shadow = files[1] >= 0 ? mapped(files[1], welcome.shadow_bytes) : NULL;
            if (shadow == NULL) {
                failure = -errno;
                munmap(control, welcome.arena_bytes);
            }
        }
        if (failure == 0) {
            char *base = (char *)control;
            pd_tracker.control = control;
            pd_tracker.shadow = shadow;
            pd_tracker.shadow_words = welcome.shadow_bytes / 8;
            pd_tracker.counts = (struct pd_heap_counts *)(base + control->counts_offset);
            pd_tracker.stacks = (struct pd_heap_stack *)(base + control->stacks_offset);
            pd_tracker.frames = (uint64_t *)(base + control->frames_offset);
            pd_tracker.table = (uint64_t *)(base + control->table_offset);
            pd_tracker.peak = (struct pd_heap_live *)(base + control->peak_offset);
            pd_tracker.pointers = (uint64_t *)(base + control->pointers_offset);
            pd_tracker.samples = (struct pd_heap_pointer *)(base + control->samples_offset);
            pd_tracker.stack_limit = control->stack_limit;
            pd_tracker.table_mask = 2 * (uint64_t)control->stack_limit - 1;
            pd_tracker.slot_count = control->slot_count;
            pd_tracker.is_sampled = control->mode == PD_HEAP_SAMPLED;
        }
    }
    for (int index = 0; index < 2; index++)
        if (files[index] >= 0) close(files[index]);
    return failure;
}

void pd_announce(enum pd_heap_state state) {
    struct pd_heap_control *control = pd_tracker.control;
    const int error = errno;
    __atomic_store_n(&control->state, state, __ATOMIC_RELEASE);
    /* A second answer to an earlier question is none to this one. */
    const uint32_t asked = __atomic_add_fetch(&control->asked, 1, __ATOMIC_ACQ_REL);
    const int descriptor = connected(PD_HEAP_DOORBELL);
    /* Nobody there any more: nobody to wait for. */
    if (descriptor >= 0 || descriptor == -EMFILE || descriptor == -ENFILE || descriptor == -EPERM) {
        const uint64_t end = pd_now() + 20000000000ull;
        uint32_t answer;
        while ((int32_t)((answer = __atomic_load_n(&control->answer, __ATOMIC_ACQUIRE)) - asked) < 0
               && pd_now() < end) {
            const struct timespec pause = {.tv_nsec = 200000000};
            syscall(SYS_futex, &control->answer, FUTEX_WAIT, answer, &pause, NULL, 0);
            /* perfdoctor's end closes its side of the doorbell. */
            char byte;
            if (descriptor >= 0 && recv(descriptor, &byte, 1, MSG_DONTWAIT) == 0) break;
        }
    }
    if (descriptor >= 0) close(descriptor);
    if (state == PD_HEAP_UNLOADING) __atomic_store_n(&control->state, PD_HEAP_ARMED, __ATOMIC_RELEASE);
    errno = error;
}

/* MARK: environment */

/* Takes our two variables out, so that the program and its children see what they would see without us. */
static void clean_environment(char **environment, int keeps) {
    char **to = environment;
    for (char **from = environment; *from != NULL; from++) {
        char *entry = *from;
        if (strncmp(entry, PD_HEAP_ENVIRONMENT "=", sizeof PD_HEAP_ENVIRONMENT) == 0) {
            if (!keeps) continue;
        } else if (strncmp(entry, "LD_PRELOAD=", 11) == 0) {
            /* Ours is the first: "path:others". */
            const char *end = strchrnul(entry + 11, ':');
            const size_t length = (size_t)(end - entry - 11);
            if (length < sizeof preload_path) memcpy(preload_path, entry + 11, length);
            if (!keeps) {
                if (*end == 0) continue;
                memmove(entry + 11, end + 1, strlen(end + 1) + 1);
            }
        }
        *to++ = entry;
    }
    *to = NULL;
}

static int read_environment(char **environment) {
    for (char **at = environment; *at != NULL; at++) {
        if (strncmp(*at, PD_HEAP_ENVIRONMENT "=", sizeof PD_HEAP_ENVIRONMENT) != 0) continue;
        const char *name = *at + sizeof PD_HEAP_ENVIRONMENT;
        if (strlen(name) >= sizeof socket_name) return 0;
        strcpy(socket_name, name);
        return 1;
    }
    return 0;
}

/* MARK: threads */

static void release_slot(struct pd_thread *thread) {
    if (!thread->is_shared) {
        uint64_t *word = &pd_tracker.control->slots[thread->slot / 64];
        __atomic_fetch_and(word, ~(1ull << thread->slot % 64), __ATOMIC_RELEASE);
    }
    thread->is_shared = 1;
    thread->slot = pd_tracker.slot_count - 1;
    thread->cache = NULL;
    thread->counts = pd_tracker.counts + (uint64_t)thread->slot * pd_tracker.stack_limit;
}

/* Destructors of other keys may still free: the slot is kept until the last round. */
static void end_thread(void *value) {
    struct pd_thread *thread = &pd_self;
    if (!*pd_gate || thread->session != pd_tracker.session) return;
    if (++thread->rounds < 4) {
        pthread_setspecific(thread_key, value);
        return;
    }
    thread->is_busy = PD_BUSY;
    pd_flush(thread);
    release_slot(thread);
    thread->is_busy = 0;
}

int pd_is_deserted(void) {
    const uint64_t heartbeat = __atomic_load_n(&pd_tracker.control->heartbeat_ns, __ATOMIC_RELAXED);
    return heartbeat != 0 && pd_now() > heartbeat + PD_HEAP_SILENCE_NS;
}

/* Gives a thread counters of its own; call with is_busy set. */
void pd_begin_thread(struct pd_thread *thread) {
    const int error = errno;
    struct pd_heap_control *control = pd_tracker.control;
    thread->session = pd_tracker.session;
    thread->slot = pd_tracker.slot_count - 1;
    thread->is_shared = 1;
    thread->cache = NULL;
    thread->last = NULL;
    thread->pending_bytes = 0;
    thread->pending_count = 0;
    thread->rounds = 0;
    for (uint32_t word = 0; word < PD_HEAP_SLOTS / 64 && thread->is_shared; word++) {
        uint64_t used = __atomic_load_n(&control->slots[word], __ATOMIC_RELAXED);
        while (~used != 0) {
            const uint32_t slot = word * 64 + (uint32_t)__builtin_ctzll(~used);
            if (slot >= pd_tracker.slot_count - 1) break;
            if (__atomic_compare_exchange_n(&control->slots[word], &used, used | 1ull << slot % 64, 0,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
                thread->slot = slot;
                thread->is_shared = 0;
                break;
            }
        }
    }
    if (thread->is_shared) {
        __atomic_fetch_add(&control->shared_threads, 1, __ATOMIC_RELAXED);
    } else {
        if (caches[thread->slot] == NULL) {
            void *cache =
                mmap(NULL, CACHE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (cache != MAP_FAILED) caches[thread->slot] = cache;
        }
        thread->cache = caches[thread->slot];
        uint32_t used = __atomic_load_n(&control->slots_used, __ATOMIC_RELAXED);
        while (used <= thread->slot
               && !__atomic_compare_exchange_n(&control->slots_used, &used, thread->slot + 1, 0, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED)) {
        }
    }
    thread->counts = pd_tracker.counts + (uint64_t)thread->slot * pd_tracker.stack_limit;
    const uint8_t busy = thread->is_busy;
    thread->is_busy = PD_CALLING;
    if (!thread->has_bounds) pd_find_bounds(thread);
    if (has_thread_key) pthread_setspecific(thread_key, &pd_self);
    thread->is_busy = busy;
    pd_restart_sampling(thread);
    errno = error;
}

/* MARK: beginning and end */

static volatile uint32_t *gate_page;

static void open_gate(void) {
    if (gate_page == NULL) {
        volatile uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED || madvise((void *)page, 4096, MADV_WIPEONFORK) != 0) {
            pd_tracker.control->failure = PD_HEAP_FAILURE_MAP;
            pd_tracker.control->failure_errno = (uint32_t)errno;
            return;
        }
        gate_page = page;
    }
#ifndef __x86_64__
    /* Other threads run already: they see all that was written before, which x86 orders by itself. */
    if (pd_is_running) syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
#endif
    *gate_page = PD_GATE_OPEN;
    pd_gate = gate_page;
}

void pd_close_gate(void) {
    pd_gate = &closed_gate;
    if (gate_page != NULL) *gate_page = PD_GATE_CLOSED;
    if (has_thread_key) pthread_key_delete(thread_key);
    has_thread_key = 0;
}

static void announce_end(void) {
    if (pd_is_own_process() && pd_tracker.control->state == PD_HEAP_ARMED) pd_announce(PD_HEAP_ENDING);
}

static int connect_and_arm(void) {
    int failure = begun(PD_HEAP_BEGIN);
    if (failure == -ENOMEM || failure == -EOVERFLOW) failure = begun(PD_HEAP_BEGIN_SMALL);
    if (failure != 0) return failure;
    struct pd_heap_control *control = pd_tracker.control;
    pd_tracker.pid = (uint32_t)getpid();
    root_pid = pd_tracker.pid;
    pd_tracker.session++;
    pd_tracker.seed = 0x243F6A8885A308D3ull ^ (uint64_t)pd_tracker.session * 0xC2B2AE3D27D4EB4Full;
    pd_tracker.flush_bytes = 256;
    control->pid = getpid();
    control->has_libunwind = pd_tracker.backtrace != NULL;
    if (!pd_find_allocator()) {
        control->failure = PD_HEAP_FAILURE_OWN_MALLOC;
    } else {
        open_gate();
    }
    __atomic_store_n(&control->state, PD_HEAP_ARMED, __ATOMIC_RELEASE);
    return 0;
}

/* The child of a fork: its gate is closed already, and the memory of its parent is not mapped. */
static void forked(void) {
    pd_resume_unwinding();
    if (pd_tracker.control == NULL) return;
    const int follows = pd_is_initialized == 2;
    memset(&pd_tracker.control, 0, sizeof pd_tracker.control);
    pd_gate = &closed_gate;
    memset(&pd_self, 0, sizeof pd_self);
    memset(pd_filter, 0, sizeof pd_filter);
    if (follows) {
        pd_self.is_busy = PD_CALLING;
        connect_and_arm();
        pd_self.is_busy = 0;
    }
}

/* Counted by the parent, which knows that it is tracked. */
static void about_to_fork(void) {
    if (!*pd_gate) return;
    __atomic_fetch_add(&pd_tracker.control->forks, 1, __ATOMIC_RELAXED);
    pd_pause_unwinding();
}

/* Before the hooks are armed: what it allocates is not the program's. */
static void find_libraries(void) {
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    if (library != NULL) pd_tracker.backtrace = (int (*)(void **, int))dlsym(library, "unw_backtrace");
    allocator_state = (struct mallinfo2(*)(void))dlsym(RTLD_NEXT, "mallinfo2");
    pd_find_libc();
}

/* Of threads, of the process, and of its being one. */
static void prepare_for_ends(void) {
    static int is_prepared;
    if (!has_thread_key) has_thread_key = pthread_key_create(&thread_key, end_thread) == 0;
    if (is_prepared) return;
    is_prepared = 1;
    pthread_atfork(about_to_fork, pd_resume_unwinding, forked);
    at_quick_exit(announce_end);
}

void pd_initialize(void) {
    extern char **environ;
    char **environment = environ;
    if (pd_is_initialized || environment == NULL) return;
    pd_is_initialized = 1;
    const int error = errno;
    pd_self.is_busy = PD_CALLING;
    pd_find_functions();
    if (!read_environment(environment)) {
        pd_self.is_busy = 0;
        errno = error;
        return;
    }
    find_libraries();
    connect_and_arm();
    const int follows = pd_tracker.control != NULL && pd_tracker.control->follows_children;
    clean_environment(environment, follows);
    if (follows) pd_is_initialized = 2;
    if (pd_tracker.control != NULL) prepare_for_ends();
    pd_self.is_busy = 0;
    errno = error;
}

long pd_attach(const char *socket) {
    const size_t length = strlen(socket);
    if (length >= sizeof socket_name) return -ENAMETOOLONG;
    memcpy(socket_name, socket, length + 1);
    if (pd_tracker.libc_end == 0) find_libraries();
    memset(pd_filter, 0, sizeof pd_filter);
    const int failure = connect_and_arm();
    if (failure == 0) prepare_for_ends();
    return failure;
}

/* For programs without a heap call. Not before the C library has begun (-z initfirst): loading another library then
 * would begin it without its environment. */
__attribute__((constructor)) static void begin(void) {
    pd_initialize();
}

/* What later destructors free counts as live at the end. Only here is the allocator asked, which takes its locks: a
 * signal handler that calls _exit may hold them. */
__attribute__((destructor)) static void end(void) {
    if (pd_is_own_process() && allocator_state != NULL && pd_tracker.control->allocator[0] == 0) {
        const struct mallinfo2 info = allocator_state();
        pd_tracker.control->allocator_bytes = info.arena + info.hblkhd;
        pd_tracker.control->allocator_free = info.fordblks;
        pd_tracker.control->allocator_top = info.keepcost;
    }
    announce_end();
}

PD_EXPORT void _exit(int status) {
    announce_end();
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

PD_EXPORT void _Exit(int status) {
    _exit(status);
}
