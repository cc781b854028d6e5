#include "bpf_shim.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t address(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

static int bpf(int command, union bpf_attr *attr) {
    long result = syscall(SYS_bpf, command, attr, sizeof *attr);
    return result < 0 ? -errno : (int)result;
}

int pd_bpf_map_create(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t entries) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_type = type;
    attr.key_size = key_size;
    attr.value_size = value_size;
    attr.max_entries = entries;
    return bpf(BPF_MAP_CREATE, &attr);
}

static int on_element(int command, int map, const void *key, const void *value, uint64_t flags) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_fd = (uint32_t)map;
    attr.key = address(key);
    attr.value = address(value);
    attr.flags = flags;
    return bpf(command, &attr);
}

int pd_bpf_map_update(int map, const void *key, const void *value, uint64_t flags) {
    return on_element(BPF_MAP_UPDATE_ELEM, map, key, value, flags);
}

int pd_bpf_map_lookup(int map, const void *key, void *value) {
    return on_element(BPF_MAP_LOOKUP_ELEM, map, key, value, 0);
}

int pd_bpf_map_delete(int map, const void *key) { return on_element(BPF_MAP_DELETE_ELEM, map, key, NULL, 0); }

int64_t pd_bpf_map_read(int map, int is_first, uint32_t *position, void *keys, void *values, uint32_t count,
                        int *is_last) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.batch.in_batch = is_first ? 0 : address(position);
    attr.batch.out_batch = address(position);
    attr.batch.keys = address(keys);
    attr.batch.values = address(values);
    attr.batch.count = count;
    attr.batch.map_fd = (uint32_t)map;
    int result = bpf(BPF_MAP_LOOKUP_BATCH, &attr);
    *is_last = result == -ENOENT;
    return result < 0 && result != -ENOENT ? result : (int64_t)attr.batch.count;
}

int pd_bpf_tracepoint_load(const uint64_t *instructions, uint32_t count, uint32_t btf_id, char *log,
                           uint32_t log_size) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_TRACING;
    attr.expected_attach_type = BPF_TRACE_RAW_TP;
    attr.attach_btf_id = btf_id;
    attr.insns = address(instructions);
    attr.insn_cnt = count;
    /* The helpers that read registers and stacks are for programs under the GPL; this names what the kernel asks. */
    attr.license = address("Dual MIT/GPL");
    int result = bpf(BPF_PROG_LOAD, &attr);
    if (result >= 0 || !log || log_size == 0) return result;
    attr.log_level = 1;
    attr.log_buf = address(log);
    attr.log_size = log_size;
    int again = bpf(BPF_PROG_LOAD, &attr);
    if (again >= 0) close(again);
    return result;
}

int pd_bpf_tracepoint_attach(int program) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.raw_tracepoint.prog_fd = (uint32_t)program;
    return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

int pd_bpf_ring_map(int map, uint64_t size, void **consumer, void **producer) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *own = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (own == MAP_FAILED) return -errno;
    void *other = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, map, (off_t)page);
    if (other == MAP_FAILED) {
        int saved = errno;
        munmap(own, page);
        return -saved;
    }
    *consumer = own;
    *producer = other;
    return 0;
}

void pd_bpf_ring_unmap(void *consumer, void *producer, uint64_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap(consumer, page);
    munmap(producer, page + 2 * size);
}

uint64_t pd_bpf_ring_load(const void *position) { return __atomic_load_n((const uint64_t *)position, __ATOMIC_ACQUIRE); }

void pd_bpf_ring_store(void *position, uint64_t value) {
    __atomic_store_n((uint64_t *)position, value, __ATOMIC_RELEASE);
}

uint32_t pd_bpf_ring_header(const void *record) { return __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE); }
