/* Whose allocator stands behind us, and where the C library is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "tracker.h"

/* Something that nobody else has: tcmalloc brings a __libc_malloc of its own. */
#define IN_LIBC ((void *)gnu_get_libc_version)

void pd_find_libc(void) {
    Dl_info info;
    struct link_map *map = NULL;
    if (dladdr1(IN_LIBC, &info, (void **)&map, RTLD_DL_LINKMAP) == 0) return;
    const ElfW(Ehdr) *header = info.dli_fbase;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)((const char *)header + header->e_phoff);
    for (int index = 0; index < header->e_phnum; index++) {
        if (segments[index].p_type != PT_LOAD || !(segments[index].p_flags & PF_X)) continue;
        pd_tracker.libc_start = (uint64_t)header + segments[index].p_vaddr;
        pd_tracker.libc_end = pd_tracker.libc_start + segments[index].p_memsz;
    }
}

const char *pd_file_of(void *code) {
    Dl_info info;
    return dladdr(code, &info) != 0 && info.dli_fname != NULL ? info.dli_fname : "";
}

/* A program at a fixed address gives functions of libraries whose addresses it takes an entry of its own, which leads to
 * them: it is found first, and stands in a symbol without a section. */
int pd_is_imported(void *code) {
    Dl_info info;
    ElfW(Sym) *symbol = NULL;
    return dladdr1(code, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL && symbol->st_shndx == SHN_UNDEF;
}

/* Another allocator than the C library's, whose small blocks lie closer than the 16 bytes that the shadow tells apart
 * (jemalloc's take 8): they get 16. */
static struct pd_allocator other;

static size_t told_apart(size_t size) {
    return size < 16 ? 16 : size;
}

static void *other_malloc(size_t size) {
    return other.malloc(told_apart(size));
}

static void *other_calloc(size_t count, size_t size) {
    return count < 16 && size < 16 && count * size < 16 ? other.calloc(1, 16) : other.calloc(count, size);
}

static void *other_realloc(void *block, size_t size) {
    /* Of a block, nothing may mean to free it. */
    return other.realloc(block, block != NULL && size == 0 ? 0 : told_apart(size));
}

static void *other_memalign(size_t alignment, size_t size) {
    return other.memalign(alignment, told_apart(size));
}

static int other_posix_memalign(void **result, size_t alignment, size_t size) {
    return other.posix_memalign(result, alignment, told_apart(size));
}

/* Whether code is the executable's own: its program headers are at its beginning. */
static int is_program(void *code) {
    Dl_info info;
    return dladdr(code, &info) != 0 && getauxval(AT_PHDR) - (uint64_t)info.dli_fbase < 4096;
}

/* Whose allocator stands behind us, and whether calls come to us at all. */
int pd_find_allocator(void) {
    void *next = pd_next("malloc");
    const char *file = pd_file_of(next);
    if (next != NULL && strcmp(file, pd_file_of(IN_LIBC)) != 0) {
        /* jemalloc, tcmalloc and their like, linked as a library: they go on to serve the program. */
        void *functions[] = {pd_next("calloc"), pd_next("realloc"), pd_next("free"),
                             pd_next("memalign"), pd_next("valloc"), pd_next("pvalloc")};
        if (other.malloc == NULL) other = pd_real; /* a forked child has it already */
        other.malloc = (void *(*)(size_t))next;
        if (functions[0]) other.calloc = (void *(*)(size_t, size_t))functions[0];
        if (functions[1]) other.realloc = (void *(*)(void *, size_t))functions[1];
        if (functions[2]) other.free = (void (*)(void *))functions[2];
        if (functions[3]) other.memalign = (void *(*)(size_t, size_t))functions[3];
        if (functions[4]) other.valloc = (void *(*)(size_t))functions[4];
        if (functions[5]) other.pvalloc = (void *(*)(size_t))functions[5];
        other.posix_memalign = (int (*)(void **, size_t, size_t))pd_next("posix_memalign");
        pd_real = other;
        if (!pd_tracker.is_sampled) {
            pd_real.malloc = other_malloc;
            pd_real.calloc = other_calloc;
            pd_real.realloc = other_realloc;
            pd_real.memalign = other_memalign;
            if (other.posix_memalign != NULL) pd_real.posix_memalign = other_posix_memalign;
        }
        const char *slash = strrchr(file, '/');
        strncpy(pd_tracker.control->allocator, slash != NULL ? slash + 1 : file,
                sizeof pd_tracker.control->allocator - 1);
    }
    void *operator_new = pd_next("_Znwm");
    if (operator_new != NULL) {
        const char *library = pd_file_of(operator_new);
        if (strstr(library, "libstdc++") == NULL && strstr(library, "libc++") == NULL)
            pd_real.operator_new = (void *(*)(size_t))operator_new;
    }
    void *used = dlsym(RTLD_DEFAULT, "malloc");
    if (pd_is_running) return used != NULL && (pd_is_imported(used) || !is_program(used));
    return used == NULL || pd_is_imported(used) || strcmp(pd_file_of(used), pd_file_of((void *)pd_initialize)) == 0;
}

