#include "CPerfSymbols.h"

#include <dlfcn.h>
#include <errno.h>
#include <lzma.h>

ssize_t pd_xz_decode(const uint8_t *in, size_t in_size, uint8_t *out, size_t capacity) {
    void *library = dlopen("liblzma.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library) return -ENOSYS;
    __typeof__(&lzma_stream_buffer_decode) decode =
        (__typeof__(&lzma_stream_buffer_decode))dlsym(library, "lzma_stream_buffer_decode");
    if (!decode) return -ENOSYS;
    uint64_t memory_limit = 128u << 20;
    size_t in_position = 0, out_position = 0;
    lzma_ret result = decode(&memory_limit, 0, NULL, in, &in_position, in_size, out, &out_position, capacity);
    if (result == LZMA_BUF_ERROR && in_position < in_size) return -ENOBUFS;
    if (result == LZMA_BUF_ERROR && out_position == capacity) return -ENOBUFS;
    return result == LZMA_OK ? (ssize_t)out_position : -EINVAL;
}
