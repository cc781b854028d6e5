#include "CPerfLinux.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int pd_probe_event(uint32_t type, uint64_t config, int with_kernel, int everybody) {
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = type;
    attr.config = config;
    /* 1 ms for the clock, rare for whatever else: it is disabled anyway. */
    attr.sample_period = 1000000;
    attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_CALLCHAIN;
    attr.disabled = 1;
    attr.exclude_kernel = !with_kernel;
    attr.exclude_callchain_kernel = !with_kernel;
    attr.exclude_hv = 1;
    int fd = -1;
    /* The first CPU need not be online. */
    for (int cpu = 0; cpu < 64; cpu++) {
        fd = (int)syscall(SYS_perf_event_open, &attr, everybody ? -1 : 0, everybody ? cpu : -1, -1,
                          (unsigned long)PERF_FLAG_FD_CLOEXEC);
        if (fd >= 0 || !everybody || errno != ENODEV) break;
    }
    if (fd < 0) return -errno;
    close(fd);
    return 0;
}

int pd_probe_bpf(void) {
    static const char license[] = "Dual MIT/GPL";
    struct bpf_insn program[2];
    memset(program, 0, sizeof program);
    program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
    program[1].code = BPF_JMP | BPF_EXIT;
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_PERF_EVENT;
    attr.insns = (uint64_t)(uintptr_t)program;
    attr.insn_cnt = 2;
    attr.license = (uint64_t)(uintptr_t)license;
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd < 0) return -errno;
    close(fd);
    return 0;
}

int pd_probe_remote_memory(void) {
    char from = 1, to = 0;
    struct iovec local = {&to, 1}, remote = {&from, 1};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1 ? 0 : -errno;
}

int pd_probe_ptrace(void) {
    if (ptrace(PTRACE_SEIZE, (pid_t)INT_MAX, 0, 0) == 0) return 0;
    return errno == ESRCH ? 0 : -errno;
}

int pd_probe_library(const char *name) { return dlopen(name, RTLD_LAZY | RTLD_LOCAL) ? 0 : -ENOENT; }

/* Whether the file has a section of that name; it is this process's own C library, so it is well-formed. */
static int has_section(const char *path, const char *wanted) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    int found = 0;
    ElfW(Ehdr) header;
    ElfW(Shdr) section, names;
    if (pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header && header.e_shentsize == sizeof section &&
        pread(fd, &names, sizeof names, (off_t)(header.e_shoff + (uint64_t)header.e_shstrndx * sizeof names)) ==
            (ssize_t)sizeof names) {
        for (unsigned i = 0; i < header.e_shnum && !found; i++) {
            char name[32] = {0};
            if (pread(fd, &section, sizeof section, (off_t)(header.e_shoff + (uint64_t)i * sizeof section)) !=
                (ssize_t)sizeof section)
                break;
            if (pread(fd, name, sizeof name - 1, (off_t)(names.sh_offset + section.sh_name)) > 0)
                found = strcmp(name, wanted) == 0;
        }
    }
    close(fd);
    return found;
}

static int find_libc(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size;
    struct pd_libc *out = data;
    const char *base = strrchr(info->dlpi_name, '/');
    if (strcmp(base ? base + 1 : info->dlpi_name, "libc.so.6") != 0) return 0;
    strncpy(out->path, info->dlpi_name, sizeof out->path - 1);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_NOTE) continue;
        const char *at = (const char *)(info->dlpi_addr + segment->p_vaddr);
        const char *end = at + segment->p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const void *)at;
            const char *name = at + sizeof *note;
            const char *content = name + ((note->n_namesz + 3) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
                note->n_descsz <= sizeof out->build_id) {
                memcpy(out->build_id, content, note->n_descsz);
                out->build_id_size = note->n_descsz;
            }
            at = content + ((note->n_descsz + 3) & ~3u);
        }
    }
    return 1;
}

int pd_own_libc(struct pd_libc *out) {
    memset(out, 0, sizeof *out);
    if (!dl_iterate_phdr(find_libc, out)) return -ENOENT;
    out->has_debugdata = (uint32_t)has_section(out->path, ".gnu_debugdata");
    return 0;
}
