/* Where the stack of a thread begins and ends. pthread_getattr_np would tell, but it holds the thread's lock while it
 * allocates: a hook that calls it again waits for itself. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracker.h"

/* The query of /proc/self/maps for one address, Linux 6.11; older headers do not have it. */
struct map_query {
    uint64_t size;
    uint64_t query_flags;
    uint64_t query_addr;
    uint64_t vma_start;
    uint64_t vma_end;
    uint64_t vma_flags;
    uint64_t vma_page_size;
    uint64_t vma_offset;
    uint64_t inode;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t vma_name_size;
    uint32_t build_id_size;
    uint64_t vma_name_addr;
    uint64_t build_id_addr;
};
#define MAP_QUERY _IOWR('f', 17, struct map_query)

static int digit(char character) {
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    return -1;
}

struct mapping {
    uint64_t start; /* 0: none */
    int protection; /* PROT_* */
};

/* Reads the lines "start-end rwxp ..." until one holds the address. */
static struct mapping searched(int file, uint64_t address) {
    char buffer[1024];
    uint64_t bounds[2] = {0, 0};
    int field = 0; /* 0: start, 1: end, 2: the rest of the line, 3: that of the line that was looked for */
    int letter = 0;
    struct mapping found = {0, 0};
    ssize_t count;
    while ((count = read(file, buffer, sizeof buffer)) > 0) {
        for (ssize_t index = 0; index < count; index++) {
            const char character = buffer[index];
            const int value = digit(character);
            if (field == 3) {
                const int bits[] = {PROT_READ, PROT_WRITE, PROT_EXEC};
                if (character != '-') found.protection |= bits[letter];
                if (++letter == 3) return found;
                continue;
            }
            if (field < 2 && value >= 0) {
                bounds[field] = bounds[field] << 4 | (uint64_t)value;
            } else if (field < 2) {
                field++;
                if (field == 2 && address >= bounds[0] && address < bounds[1]) {
                    found.start = bounds[0];
                    field = 3;
                    continue;
                }
            }
            if (character == '\n') {
                field = 0;
                bounds[0] = bounds[1] = 0;
            }
        }
    }
    return (struct mapping){0, 0};
}

static struct mapping mapping_at(uint64_t address) {
    struct mapping found = {0, 0};
    const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) return found;
    struct map_query query;
    memset(&query, 0, sizeof query);
    query.size = sizeof query;
    query.query_addr = address;
    if (ioctl(file, MAP_QUERY, &query) == 0) {
        found.start = query.vma_start;
        /* The flags' bits are those of PROT_READ, PROT_WRITE and PROT_EXEC. */
        found.protection = (int)(query.vma_flags & 7);
    } else {
        found = searched(file, address);
    }
    close(file);
    return found;
}

int pd_protection(uint64_t address) {
    const struct mapping mapping = mapping_at(address);
    return mapping.start != 0 ? mapping.protection : -1;
}

void pd_find_bounds(struct pd_thread *thread) {
    thread->has_bounds = 1;
    if ((pid_t)syscall(SYS_gettid) == getpid()) {
        struct rlimit limit;
        uint64_t bytes = 1ull << 27;
        if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur > bytes)
            bytes = limit.rlim_cur < 1ull << 40 ? limit.rlim_cur : 1ull << 40;
        /* The kernel puts these bytes above the first frame. */
        thread->stack_high = getauxval(AT_RANDOM) & ~7ull;
        thread->stack_low = thread->stack_high > bytes ? thread->stack_high - bytes : 0;
        return;
    }
    /* The C library keeps what it knows of a thread at the upper end of its stack, whoever gave that memory. */
    const uint64_t high = (uint64_t)__builtin_thread_pointer() & ~7ull;
    const uint64_t low = mapping_at(high - 1).start;
    thread->stack_high = low != 0 ? high : 0;
    thread->stack_low = low;
}
