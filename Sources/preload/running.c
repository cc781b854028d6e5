/* Into a program that runs already, and out of it again: its calls go through tables that the loader has filled, whose
 * entries lead to us meanwhile. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tracker.h"

#if defined(__x86_64__)
#define IS_CALL_ENTRY(type) ((type) == R_X86_64_JUMP_SLOT)
#define IS_ADDRESS_ENTRY(type) ((type) == R_X86_64_GLOB_DAT)
#elif defined(__aarch64__)
#define IS_CALL_ENTRY(type) ((type) == R_AARCH64_JUMP_SLOT)
#define IS_ADDRESS_ENTRY(type) ((type) == R_AARCH64_GLOB_DAT)
#endif

#define MOST_ENTRIES 16384
/* How long after a call of dlopen its library is looked for. */
#define EXPECTATION_NS 1000000000ull

int pd_is_running;

struct hook {
    const char *name;
    void *function;
    uint64_t target; /* what entries lead to without us; 0: they are left alone */
    uint64_t import; /* an entry of the program itself that others take the function's address from; 0: none */
};

/* Whatever we export stands in for the program's own; beside the constructor's, whose calls are ours. */
#define HOOK(symbol, function) {symbol, (void *)(function), 0, 0}
#define OPERATOR(symbol) extern const char pd_##symbol[] __asm__(#symbol);
#define EACH_OPERATOR(X)                                                                                            \
    X(_Znwm) X(_Znam) X(_ZnwmRKSt9nothrow_t) X(_ZnamRKSt9nothrow_t) X(_ZnwmSt11align_val_t) X(_ZnamSt11align_val_t) \
    X(_ZnwmSt11align_val_tRKSt9nothrow_t) X(_ZnamSt11align_val_tRKSt9nothrow_t) X(_ZdlPv) X(_ZdaPv) X(_ZdlPvm)      \
    X(_ZdaPvm) X(_ZdlPvRKSt9nothrow_t) X(_ZdaPvRKSt9nothrow_t) X(_ZdlPvSt11align_val_t) X(_ZdaPvSt11align_val_t)    \
    X(_ZdlPvmSt11align_val_t) X(_ZdaPvmSt11align_val_t) X(_ZdlPvSt11align_val_tRKSt9nothrow_t)                      \
    X(_ZdaPvSt11align_val_tRKSt9nothrow_t)
EACH_OPERATOR(OPERATOR)
#define OPERATOR_HOOK(symbol) HOOK(#symbol, pd_##symbol),

extern void *pvalloc(size_t);
extern void *valloc(size_t);
extern void *memalign(size_t, size_t);

static struct hook hooks[] = {
    HOOK("malloc", malloc),
    HOOK("free", free),
    HOOK("calloc", calloc),
    HOOK("realloc", realloc),
    HOOK("reallocarray", reallocarray),
    HOOK("posix_memalign", posix_memalign),
    HOOK("aligned_alloc", aligned_alloc),
    HOOK("memalign", memalign),
    HOOK("valloc", valloc),
    HOOK("pvalloc", pvalloc),
    EACH_OPERATOR(OPERATOR_HOOK)
    HOOK("execve", execve),
    HOOK("execvpe", execvpe),
    HOOK("execv", execv),
    HOOK("execvp", execvp),
    HOOK("fexecve", fexecve),
    HOOK("execl", execl),
    HOOK("execlp", execlp),
    HOOK("execle", execle),
    HOOK("_exit", _exit),
    HOOK("_Exit", _Exit),
    HOOK("dlclose", dlclose),
    HOOK("dlopen", pd_opened),
    HOOK("prlimit", prlimit),
    HOOK("prlimit64", prlimit64),
    HOOK("setrlimit", setrlimit),
    HOOK("setrlimit64", setrlimit64),
};
#define HOOK_COUNT (sizeof hooks / sizeof *hooks)

static struct entry {
    uint64_t *place;
    uint64_t original;
    uint32_t hook;
} entries[MOST_ENTRIES];
static uint32_t entry_count;
static uint32_t is_patching;
static unsigned long long known_additions; /* of libraries */
static uint64_t expected_until;
static void *(*real_dlopen)(const char *, int);

/* The function that an entry of the program leads to: the first library's that has one of that name, in the order in
 * which they are searched. */
static void *behind_import(const char *name) {
    struct link_map *program = dlopen(NULL, RTLD_LAZY);
    for (struct link_map *map = program != NULL ? program->l_next : NULL; map != NULL; map = map->l_next) {
        if (map->l_name[0] == 0) continue;
        void *library = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
        if (library == NULL) continue;
        void *found = dlsym(library, name);
        Dl_info info;
        /* Its own, not that of a library which it needs; and not ours. */
        const int is_its = found != NULL && dladdr(found, &info) != 0 && (uint64_t)info.dli_fbase == map->l_addr
            && strcmp(pd_file_of(found), pd_file_of((void *)&hooks)) != 0;
        dlclose(library);
        if (is_its) return found;
    }
    return NULL;
}

void *pd_next(const char *name) {
    if (!pd_is_running) return dlsym(RTLD_NEXT, name);
    void *found = dlsym(RTLD_DEFAULT, name);
    /* An entry of the program leads through its table, and so to us. */
    return found != NULL && pd_is_imported(found) ? behind_import(name) : found;
}

/* MARK: the tables */

/* What the program calls by each name. Operators of its own are left to it: they call malloc. */
static void find_targets(void) {
    for (size_t index = 0; index < HOOK_COUNT; index++) {
        struct hook *hook = &hooks[index];
        void *target = dlsym(RTLD_DEFAULT, hook->name);
        /* An entry of the program that leads on: its own table is among those that are changed. */
        hook->import = 0;
        if (target != NULL && pd_is_imported(target)) {
            hook->import = (uint64_t)target;
            target = behind_import(hook->name);
        }
        if (target != NULL && hook->name[0] == '_' && hook->name[1] == 'Z') {
            const char *file = pd_file_of(target);
            if (strstr(file, "libstdc++") == NULL && strstr(file, "libc++") == NULL) target = NULL;
        }
        hook->target = (uint64_t)target;
    }
}

/* Puts a value in place of another one; the protection of the page is afterwards as before. */
static int replaced(uint64_t *place, uint64_t old, uint64_t new) {
    const uint64_t page = (uint64_t)place & ~4095ull;
    const int protection = pd_protection((uint64_t)place);
    if (protection < 0) return 0;
    const int is_locked = !(protection & PROT_WRITE);
    if (is_locked && mprotect((void *)page, 4096, protection | PROT_WRITE) != 0) return 0;
    const int result = __atomic_compare_exchange_n(place, &old, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    if (is_locked) mprotect((void *)page, 4096, protection);
    return result;
}

struct object {
    uint64_t base;
    uint64_t start, end; /* of all that is loaded */
    const ElfW(Sym) *symbols;
    const char *names;
};

static int is_in(const struct object *object, uint64_t address) {
    return address >= object->start && address < object->end;
}

static void patch_entry(const struct object *object, const ElfW(Rela) *entry) {
    const unsigned type = (unsigned)ELF64_R_TYPE(entry->r_info);
    if (!IS_CALL_ENTRY(type) && !IS_ADDRESS_ENTRY(type)) return;
    const char *name = object->names + object->symbols[ELF64_R_SYM(entry->r_info)].st_name;
    for (uint32_t index = 0; index < HOOK_COUNT; index++) {
        const struct hook *hook = &hooks[index];
        if (hook->target == 0 || strcmp(hook->name, name) != 0) continue;
        uint64_t *place = (uint64_t *)(object->base + entry->r_offset);
        const uint64_t value = __atomic_load_n(place, __ATOMIC_RELAXED);
        /* One that was never called leads to code of its own object, which asks the loader. */
        const int is_lazy = IS_CALL_ENTRY(type) && is_in(object, value);
        /* Nothing is asked of the loader here: whoever holds its one lock must not wait for its other one. */
        const int is_other = value != hook->target && value != hook->import && !is_lazy;
        if (value == (uint64_t)hook->function || is_other || entry_count == MOST_ENTRIES) return;
        if (!replaced(place, value, (uint64_t)hook->function)) return;
        entries[entry_count++] = (struct entry){place, value, index};
        return;
    }
}

static void patch_table(const struct object *object, uint64_t table, uint64_t bytes) {
    const ElfW(Rela) *first = (const ElfW(Rela) *)table;
    for (uint64_t index = 0; index < bytes / sizeof *first; index++) patch_entry(object, &first[index]);
}

/* Addresses in the dynamic section are absolute where the loader made them so. */
static uint64_t absolute(uint64_t base, uint64_t value) {
    return value < base ? base + value : value;
}

static int patch_object(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    known_additions = info->dlpi_adds;
    struct object object = {.base = info->dlpi_addr, .start = UINT64_MAX};
    const ElfW(Dyn) *dynamic = NULL;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        const uint64_t start = object.base + segment->p_vaddr;
        if (segment->p_type == PT_DYNAMIC) dynamic = (const ElfW(Dyn) *)start;
        if (segment->p_type != PT_LOAD) continue;
        if (start < object.start) object.start = start;
        if (start + segment->p_memsz > object.end) object.end = start + segment->p_memsz;
    }
    const char *name = info->dlpi_name != NULL ? info->dlpi_name : "";
    /* Neither ourselves, nor the loader, nor the kernel's page. */
    if (dynamic == NULL || is_in(&object, (uint64_t)&hooks) || strstr(name, "ld-linux") != NULL
        || strstr(name, "linux-vdso") != NULL)
        return 0;
    uint64_t calls = 0, call_bytes = 0, others = 0, other_bytes = 0;
    for (const ElfW(Dyn) *part = dynamic; part->d_tag != DT_NULL; part++) {
        const uint64_t value = part->d_un.d_val;
        switch (part->d_tag) {
        case DT_SYMTAB: object.symbols = (const ElfW(Sym) *)absolute(object.base, value); break;
        case DT_STRTAB: object.names = (const char *)absolute(object.base, value); break;
        case DT_JMPREL: calls = absolute(object.base, value); break;
        case DT_PLTRELSZ: call_bytes = value; break;
        case DT_RELA: others = absolute(object.base, value); break;
        case DT_RELASZ: other_bytes = value; break;
        default: break;
        }
    }
    if (object.symbols == NULL || object.names == NULL) return 0;
    if (calls != 0) patch_table(&object, calls, call_bytes);
    if (others != 0) patch_table(&object, others, other_bytes);
    (void)data;
    return 0;
}

static void patch(void) {
    if (__atomic_exchange_n(&is_patching, 1, __ATOMIC_ACQUIRE) != 0) return;
    if (pd_is_running) dl_iterate_phdr(patch_object, NULL);
    __atomic_store_n(&is_patching, 0, __ATOMIC_RELEASE);
}

/* Entries that are still there and still lead to us; a library may have been unmapped, another may be in its place. */
static int restore_object(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W)) continue;
        const uint64_t start = info->dlpi_addr + segment->p_vaddr;
        for (uint32_t number = 0; number < entry_count; number++) {
            struct entry *entry = &entries[number];
            const uint64_t place = (uint64_t)entry->place;
            if (place < start || place + 8 > start + segment->p_memsz) continue;
            const uint64_t ours = (uint64_t)hooks[entry->hook].function;
            if (!replaced(entry->place, ours, entry->original)
                && __atomic_load_n(entry->place, __ATOMIC_RELAXED) == ours)
                ++*(long *)data;
            entry->place = NULL;
        }
    }
    return 0;
}

/* MARK: libraries that come later */

/* The caller's place decides where the loader looks: it has to be the program, so this only leads on. */
void *pd_opened(const char *path, int mode) {
    pd_expect_libraries();
    __attribute__((musttail)) return real_dlopen(path, mode);
}

/* Another thread may close the gate at any moment: one that is closed stays so. */
static void change_gate(uint32_t from, uint32_t to) {
    __atomic_compare_exchange_n(pd_gate, &from, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void pd_expect_libraries(void) {
    if (!pd_is_own_process()) return;
    __atomic_store_n(&expected_until, pd_now() + EXPECTATION_NS, __ATOMIC_RELEASE);
    change_gate(PD_GATE_OPEN, PD_GATE_EXPECTING);
}

static int count_additions(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    *(unsigned long long *)data = info->dlpi_adds;
    return 1;
}

int pd_look_at_gate(void) {
    const uint32_t gate = *pd_gate;
    if (gate != PD_GATE_EXPECTING) return gate != PD_GATE_CLOSED;
    struct pd_thread *thread = &pd_self;
    if (thread->is_busy) return 1;
    const int error = errno;
    thread->is_busy = PD_CALLING;
    unsigned long long additions = 0;
    dl_iterate_phdr(count_additions, &additions);
    const int is_over = pd_now() > __atomic_load_n(&expected_until, __ATOMIC_ACQUIRE);
    if (is_over) change_gate(PD_GATE_EXPECTING, PD_GATE_OPEN);
    /* At its end once more: a library that was looked at while it was being loaded has its addresses now. */
    if (is_over || additions != known_additions) patch();
    thread->is_busy = 0;
    errno = error;
    return 1;
}

/* MARK: in and out; perfdoctor has a thread of the program call these */

/* 0, or -errno; what else stands against it is in the control page. */
PD_EXPORT long perfdoctor_attach(const char *socket) {
    if (pd_tracker.control != NULL) return -EALREADY;
    /* A process that was forked while its parent looked at tables has nobody who would end that look. */
    __atomic_store_n(&is_patching, 0, __ATOMIC_RELEASE);
    const uint8_t busy = pd_self.is_busy;
    const int error = errno;
    pd_self.is_busy = PD_CALLING;
    pd_is_running = 1;
    if (real_dlopen == NULL) real_dlopen = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    long result = real_dlopen != NULL ? pd_attach(socket) : -ENOSYS;
    if (result == 0 && *pd_gate) {
        find_targets();
        patch();
    } else {
        pd_is_running = 0;
    }
    pd_self.is_busy = busy;
    errno = error;
    return result;
}

/* Another thread may look at tables of libraries that came; it is done in milliseconds. */
static int is_alone_with_tables(void) {
    const uint64_t end = pd_now() + 2000000000ull;
    while (__atomic_exchange_n(&is_patching, 1, __ATOMIC_ACQUIRE) != 0) {
        if (pd_now() > end) return 0;
        sched_yield();
    }
    return 1;
}

/* The tables are as they were: how many entries still lead here, where their pages could not be changed; or -EBUSY. */
PD_EXPORT long perfdoctor_detach(void) {
    const uint8_t busy = pd_self.is_busy;
    const int error = errno;
    pd_self.is_busy = PD_CALLING;
    pd_close_gate();
    pd_is_running = 0;
    long left = -EBUSY;
    if (is_alone_with_tables()) {
        left = 0;
        dl_iterate_phdr(restore_object, &left);
        entry_count = 0;
        __atomic_store_n(&is_patching, 0, __ATOMIC_RELEASE);
    }
    pd_self.is_busy = busy;
    errno = error;
    return left;
}

/* Gives the memory back, when no thread is in here any more: everything stands still while this runs. */
PD_EXPORT long perfdoctor_release(void) {
    if (pd_is_running) return -EBUSY;
    pd_unmap();
    return 0;
}
