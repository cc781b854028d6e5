/* C++'s operator new and delete: libstdc++'s own keep no frame pointer, so that their callers would be missing. */
#define _GNU_SOURCE
#include "tracker.h"

#define FRAME ((const uint64_t *)__builtin_frame_address(0))

/* Where memory runs out, the C++ library's own operator asks its handler, and throws. */
PD_NOINLINE static void *exhausted(const char *name, size_t size) {
    void *(*next)(size_t) = (void *(*)(size_t))pd_next(name);
    return next != NULL ? next(size) : NULL;
}

PD_NOINLINE static void *exhausted_aligned(const char *name, size_t size, size_t alignment) {
    void *(*next)(size_t, size_t) = (void *(*)(size_t, size_t))pd_next(name);
    return next != NULL ? next(size, alignment) : NULL;
}

PD_INLINE void *allocated(size_t size, const uint64_t *frame) {
    if (PD_UNLIKELY(!pd_is_initialized)) pd_initialize();
    if (PD_UNLIKELY(pd_real.operator_new != NULL)) return NULL;
    void *block = pd_real.malloc(size != 0 ? size : 1);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, frame);
    return block;
}

PD_INLINE void *aligned(size_t size, size_t alignment, const uint64_t *frame) {
    if (PD_UNLIKELY(!pd_is_initialized)) pd_initialize();
    if (PD_UNLIKELY(pd_real.operator_new != NULL)) return NULL;
    void *block = pd_real.memalign(alignment, size != 0 ? size : 1);
    if (PD_LIKELY(block != NULL)) pd_allocated(block, size, frame);
    return block;
}

PD_INLINE void deleted(void *block, const char *name) {
    if (block == NULL) return;
    if (PD_UNLIKELY(!pd_is_initialized)) pd_initialize();
    if (PD_UNLIKELY(pd_real.operator_new != NULL)) {
        void (*next)(void *) = (void (*)(void *))pd_next(name);
        if (next != NULL) {
            next(block);
            return;
        }
    }
    pd_freeing(block, 1);
    pd_real.free(block);
}

#define NEW(symbol)                                             \
    PD_EXPORT void *symbol(size_t size);                        \
    PD_EXPORT void *symbol(size_t size) {                       \
        void *block = allocated(size, FRAME);                   \
        return PD_LIKELY(block != NULL) ? block : exhausted(#symbol, size); \
    }
#define NEW_NOTHROW(symbol)                                     \
    PD_EXPORT void *symbol(size_t size, const void *tag);       \
    PD_EXPORT void *symbol(size_t size, const void *tag) {      \
        void *block = allocated(size, FRAME);                   \
        return PD_LIKELY(block != NULL) ? block : exhausted_aligned(#symbol, size, (size_t)tag); \
    }
#define NEW_ALIGNED(symbol)                                     \
    PD_EXPORT void *symbol(size_t size, size_t alignment);      \
    PD_EXPORT void *symbol(size_t size, size_t alignment) {     \
        void *block = aligned(size, alignment, FRAME);          \
        return PD_LIKELY(block != NULL) ? block : exhausted_aligned(#symbol, size, alignment); \
    }
#define NEW_ALIGNED_NOTHROW(symbol)                                              \
    PD_EXPORT void *symbol(size_t size, size_t alignment, const void *tag);      \
    PD_EXPORT void *symbol(size_t size, size_t alignment, const void *tag) {     \
        void *block = aligned(size, alignment, FRAME);                           \
        if (PD_LIKELY(block != NULL)) return block;                              \
        void *(*next)(size_t, size_t, const void *) =                            \
            (void *(*)(size_t, size_t, const void *))pd_next(#symbol);  \
        return next != NULL ? next(size, alignment, tag) : NULL;                 \
    }
#define DELETE(symbol, ...)                                     \
    PD_EXPORT void symbol(void *block, ##__VA_ARGS__);          \
    PD_EXPORT void symbol(void *block, ##__VA_ARGS__)

NEW(_Znwm)
NEW(_Znam)
NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t)
NEW_ALIGNED(_ZnamSt11align_val_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)

#pragma clang diagnostic ignored "-Wunused-parameter"
DELETE(_ZdlPv) { deleted(block, "_ZdlPv"); }
DELETE(_ZdaPv) { deleted(block, "_ZdaPv"); }
DELETE(_ZdlPvm, size_t size) { deleted(block, "_ZdlPv"); }
DELETE(_ZdaPvm, size_t size) { deleted(block, "_ZdaPv"); }
DELETE(_ZdlPvRKSt9nothrow_t, const void *tag) { deleted(block, "_ZdlPv"); }
DELETE(_ZdaPvRKSt9nothrow_t, const void *tag) { deleted(block, "_ZdaPv"); }
DELETE(_ZdlPvSt11align_val_t, size_t alignment) { deleted(block, "_ZdlPv"); }
DELETE(_ZdaPvSt11align_val_t, size_t alignment) { deleted(block, "_ZdaPv"); }
DELETE(_ZdlPvmSt11align_val_t, size_t size, size_t alignment) { deleted(block, "_ZdlPv"); }
DELETE(_ZdaPvmSt11align_val_t, size_t size, size_t alignment) { deleted(block, "_ZdaPv"); }
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, size_t alignment, const void *tag) { deleted(block, "_ZdlPv"); }
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, size_t alignment, const void *tag) { deleted(block, "_ZdaPv"); }
