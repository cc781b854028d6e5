#ifndef PD_CPERFUNWIND_H
#define PD_CPERFUNWIND_H
/* libunwind over a captured stack. libunwind's API is macros over symbols with an architecture prefix, and its
 * memory and register accessors are called some hundred times per frame: both belong in C.
 *
 * The library is opened with dlopen on first use. Every function returns -errno or a negative PD_UNWIND_ code on
 * failure; none of them is thread safe for one and the same walker. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* General registers and the instruction pointer, by their DWARF numbers (x86-64 psABI, figure 3.36). */
enum { PD_UNWIND_REGISTERS = 17, PD_UNWIND_RBP = 6, PD_UNWIND_RSP = 7, PD_UNWIND_RIP = 16 };

enum {
    /* No unwind information covers the address; the registers are still those of the frame. */
    PD_UNWIND_NO_INFO = -1000,
    /* Memory was needed that nobody has. pd_walker.missing is its address. */
    PD_UNWIND_NO_MEMORY = -1001,
    /* libunwind cannot follow the unwind information. */
    PD_UNWIND_BAD_INFO = -1002,
};

/* Addresses from here on name bytes of pd_walker.records: no process has memory there. */
#define PD_UNWIND_RECORDS_BASE 0xfff0000000000000ull

/* One captured stack and what is needed to read it. The caller sets all but `missing`. */
struct pd_walker {
    /* Registers of the frame that the walk starts at. */
    uint64_t registers[PD_UNWIND_REGISTERS];
    /* The dump holds the bytes of [stack_start, stack_start + stack_count). */
    uint64_t stack_start;
    uint64_t stack_count;
    const uint8_t *_Nullable stack;
    /* Call frame records in libunwind's form; see find_record. */
    const uint8_t *_Nullable records;
    uint64_t records_count;
    void *_Nullable context;
    /* Where the record of the function at `ip` stands in `records`, with the function's bounds; negative when there
     * is none. It may replace `records`, but must not change what stood there. */
    int64_t (*_Nonnull find_record)(struct pd_walker *_Nonnull walker, uint64_t ip, uint64_t *_Nonnull start,
                                    uint64_t *_Nonnull end);
    /* Eight bytes outside the dump; 0, or negative when nobody has them. */
    int (*_Nonnull read_word)(struct pd_walker *_Nonnull walker, uint64_t address, uint64_t *_Nonnull value);

    /* Set here. */
    uint64_t missing;
    int32_t failure;
    int32_t asked_register;
    uint32_t reads_left;
};

/* Sets the two callbacks and clears the rest. */
void pd_walker_init(struct pd_walker *_Nonnull walker,
                    int64_t (*_Nonnull find_record)(struct pd_walker *_Nonnull walker, uint64_t ip,
                                                    uint64_t *_Nonnull start, uint64_t *_Nonnull end),
                    int (*_Nonnull read_word)(struct pd_walker *_Nonnull walker, uint64_t address,
                                              uint64_t *_Nonnull value));

/* Opens the library; 0, or -ENOENT. */
int pd_unwind_open(void);

/* A libunwind address space with its cache of unwind rows; null when the library or memory is missing. */
struct pd_unwind_space;
struct pd_unwind_space *_Nullable pd_unwind_space_create(void);
void pd_unwind_space_destroy(struct pd_unwind_space *_Nullable space);
/* Forgets all cached rows; due when bytes of `records` are reused. */
void pd_unwind_space_flush(struct pd_unwind_space *_Nonnull space);

/* Starts a walk at walker->registers. The cursor is the space's own: one walk at a time. */
int pd_unwind_begin(struct pd_unwind_space *_Nonnull space, struct pd_walker *_Nonnull walker);
/* One step to the caller: 1 done, 2 done and the frame that was left is a signal frame, 0 the unwind information says
 * that nobody called this frame, negative PD_UNWIND_. */
int pd_unwind_step(struct pd_unwind_space *_Nonnull space, struct pd_walker *_Nonnull walker);
/* Instruction pointer and stack pointer of the current frame. */
int pd_unwind_position(struct pd_unwind_space *_Nonnull space, uint64_t *_Nonnull ip, uint64_t *_Nonnull sp);
/* All registers of the current frame; a register that cannot be restored is 0. */
void pd_unwind_registers(struct pd_unwind_space *_Nonnull space, struct pd_walker *_Nonnull walker,
                         uint64_t *_Nonnull registers);

#ifdef __cplusplus
}
#endif
#endif
