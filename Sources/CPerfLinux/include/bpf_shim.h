#ifndef PD_BPF_SHIM_H
#define PD_BPF_SHIM_H
/* bpf(2): no glibc wrapper, and an attribute union that Swift cannot fill. Nothing is pinned: what is made here goes
 * with its descriptor. Every function returns -errno on failure. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `type` is a BPF_MAP_TYPE_*; sizes in bytes. */
int pd_bpf_map_create(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t entries);
/* `flags`: BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. */
int pd_bpf_map_update(int map, const void *_Nonnull key, const void *_Nonnull value, uint64_t flags);
int pd_bpf_map_lookup(int map, const void *_Nonnull key, void *_Nonnull value);
int pd_bpf_map_delete(int map, const void *_Nonnull key);
/* Up to `count` entries from `*position` on (0 at first, with `is_first`); the number of entries.
 * `*is_last` tells that there are no more. */
int64_t pd_bpf_map_read(int map, int is_first, uint32_t *_Nonnull position, void *_Nonnull keys,
                        void *_Nonnull values, uint32_t count, int *_Nonnull is_last);

/* Loads a program for a tracepoint whose type in the kernel's BTF is `btf_id`. What the verifier objects to is written
 * to `log` on failure. */
int pd_bpf_tracepoint_load(const uint64_t *_Nonnull instructions, uint32_t count, uint32_t btf_id,
                           char *_Nullable log, uint32_t log_size);
/* Attaches it; closing the descriptor detaches it. */
int pd_bpf_tracepoint_attach(int program);

/* Maps a BPF_MAP_TYPE_RINGBUF of `size` bytes: one page for the reader's position, and one for the writer's with the
 * data behind it, twice in a row. */
int pd_bpf_ring_map(int map, uint64_t size, void *_Nullable *_Nonnull consumer, void *_Nullable *_Nonnull producer);
void pd_bpf_ring_unmap(void *_Nonnull consumer, void *_Nonnull producer, uint64_t size);
uint64_t pd_bpf_ring_load(const void *_Nonnull position);
void pd_bpf_ring_store(void *_Nonnull position, uint64_t value);
/* The header of a record, which the kernel writes last. */
uint32_t pd_bpf_ring_header(const void *_Nonnull record);

#ifdef __cplusplus
}
#endif
#endif
