#include "CPerfUnwind.h"

#include <errno.h>
#include <string.h>

void pd_walker_init(struct pd_walker *walker,
                    int64_t (*find_record)(struct pd_walker *, uint64_t, uint64_t *, uint64_t *),
                    int (*read_word)(struct pd_walker *, uint64_t, uint64_t *)) {
    memset(walker, 0, sizeof *walker);
    walker->find_record = find_record;
    walker->read_word = read_word;
}

#if defined(__x86_64__)
#include <dlfcn.h>
#include <libunwind-x86_64.h>
#include <pthread.h>
#include <stdlib.h>

#define PD_LIBRARY "libunwind-x86_64.so.8"
#define PD_SYMBOL(name) "_Ux86_64_" #name

/* Reads of one step. Honest functions need some hundred; a hostile one must not hold up the profiler. */
#define PD_READS_PER_STEP 200000

struct pd_unwind_space {
    unw_addr_space_t space;
    unw_cursor_t cursor;
};

/* Not in any header: the internal search that libunwind's own ptrace and coredump accessors use. */
typedef int (*search_table_fn)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int, void *);

static struct {
    unw_addr_space_t (*create_addr_space)(unw_accessors_t *, int);
    void (*destroy_addr_space)(unw_addr_space_t);
    int (*set_caching_policy)(unw_addr_space_t, unw_caching_policy_t);
    void (*flush_cache)(unw_addr_space_t, unw_word_t, unw_word_t);
    int (*init_remote)(unw_cursor_t *, unw_addr_space_t, void *);
    int (*step)(unw_cursor_t *);
    int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
    int (*is_signal_frame)(unw_cursor_t *);
    search_table_fn search_table;
    int status;
} library;

static void open_library(void) {
    library.status = -ENOENT;
    void *handle = dlopen(PD_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return;
#define PD_LOAD(field, symbol)                                        \
    do {                                                              \
        void *address = dlsym(handle, PD_SYMBOL(symbol));             \
        if (!address) return;                                         \
        memcpy(&library.field, &address, sizeof address);             \
    } while (0)
    PD_LOAD(create_addr_space, create_addr_space);
    PD_LOAD(destroy_addr_space, destroy_addr_space);
    PD_LOAD(set_caching_policy, set_caching_policy);
    PD_LOAD(flush_cache, flush_cache);
    PD_LOAD(init_remote, init_remote);
    PD_LOAD(step, step);
    PD_LOAD(get_reg, get_reg);
    PD_LOAD(is_signal_frame, is_signal_frame);
    PD_LOAD(search_table, dwarf_search_unwind_table);
#undef PD_LOAD
    library.status = 0;
}

int pd_unwind_open(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return library.status;
}

static int fail(struct pd_walker *walker, int32_t why) {
    walker->failure = why;
    return -UNW_EBADFRAME;
}

/* A table of a single entry leads to the record, so that libunwind parses only bytes that we wrote.
 *
 * When there is no record the answer is EBADFRAME, not ENOINFO: at ENOINFO libunwind guesses along rbp, and says
 * "end of stack" both when that fails and when the stack really ends. */
static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info, int need_unwind_info,
                          void *arg) {
    struct pd_walker *walker = arg;
    uint64_t start = 0, end = 0;
    int64_t offset = walker->find_record(walker, ip, &start, &end);
    if (offset < 0 || ip < start || ip >= end) return fail(walker, PD_UNWIND_NO_INFO);
    unw_dyn_info_t table;
    memset(&table, 0, sizeof table);
    table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    table.start_ip = start;
    table.end_ip = end;
    table.u.rti.segbase = PD_UNWIND_RECORDS_BASE + (uint64_t)offset;
    table.u.rti.table_data = table.u.rti.segbase;
    table.u.rti.table_len = 1;
    int result = library.search_table(space, ip, &table, info, need_unwind_info, arg);
    return result < 0 ? fail(walker, PD_UNWIND_BAD_INFO) : result;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *arg) {
    (void)space, (void)info, (void)arg;
}

static int no_dynamic_info(unw_addr_space_t space, unw_word_t *address, void *arg) {
    (void)space, (void)address, (void)arg;
    return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *arg) {
    (void)space;
    struct pd_walker *walker = arg;
    if (write) return -UNW_EINVAL;
    if (walker->reads_left == 0) return fail(walker, PD_UNWIND_BAD_INFO);
    walker->reads_left--;

    if (address >= PD_UNWIND_RECORDS_BASE) {
        uint64_t offset = address - PD_UNWIND_RECORDS_BASE;
        if (offset > walker->records_count || walker->records_count - offset < 8) {
            return fail(walker, PD_UNWIND_BAD_INFO);
        }
        memcpy(value, walker->records + offset, 8);
        return 0;
    }
    uint64_t offset = address - walker->stack_start;
    if (offset < walker->stack_count && walker->stack_count - offset >= 8) {
        memcpy(value, walker->stack + offset, 8);
        return 0;
    }
    /* In an epilogue, after `pop %rbp`, compilers say where the CFA is but not that rbp is restored: by the book rbp
     * still stands at CFA-16, which is now below the stack pointer and not in the dump. What has been popped is in
     * its register: that is the answer for whichever register is asked for. */
    uint64_t sp = walker->registers[PD_UNWIND_RSP];
    if (address < sp && sp - address <= 256 && walker->asked_register >= 0) {
        *value = walker->registers[walker->asked_register];
        return 0;
    }
    if (walker->read_word(walker, address, value) == 0) return 0;
    walker->missing = address;
    return fail(walker, PD_UNWIND_NO_MEMORY);
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *arg) {
    (void)space;
    struct pd_walker *walker = arg;
    if (write || number < 0 || number >= PD_UNWIND_REGISTERS) return -UNW_EBADREG;
    *value = walker->registers[number];
    return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *arg) {
    (void)space, (void)number, (void)value, (void)write, (void)arg;
    return -UNW_EBADREG;
}

static int resume_execution(unw_addr_space_t space, unw_cursor_t *cursor, void *arg) {
    (void)space, (void)cursor, (void)arg;
    return -UNW_EINVAL;
}

static int procedure_name(unw_addr_space_t space, unw_word_t ip, char *name, size_t size, unw_word_t *offset,
                          void *arg) {
    (void)space, (void)ip, (void)name, (void)size, (void)offset, (void)arg;
    return -UNW_ENOINFO;
}

struct pd_unwind_space *pd_unwind_space_create(void) {
    static unw_accessors_t accessors = {
        .find_proc_info = find_proc_info,
        .put_unwind_info = put_unwind_info,
        .get_dyn_info_list_addr = no_dynamic_info,
        .access_mem = access_mem,
        .access_reg = access_reg,
        .access_fpreg = access_fpreg,
        .resume = resume_execution,
        .get_proc_name = procedure_name,
    };
    if (pd_unwind_open() < 0) return NULL;
    struct pd_unwind_space *space = calloc(1, sizeof *space);
    if (!space) return NULL;
    space->space = library.create_addr_space(&accessors, 0);
    if (!space->space) {
        free(space);
        return NULL;
    }
    library.set_caching_policy(space->space, UNW_CACHE_GLOBAL);
    return space;
}

void pd_unwind_space_destroy(struct pd_unwind_space *space) {
    if (!space) return;
    library.destroy_addr_space(space->space);
    free(space);
}

void pd_unwind_space_flush(struct pd_unwind_space *space) {
    library.flush_cache(space->space, 0, 0);
}

static void prepare(struct pd_walker *walker) {
    walker->failure = 0;
    walker->missing = 0;
    walker->asked_register = -1;
    walker->reads_left = PD_READS_PER_STEP;
}

int pd_unwind_begin(struct pd_unwind_space *space, struct pd_walker *walker) {
    prepare(walker);
    return library.init_remote(&space->cursor, space->space, walker) < 0 ? PD_UNWIND_BAD_INFO : 0;
}

int pd_unwind_step(struct pd_unwind_space *space, struct pd_walker *walker) {
    prepare(walker);
    int result = library.step(&space->cursor);
    if (result < 0) return walker->failure < 0 ? walker->failure : PD_UNWIND_BAD_INFO;
    if (result == 0) return 0;
    return library.is_signal_frame(&space->cursor) > 0 ? 2 : 1;
}

int pd_unwind_position(struct pd_unwind_space *space, uint64_t *ip, uint64_t *sp) {
    unw_word_t value_ip = 0, value_sp = 0;
    if (library.get_reg(&space->cursor, UNW_REG_IP, &value_ip) < 0) return PD_UNWIND_BAD_INFO;
    if (library.get_reg(&space->cursor, UNW_REG_SP, &value_sp) < 0) return PD_UNWIND_BAD_INFO;
    *ip = value_ip;
    *sp = value_sp;
    return 0;
}

void pd_unwind_registers(struct pd_unwind_space *space, struct pd_walker *walker, uint64_t *registers) {
    prepare(walker);
    for (int number = 0; number < PD_UNWIND_REGISTERS; number++) {
        unw_word_t value = 0;
        walker->asked_register = number;
        registers[number] = library.get_reg(&space->cursor, number, &value) < 0 ? 0 : value;
    }
    walker->asked_register = -1;
}

#else

/* Registers above are those of x86-64. Elsewhere there is no libunwind, and whoever asks is told so. */

int pd_unwind_open(void) { return -ENOSYS; }

struct pd_unwind_space *pd_unwind_space_create(void) { return NULL; }

void pd_unwind_space_destroy(struct pd_unwind_space *space) { (void)space; }

void pd_unwind_space_flush(struct pd_unwind_space *space) { (void)space; }

int pd_unwind_begin(struct pd_unwind_space *space, struct pd_walker *walker) {
    (void)space, (void)walker;
    return PD_UNWIND_BAD_INFO;
}

int pd_unwind_step(struct pd_unwind_space *space, struct pd_walker *walker) {
    (void)space, (void)walker;
    return PD_UNWIND_BAD_INFO;
}

int pd_unwind_position(struct pd_unwind_space *space, uint64_t *ip, uint64_t *sp) {
    (void)space, (void)ip, (void)sp;
    return PD_UNWIND_BAD_INFO;
}

void pd_unwind_registers(struct pd_unwind_space *space, struct pd_walker *walker, uint64_t *registers) {
    (void)space, (void)walker;
    memset(registers, 0, PD_UNWIND_REGISTERS * sizeof *registers);
}

#endif
