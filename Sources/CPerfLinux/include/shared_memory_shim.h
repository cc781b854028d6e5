#ifndef PD_SHARED_MEMORY_SHIM_H
#define PD_SHARED_MEMORY_SHIM_H
/* Memory that is shared with a target, and the socket over which it gets it: variadic calls, control messages and
 * macros that Swift cannot express. */
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A sealed memfd of that size: whoever has it can write, and nobody can shrink it under a reader. Descriptor. */
int pd_shared_memory_create(const char *_Nonnull name, uint64_t bytes);
/* Maps it for reading and writing without reserving memory. 0, and the address in `out`. */
int pd_shared_memory_map(int descriptor, uint64_t bytes, void *_Nullable *_Nonnull out);
void pd_shared_memory_unmap(void *_Nonnull address, uint64_t bytes);
/* The next range of a memfd that was ever written to, from `from` on: 1 with start and end, 0 for none. */
int pd_shared_memory_data(int descriptor, uint64_t from, uint64_t *_Nonnull start, uint64_t *_Nonnull end);

/* Gives its pages back; what is read there are zeros. */
void pd_shared_memory_discard(int descriptor, uint64_t offset, uint64_t bytes);

/* A listening SOCK_SEQPACKET socket with that abstract name, not blocking. Descriptor. */
int pd_local_listen(const char *_Nonnull name);
struct pd_local_peer {
    int32_t descriptor;
    int32_t pid;
    uint32_t user;
};
/* 1: `out` is a new connection, which the caller closes; 0: none is waiting. */
int pd_local_accept(int listener, struct pd_local_peer *_Nonnull out);
/* One message, waited for at most `milliseconds`; its size. */
int64_t pd_local_receive(int descriptor, void *_Nonnull buffer, uint64_t size, int milliseconds);
/* One message with up to two descriptors (-1 for none). 0. */
int pd_local_send(int descriptor, const void *_Nonnull buffer, uint64_t size, int first, int second);

/* Wakes everybody who waits for the futex at `word`. */
void pd_wake(uint32_t *_Nonnull word);

#ifdef __cplusplus
}
#endif
#endif
