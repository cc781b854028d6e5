#include "CPerfLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *pd_error_text(int error) { return strerrordesc_np(error); }

int pd_open_in_root(int root_fd, const char *path) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    int fd;
    do {
        fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof how);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int pd_file_status(int fd, struct pd_file_status *out) {
    struct stat status;
    if (fstat(fd, &status) != 0) return -errno;
    out->device = status.st_dev;
    out->inode = status.st_ino;
    out->size_bytes = (uint64_t)status.st_size;
    out->mode = status.st_mode;
    out->owner = status.st_uid;
    out->modified_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    return 0;
}

int64_t pd_attribute_size(const char *path, const char *name) {
    ssize_t size = getxattr(path, name, NULL, 0);
    return size < 0 ? 0 : size;
}
