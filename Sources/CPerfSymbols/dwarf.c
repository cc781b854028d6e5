/* Lines and inlined functions through libdw.
 *
 * libdw's own look-ups do not do for Swift: there is no .debug_aranges, so dwarf_addrdie and dwfl_module_getsrc find
 * nothing, and dwarf_getscopes misses most inlined functions. So the units are listed once, unless .debug_aranges has
 * all that is wanted, and only those that hold a wanted address are walked: every address collects the chain of
 * functions around it on the way down. */
#include "CPerfSymbols.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Deeper nesting than this is damage or malice; real code inlines a few dozen levels. */
#define DEEPEST 200
#define LONGEST_STRING 65536

#define LIBDW_FUNCTIONS(X)                                                                                          \
    X(dwarf_begin_elf) X(dwarf_end) X(dwarf_setalt) X(dwarf_get_units) X(dwarf_ranges) X(dwarf_getsrclines)             \
    X(dwarf_onesrcline) X(dwarf_lineaddr) X(dwarf_lineno) X(dwarf_linesrc) X(dwarf_lineendsequence)                 \
    X(dwarf_getsrcfiles) X(dwarf_filesrc) X(dwarf_child) X(dwarf_siblingof) X(dwarf_tag) X(dwarf_attr)              \
    X(dwarf_attr_integrate) X(dwarf_formudata) X(dwarf_formstring) X(dwarf_decl_file)                               \
    X(dwarf_getaranges) X(dwarf_getarange_addr) X(dwarf_getarangeinfo) X(dwarf_offdie)

#define LIBELF_FUNCTIONS(X)                                                                                         \
    X(elf_version) X(elf_begin) X(elf_end) X(elf_getshdrstrndx) X(elf_nextscn) X(elf_strptr) X(gelf_getshdr)        \
    X(gelf_update_shdr)

static struct {
    int loaded; /* 1 loaded, -1 missing */
#define X(name) __typeof__(&name) name;
    LIBDW_FUNCTIONS(X)
    LIBELF_FUNCTIONS(X) /* of the library that libdw is linked to */
#undef X
} dw;

int pd_libdw_load(void) {
    if (dw.loaded) return dw.loaded > 0 ? 0 : -ENOSYS;
    dw.loaded = -1;
    void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return -ENOSYS;
#define X(name)                                                                                                     \
    dw.name = (__typeof__(&name))dlsym(library, #name);                                                             \
    if (!dw.name) return -ENOSYS;
    LIBDW_FUNCTIONS(X)
    LIBELF_FUNCTIONS(X)
#undef X
    if (dw.elf_version(EV_CURRENT) == EV_NONE) return -ENOSYS;
    dw.loaded = 1;
    return 0;
}

/* --- growing arrays and interned strings --- */

struct bytes {
    uint8_t *data;
    size_t size, capacity;
    bool failed;
};

static void append(struct bytes *bytes, const void *data, size_t size) {
    if (bytes->failed) return;
    if (bytes->capacity - bytes->size < size) {
        size_t capacity = bytes->capacity ? bytes->capacity : 4096;
        while (capacity - bytes->size < size) capacity *= 2;
        uint8_t *grown = realloc(bytes->data, capacity);
        if (!grown) {
            bytes->failed = true;
            return;
        }
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static void append_u32(struct bytes *bytes, uint32_t value) { append(bytes, &value, sizeof value); }

/* libdw returns the same pointer for the same string, so pointers are the keys. */
struct interned {
    const char *directory, *string;
    uint32_t offset;
};

struct strings {
    struct bytes bytes;
    struct interned *slots;
    size_t count, capacity; /* capacity is a power of two */
};

static size_t string_hash(const char *directory, const char *string) {
    uint64_t hash = ((uint64_t)(uintptr_t)string ^ ((uint64_t)(uintptr_t)directory << 7)) * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 20);
}

static bool grow(struct strings *strings) {
    size_t capacity = strings->capacity ? strings->capacity * 2 : 1024;
    struct interned *slots = calloc(capacity, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < strings->capacity; i++) {
        struct interned *old = &strings->slots[i];
        if (!old->string) continue;
        size_t at = string_hash(old->directory, old->string) & (capacity - 1);
        while (slots[at].string) at = (at + 1) & (capacity - 1);
        slots[at] = *old;
    }
    free(strings->slots);
    strings->slots = slots;
    strings->capacity = capacity;
    return true;
}

/* Offset of a string, preceded by `directory` and a slash when that is not null; 0 is the empty string. */
static uint32_t intern(struct strings *strings, const char *directory, const char *string) {
    if (!string || !*string) return 0;
    if (strings->count * 2 >= strings->capacity && !grow(strings)) return 0;
    size_t at = string_hash(directory, string) & (strings->capacity - 1);
    for (; strings->slots[at].string; at = (at + 1) & (strings->capacity - 1))
        if (strings->slots[at].string == string && strings->slots[at].directory == directory)
            return strings->slots[at].offset;
    size_t length = strnlen(string, LONGEST_STRING);
    size_t directory_length = directory ? strnlen(directory, LONGEST_STRING) : 0;
    if (strings->bytes.size + length + directory_length + 2 > UINT32_MAX / 2) return 0;
    strings->slots[at] = (struct interned){directory, string, (uint32_t)strings->bytes.size};
    strings->count++;
    uint32_t offset = (uint32_t)strings->bytes.size;
    if (directory_length) {
        append(&strings->bytes, directory, directory_length);
        if (directory[directory_length - 1] != '/') append(&strings->bytes, "/", 1);
    }
    append(&strings->bytes, string, length);
    append(&strings->bytes, "", 1);
    return strings->bytes.failed ? 0 : offset;
}

/* --- what is collected --- */

struct function {
    uint32_t name, call_file, call_line, declared_file, declared_line;
    uint32_t is_linkage_name;
};

/* A link of an address's chain, pushed on the way down, so the innermost function is at the head. */
struct link {
    int32_t function, outer;
};

struct hit {
    uint64_t address;
    uint64_t low, high; /* range of the innermost function's piece that holds the address */
    uint32_t unit;      /* index + 1; 0 when no unit holds it */
    uint32_t depth;     /* length of the chain */
    int32_t chain;
    uint32_t file, line;
};

struct unit_range {
    uint64_t low, high, reach; /* `reach`: the highest end among this and all ranges before it */
    uint32_t unit;
};

struct walk {
    struct strings strings;
    struct bytes units;     /* Dwarf_Die */
    struct bytes ranges;    /* struct unit_range */
    struct bytes functions; /* struct function */
    struct bytes links;     /* struct link */
    struct hit *hits;
    size_t hit_count;
    /* The unit at hand. */
    size_t first, last; /* its hits lie in hits[first..<last] */
    uint32_t unit;
    const char *directory;
    Dwarf_Files *files;
    size_t file_count;
    bool thorough;
};

static size_t lower_bound(const struct walk *walk, uint64_t address) {
    size_t low = walk->first, high = walk->last;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->hits[middle].address < address) low = middle + 1;
        else high = middle;
    }
    return low;
}

static uint32_t file_string(struct walk *walk, const char *path) {
    if (!path || strcmp(path, "???") == 0) return 0;
    /* <compiler-generated>: there is nothing to open. */
    const char *slash = strrchr(path, '/');
    if ((slash ? slash[1] : path[0]) == '<') return 0;
    return intern(&walk->strings, path[0] == '/' ? NULL : walk->directory, path);
}

static uint32_t number(Dwarf_Die *die, unsigned name, bool integrate) {
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    if (!(integrate ? dw.dwarf_attr_integrate(die, name, &attribute) : dw.dwarf_attr(die, name, &attribute))) return 0;
    if (dw.dwarf_formudata(&attribute, &value) != 0 || value > INT32_MAX) return 0;
    return (uint32_t)value;
}

static const char *text(Dwarf_Die *die, unsigned name) {
    Dwarf_Attribute attribute;
    return dw.dwarf_attr_integrate(die, name, &attribute) ? dw.dwarf_formstring(&attribute) : NULL;
}

/* Compilers also record assembler names of C functions (__GI___libc_malloc); only mangled names tell more than the
 * plain one. */
static bool is_mangled(const char *name) {
    static const char *const prefixes[] = {"$s", "$S", "$e", "_$s", "_$S", "_T0", "_Z", "__Z", "_R"};
    for (size_t i = 0; name && i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) return true;
    return false;
}

static int32_t add_function(struct walk *walk, Dwarf_Die *die, bool inlined) {
    struct function function;
    memset(&function, 0, sizeof function);
    const char *linkage = text(die, DW_AT_linkage_name);
    if (!linkage) linkage = text(die, DW_AT_MIPS_linkage_name);
    function.is_linkage_name = is_mangled(linkage);
    const char *name = function.is_linkage_name ? NULL : text(die, DW_AT_name);
    function.name = intern(&walk->strings, NULL, name ? name : linkage);
    function.declared_file = file_string(walk, dw.dwarf_decl_file(die));
    function.declared_line = number(die, DW_AT_decl_line, true);
    if (inlined) {
        function.call_line = number(die, DW_AT_call_line, false);
        uint32_t file = number(die, DW_AT_call_file, false);
        if (walk->files && file < walk->file_count)
            function.call_file = file_string(walk, dw.dwarf_filesrc(walk->files, file, NULL, NULL));
        if (function.call_file == 0) function.call_line = 0;
    }
    size_t index = walk->functions.size / sizeof function;
    if (index >= INT32_MAX) return -1;
    append(&walk->functions, &function, sizeof function);
    return walk->functions.failed ? -1 : (int32_t)index;
}

/* Pushes `die` on the chain of all hits in its ranges that are `depth` deep; whether there were any.
 * Asking for the exact depth keeps overlapping siblings from stacking up. */
static bool push(struct walk *walk, Dwarf_Die *die, uint32_t depth, bool inlined) {
    int32_t function = -1;
    ptrdiff_t offset = 0;
    Dwarf_Addr base, low, high;
    bool found = false;
    while ((offset = dw.dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
        if (high <= low) continue;
        for (size_t i = lower_bound(walk, low); i < walk->last && walk->hits[i].address < high; i++) {
            struct hit *hit = &walk->hits[i];
            if (hit->unit != walk->unit || hit->depth != depth) continue;
            if (function < 0 && (function = add_function(walk, die, inlined)) < 0) return false;
            struct link link = {function, hit->chain};
            size_t index = walk->links.size / sizeof link;
            if (index >= INT32_MAX) return false;
            append(&walk->links, &link, sizeof link);
            if (walk->links.failed) return false;
            hit->chain = (int32_t)index;
            hit->depth = depth + 1;
            hit->low = low;
            hit->high = high;
            found = true;
        }
    }
    return found;
}

static void walk_inlined(struct walk *walk, Dwarf_Die *parent, uint32_t depth, unsigned nesting) {
    Dwarf_Die die;
    if (nesting > DEEPEST || dw.dwarf_child(parent, &die) != 0) return;
    do {
        switch (dw.dwarf_tag(&die)) {
        case DW_TAG_inlined_subroutine:
            if (push(walk, &die, depth, true)) walk_inlined(walk, &die, depth + 1, nesting + 1);
            break;
        case DW_TAG_lexical_block:
        case DW_TAG_try_block:
        case DW_TAG_catch_block:
        case DW_TAG_with_stmt:
            walk_inlined(walk, &die, depth, nesting + 1);
            break;
        default:
            break;
        }
    } while (dw.dwarf_siblingof(&die, &die) == 0);
}

static void walk_scope(struct walk *walk, Dwarf_Die *parent, unsigned nesting) {
    Dwarf_Die die;
    if (nesting > DEEPEST || dw.dwarf_child(parent, &die) != 0) return;
    do {
        switch (dw.dwarf_tag(&die)) {
        case DW_TAG_subprogram:
            if (push(walk, &die, 0, false)) walk_inlined(walk, &die, 1, nesting + 1);
            /* Functions inside functions are rare, so these are searched only when an address is left over. */
            if (walk->thorough) walk_scope(walk, &die, nesting + 1);
            break;
        case DW_TAG_namespace:
        case DW_TAG_module:
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
        case DW_TAG_interface_type:
        case DW_TAG_variant_part:
            walk_scope(walk, &die, nesting + 1);
            break;
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine:
            if (walk->thorough) walk_scope(walk, &die, nesting + 1);
            break;
        default:
            break;
        }
    } while (dw.dwarf_siblingof(&die, &die) == 0);
}

/* --- lines --- */

static uint64_t line_address(Dwarf_Lines *lines, size_t index) {
    Dwarf_Addr address = 0;
    return dw.dwarf_lineaddr(dw.dwarf_onesrcline(lines, index), &address) == 0 ? address : 0;
}

/* The line of a row; 0 also for rows in files that no person wrote. */
static uint32_t line_number(struct walk *walk, Dwarf_Lines *lines, size_t index, uint32_t *file) {
    Dwarf_Line *row = dw.dwarf_onesrcline(lines, index);
    int line = 0;
    if (dw.dwarf_lineno(row, &line) != 0 || line <= 0) return 0;
    *file = file_string(walk, dw.dwarf_linesrc(row, NULL, NULL));
    return *file ? (uint32_t)line : 0;
}

static bool ends_sequence(Dwarf_Lines *lines, size_t index) {
    bool end = false;
    return dw.dwarf_lineendsequence(dw.dwarf_onesrcline(lines, index), &end) != 0 || end;
}

/* The row that covers the address. Code that the compiler made has line 0: then the nearest row with a line inside the
 * same piece of the same function, before or else behind it. */
static void find_line(struct walk *walk, Dwarf_Lines *lines, size_t count, struct hit *hit) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (line_address(lines, middle) <= hit->address) low = middle + 1;
        else high = middle;
    }
    if (low == 0 || ends_sequence(lines, low - 1)) return;
    size_t row = low - 1;
    hit->line = line_number(walk, lines, row, &hit->file);
    for (size_t i = row; hit->line == 0 && i-- > 0;) {
        if (ends_sequence(lines, i) || line_address(lines, i) < hit->low) break;
        hit->line = line_number(walk, lines, i, &hit->file);
    }
    for (size_t i = row + 1; hit->line == 0 && i < count; i++) {
        if (ends_sequence(lines, i) || line_address(lines, i) >= hit->high) break;
        hit->line = line_number(walk, lines, i, &hit->file);
    }
}

/* --- units --- */

static int compare_ranges(const void *left, const void *right) {
    const struct unit_range *a = left, *b = right;
    if (a->low != b->low) return a->low < b->low ? -1 : 1;
    if (a->high != b->high) return a->high > b->high ? -1 : 1;
    return a->unit < b->unit ? -1 : a->unit > b->unit;
}

static void list_units(struct walk *walk, Dwarf *dwarf) {
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    uint8_t type;
    while (dw.dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) == 0) {
        if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
        uint32_t index = (uint32_t)(walk->units.size / sizeof die);
        if (index >= INT32_MAX) return;
        append(&walk->units, &die, sizeof die);
        ptrdiff_t offset = 0;
        Dwarf_Addr base, low, high;
        while ((offset = dw.dwarf_ranges(&die, offset, &base, &low, &high)) > 0) {
            /* Linkers leave functions that they dropped at address 0. */
            if (low == 0 || high <= low) continue;
            struct unit_range range = {low, high, 0, index};
            append(&walk->ranges, &range, sizeof range);
        }
    }
    struct unit_range *ranges = (struct unit_range *)(void *)walk->ranges.data;
    size_t count = walk->ranges.size / sizeof *ranges;
    if (count) qsort(ranges, count, sizeof *ranges, compare_ranges);
    uint64_t reach = 0;
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].high > reach) reach = ranges[i].high;
        ranges[i].reach = reach;
    }
}

/* The unit of the innermost range around the address. */
static uint32_t unit_of(const struct walk *walk, uint64_t address) {
    const struct unit_range *ranges = (const struct unit_range *)(const void *)walk->ranges.data;
    size_t low = 0, high = walk->ranges.size / sizeof *ranges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].low <= address) low = middle + 1;
        else high = middle;
    }
    while (low > 0 && ranges[low - 1].reach > address) {
        if (ranges[low - 1].high > address) return ranges[low - 1].unit + 1;
        low--;
    }
    return 0;
}

/* Finds the units of all hits in .debug_aranges, which C compilers write: that parses no unit but these. False, and
 * nothing is kept, when an address is not there; Swift writes none, and its units may be anywhere. */
static bool find_units(struct walk *walk, Dwarf *dwarf) {
    Dwarf_Aranges *ranges = NULL;
    size_t count = 0;
    if (dw.dwarf_getaranges(dwarf, &ranges, &count) != 0 || count == 0) return false;
    Dwarf_Off last = 0;
    for (size_t i = 0; i < walk->hit_count; i++) {
        Dwarf_Addr start;
        Dwarf_Word length;
        Dwarf_Off offset;
        Dwarf_Die die;
        Dwarf_Arange *range = dw.dwarf_getarange_addr(ranges, walk->hits[i].address);
        if (!range || dw.dwarf_getarangeinfo(range, &start, &length, &offset) != 0) return false;
        uint32_t unit_count = (uint32_t)(walk->units.size / sizeof die);
        if (unit_count > 0 && offset == last) {
            walk->hits[i].unit = unit_count;
            continue;
        }
        /* Addresses are sorted and the units of a library seldom interleave: a unit that is listed twice is walked
         * twice, each time for the hits of its own. */
        if (!dw.dwarf_offdie(dwarf, offset, &die)) return false;
        append(&walk->units, &die, sizeof die);
        walk->hits[i].unit = unit_count + 1;
        last = offset;
    }
    return true;
}

static void walk_unit(struct walk *walk, Dwarf_Die *unit) {
    walk->directory = text(unit, DW_AT_comp_dir);
    walk->files = NULL;
    walk->file_count = 0;
    Dwarf_Lines *lines = NULL;
    size_t line_count = 0;
    if (dw.dwarf_getsrclines(unit, &lines, &line_count) != 0) line_count = 0;
    if (dw.dwarf_getsrcfiles(unit, &walk->files, &walk->file_count) != 0) walk->files = NULL;
    walk->thorough = false;
    walk_scope(walk, unit, 0);
    for (int pass = 0; pass < 2; pass++) {
        bool missing = false;
        for (size_t i = walk->first; i < walk->last; i++)
            missing |= walk->hits[i].unit == walk->unit && walk->hits[i].depth == 0;
        if (!missing || pass > 0) break;
        walk->thorough = true;
        walk_scope(walk, unit, 0);
    }
    for (size_t i = walk->first; i < walk->last; i++)
        if (walk->hits[i].unit == walk->unit) find_line(walk, lines, line_count, &walk->hits[i]);
}

/* --- the reply --- */

static void append_frames(const struct walk *walk, struct bytes *reply, const struct hit *hit) {
    const struct function *functions = (const struct function *)(const void *)walk->functions.data;
    const struct link *links = (const struct link *)(const void *)walk->links.data;
    if (hit->chain < 0) {
        /* A line without a function: assembler, or split debug information that is not here. */
        append_u32(reply, hit->line ? 1 : 0);
        if (hit->line) {
            uint32_t frame[5] = {0, hit->file, hit->line, 0, 0};
            append(reply, frame, sizeof frame);
        }
        return;
    }
    append_u32(reply, hit->depth);
    uint32_t file = hit->file, line = hit->line;
    for (int32_t at = hit->chain; at >= 0; at = links[at].outer) {
        const struct function *function = &functions[links[at].function];
        bool inlined = links[at].outer >= 0;
        if (line == 0) {
            file = function->declared_file;
            line = function->declared_line;
        }
        uint32_t frame[5] = {function->name, file, line, function->declared_line,
                             (inlined ? 1u : 0u) | (function->is_linkage_name ? 2u : 0u)};
        append(reply, frame, sizeof frame);
        file = function->call_file;
        line = function->call_line;
    }
}

static int collect(struct walk *walk, Dwarf *dwarf, uint8_t **reply, size_t *reply_size) {
    append(&walk->strings.bytes, "", 1);
    if (!find_units(walk, dwarf)) {
        walk->units.size = 0;
        list_units(walk, dwarf);
        for (size_t i = 0; i < walk->hit_count; i++) walk->hits[i].unit = unit_of(walk, walk->hits[i].address);
    }
    if (walk->units.failed || walk->ranges.failed) return -ENOMEM;

    /* Addresses are sorted, but those of one unit need not be neighbours: sections of their own interleave. */
    size_t unit_count = walk->units.size / sizeof(Dwarf_Die);
    size_t *first = calloc(unit_count + 1, sizeof *first), *last = calloc(unit_count + 1, sizeof *last);
    if (!first || !last) {
        free(first);
        free(last);
        return -ENOMEM;
    }
    for (size_t i = 0; i < walk->hit_count; i++) {
        uint32_t unit = walk->hits[i].unit;
        if (last[unit] == 0) first[unit] = i;
        last[unit] = i + 1;
    }
    for (uint32_t unit = 1; unit <= unit_count; unit++) {
        if (last[unit] == 0) continue;
        walk->unit = unit;
        walk->first = first[unit];
        walk->last = last[unit];
        Dwarf_Die die;
        memcpy(&die, walk->units.data + (unit - 1) * sizeof die, sizeof die);
        walk_unit(walk, &die);
    }
    free(first);
    free(last);

    struct bytes out;
    memset(&out, 0, sizeof out);
    append_u32(&out, (uint32_t)walk->strings.bytes.size);
    append(&out, walk->strings.bytes.data, walk->strings.bytes.size);
    for (size_t i = 0; i < walk->hit_count; i++) append_frames(walk, &out, &walk->hits[i]);
    if (out.failed || walk->strings.bytes.failed || walk->functions.failed || walk->links.failed) {
        free(out.data);
        return -ENOMEM;
    }
    *reply = out.data;
    *reply_size = out.size;
    return 0;
}

/* libdw decompresses every section that it knows; those which we never look at are a third of some files. */
static void hide_sections(Elf *elf) {
    static const char *const unused[] = {".debug_frame",    ".debug_loc",     ".debug_loclists", ".debug_macinfo",
                                         ".debug_macro",    ".debug_pubnames", ".debug_pubtypes"};
    size_t names = 0;
    if (dw.elf_getshdrstrndx(elf, &names) != 0) return;
    for (Elf_Scn *section = NULL; (section = dw.elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (!dw.gelf_getshdr(section, &header)) continue;
        const char *name = dw.elf_strptr(elf, names, header.sh_name);
        for (size_t i = 0; name && i < sizeof unused / sizeof *unused; i++) {
            if (strcmp(name, unused[i]) != 0) continue;
            header.sh_type = SHT_NOBITS;
            dw.gelf_update_shdr(section, &header);
        }
    }
}

/* A private mapping, so that what is changed in it stays in memory. */
static Dwarf *open_dwarf(int fd, Elf **elf) {
    *elf = dw.elf_begin(fd, ELF_C_READ_MMAP_PRIVATE, NULL);
    if (!*elf) return NULL;
    hide_sections(*elf);
    return dw.dwarf_begin_elf(*elf, DWARF_C_READ, NULL);
}

int pd_dwarf_frames(int fd, int alt_fd, const uint64_t *addresses, size_t count, uint8_t **reply,
                    size_t *reply_size) {
    int error = pd_libdw_load();
    if (error) return error;
    Elf *elf = NULL, *alternative_elf = NULL;
    Dwarf *dwarf = open_dwarf(fd, &elf);
    if (!dwarf) {
        dw.elf_end(elf);
        return -ENODATA;
    }
    Dwarf *alternative = alt_fd >= 0 ? open_dwarf(alt_fd, &alternative_elf) : NULL;
    if (alternative) dw.dwarf_setalt(dwarf, alternative);

    struct walk walk;
    memset(&walk, 0, sizeof walk);
    walk.hits = calloc(count ? count : 1, sizeof *walk.hits);
    walk.hit_count = count;
    error = walk.hits ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && !error; i++) {
        if (i > 0 && addresses[i] <= addresses[i - 1]) error = -EINVAL;
        walk.hits[i] = (struct hit){.address = addresses[i], .low = 0, .high = UINT64_MAX, .chain = -1};
    }
    if (!error) error = collect(&walk, dwarf, reply, reply_size);

    free(walk.hits);
    free(walk.units.data);
    free(walk.ranges.data);
    free(walk.functions.data);
    free(walk.links.data);
    free(walk.strings.bytes.data);
    free(walk.strings.slots);
    dw.dwarf_end(dwarf);
    if (alternative) dw.dwarf_end(alternative);
    dw.elf_end(elf);
    dw.elf_end(alternative_elf);
    return error;
}
