#ifndef PD_CPERFSYMBOLS_H
#define PD_CPERFSYMBOLS_H
/* Shims for symbols: libdw and liblzma, whose types Swift should not see and which are opened on first use; the
 * demanglers of the runtimes; and the process that handles hostile files in our stead.
 * Every function returns -errno on failure. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- debug information (dwarf.c); call only in the worker: libdw is not made for hostile files --- */

/* 0, or -ENOSYS when libdw.so.1 cannot be opened. */
int pd_libdw_load(void);

/* Source lines and inlined functions of `count` addresses, sorted and distinct, in the file `fd` (with `alt_fd` as its
 * .gnu_debugaltlink, or -1). `*reply` gets malloc'ed bytes, all integers little-endian u32:
 *   size of the strings; the strings, each NUL-terminated, the first one empty; then for each address the number of
 *   frames and the frames, innermost first: { name, file: offsets into the strings; line; line of the declaration;
 *   flags: bit 0 inlined, bit 1 the name is mangled }.
 * -ENOSYS without libdw, -ENODATA when the file has no debug information. */
int pd_dwarf_frames(int fd, int alt_fd, const uint64_t *_Nonnull addresses, size_t count,
                    uint8_t *_Nullable *_Nonnull reply, size_t *_Nonnull reply_size);

/* --- demangling (demangle.c) --- */

/* The demangled name, malloc'ed; null when `name` is not a mangled name of that language. */
char *_Nullable pd_swift_demangle(const char *_Nonnull name);
char *_Nullable pd_cxx_demangle(const char *_Nonnull name);

/* --- xz (xz.c) --- */

/* Decodes an .xz stream into `out`; its size or -ENOSYS (no liblzma), -ENOBUFS (`capacity` is too small), -EINVAL. */
ssize_t pd_xz_decode(const uint8_t *_Nonnull in, size_t in_size, uint8_t *_Nonnull out, size_t capacity);

/* --- the worker process (worker.c) --- */

/* The descriptor on which the worker finds its socket. */
#define PD_WORKER_SOCKET 3

/* Starts `executable` with the single argument `argument`, connected through `*socket`; nothing else is inherited:
 * standard streams are /dev/null, the environment is reduced to what the loader needs, the session is new. */
int pd_worker_spawn(const char *_Nonnull executable, const char *_Nonnull argument, pid_t *_Nonnull pid,
                    int *_Nonnull socket);

/* Takes away what the worker does not need: root, capabilities, new privileges, memory, CPU time, core files. */
int pd_worker_confine(uint64_t memory_bytes, uint32_t cpu_seconds);

/* Kills and reaps; the wait status, or -ECHILD when somebody else has reaped it. */
int pd_worker_end(pid_t pid);

/* Sends all bytes, with `fd_count` (at most 2) descriptors at their start. -ETIMEDOUT, -EPIPE. */
int pd_socket_send(int socket, const uint8_t *_Nonnull bytes, size_t size, const int *_Nullable fds, int fd_count,
                   int timeout_ms);

/* Receives exactly `size` bytes; descriptors that come along go to `fds` (room for 2, unused ones are -1).
 * -ETIMEDOUT; -EPIPE when the peer is gone. A negative timeout waits for ever. */
int pd_socket_receive(int socket, uint8_t *_Nonnull bytes, size_t size, int *_Nonnull fds, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
