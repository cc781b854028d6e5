#include "CPerfLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t read_format(const char *root, const char *event, void *buffer, uint64_t size) {
    char path[256];
    int length = snprintf(path, sizeof path, "%s/events/%s/format", root, event);
    if (length < 0 || (size_t)length >= sizeof path) return -ENAMETOOLONG;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int64_t total = 0;
    while ((uint64_t)total < size) {
        ssize_t got = read(fd, (char *)buffer + total, size - (uint64_t)total);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) total = -errno;
        if (got <= 0) break;
        total += got;
    }
    close(fd);
    return total;
}

int64_t pd_tracepoint_format(const char *event, void *buffer, uint64_t size) {
    static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    int64_t got = -ENOENT;
    for (size_t i = 0; i < 2; i++) {
        got = read_format(roots[i], event, buffer, size);
        if (got >= 0) return got;
    }
    if (got != -ENOENT) return got;
    /* tracefs is mounted nowhere. A child mounts it where only the child sees it, and hands the text over. */
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int saved = errno;
        close(ends[0]);
        close(ends[1]);
        return -saved;
    }
    if (child == 0) {
        static char text[1 << 14];
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("tracefs", roots[0], "tracefs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
            _exit(1);
        int64_t length = read_format(roots[0], event, text, sizeof text);
        if (length <= 0 || write(ends[1], text, (size_t)length) != length) _exit(1);
        _exit(0);
    }
    close(ends[1]);
    got = 0;
    while ((uint64_t)got < size) {
        ssize_t part = read(ends[0], (char *)buffer + got, size - (uint64_t)got);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) break;
        got += part;
    }
    close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return got > 0 ? got : -ENOENT;
}
