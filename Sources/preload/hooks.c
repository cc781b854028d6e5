/* The malloc family, as programs call it. The first heap call of a process makes the connection. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <unistd.h>

#include "tracker.h"

#define FRAME ((const uint64_t *)__builtin_frame_address(0))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);
extern void *__libc_memalign(size_t, size_t);
extern void *__libc_valloc(size_t);
extern void *__libc_pvalloc(size_t);

/* The C library's by name: no look-up, which might allocate, is needed before the first call. */
struct pd_allocator pd_real = {
    .malloc = __libc_malloc,
    .calloc = __libc_calloc,
    .realloc = __libc_realloc,
    .free = __libc_free,
    .memalign = __libc_memalign,
    .valloc = __libc_valloc,
    .pvalloc = __libc_pvalloc,
};

PD_INLINE void ensure_initialized(void) {
    if (PD_UNLIKELY(!pd_is_initialized)) pd_initialize();
}

PD_EXPORT void *malloc(size_t size) {
    ensure_initialized();
    void *block = pd_real.malloc(size);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, FRAME);
    return block;
}

PD_EXPORT void free(void *block) {
    if (block != NULL) {
        ensure_initialized();
        pd_freeing(block, 1);
    }
    pd_real.free(block);
}

PD_EXPORT void *calloc(size_t count, size_t size) {
    ensure_initialized();
    void *block = pd_real.calloc(count, size);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, count * size, FRAME);
    return block;
}

PD_NOINLINE static void restore(void *block, uint64_t known) {
    /* The block lives on, and nobody else can have got its address meanwhile. */
    struct pd_thread *thread = &pd_self;
    const uint64_t size = known & ((1ull << PD_HEAP_SIZE_BITS) - 1);
    const uint32_t stack = (uint32_t)(known >> PD_HEAP_SIZE_BITS);
    pd_tracker.shadow[(uint64_t)block >> 4] = known;
    pd_add(&thread->counts[stack].frees, (uint64_t)-1, thread->is_shared);
    pd_add(&thread->counts[stack].freed_bytes, -size, thread->is_shared);
    thread->pending_count++;
    thread->pending_bytes += (int64_t)size;
}

PD_INLINE void *resized(void *block, size_t size, const uint64_t *frame) {
    ensure_initialized();
    const uint64_t known = block != NULL ? pd_freeing(block, 0) : 0;
    void *moved = pd_real.realloc(block, size);
    if (PD_LIKELY(moved != NULL)) {
        pd_allocated(moved, size, frame);
    } else if (known != 0 && size != 0 && *pd_gate) {
        restore(block, known);
    }
    return moved;
}

PD_EXPORT void *realloc(void *block, size_t size) {
    return resized(block, size, FRAME);
}

PD_EXPORT void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return resized(block, bytes, FRAME);
}

PD_EXPORT void *memalign(size_t alignment, size_t size) {
    ensure_initialized();
    void *block = pd_real.memalign(alignment, size);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, FRAME);
    return block;
}

PD_EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    ensure_initialized();
    void *block = pd_real.memalign(alignment, size);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, FRAME);
    return block;
}

PD_EXPORT int posix_memalign(void **result, size_t alignment, size_t size) {
    ensure_initialized();
    void *block = NULL;
    if (pd_real.posix_memalign != NULL) {
        const int failure = pd_real.posix_memalign(&block, alignment, size);
        if (failure != 0) return failure;
    } else {
        if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
        const int before = errno;
        block = pd_real.memalign(alignment, size);
        errno = before;
        if (block == NULL) return ENOMEM;
    }
    pd_allocated(block, size, FRAME);
    *result = block;
    return 0;
}

PD_EXPORT void *valloc(size_t size) {
    ensure_initialized();
    void *block = pd_real.valloc(size);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, FRAME);
    return block;
}

PD_EXPORT void *pvalloc(size_t size) {
    ensure_initialized();
    void *block = pd_real.pvalloc(size);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, FRAME);
    return block;
}
