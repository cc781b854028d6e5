#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

static int keep_registers(struct pd_snapshot *snapshot, const struct pd_tracees *all) {
    snapshot->threads = calloc(all->count ? all->count : 1, sizeof *snapshot->threads);
    if (!snapshot->threads) return -ENOMEM;
    for (size_t i = 0; i < all->count; i++) {
        const struct pd_stopped *one = &all->list[i];
        if (!one->tid) continue;
        struct pd_snapshot_thread *thread = &snapshot->threads[snapshot->thread_count++];
        thread->tid = one->tid;
        thread->stack_pointer = PD_STACK_POINTER(one->registers);
        size_t plain = sizeof one->registers / 8;
        memcpy(thread->words, &one->registers, plain * 8);
        // Code moves addresses through vector registers as well.
        struct iovec part = {thread->words + plain, sizeof thread->words - plain * 8};
        if (ptrace(PTRACE_GETREGSET, one->tid, (void *)(long)PD_EXTENDED_SET, &part)) part.iov_len = 0;
        thread->word_count = (uint32_t)(plain + part.iov_len / 8);
    }
    return 0;
}

// The first thread that has stopped elsewhere than at a signal.
static struct pd_stopped *suitable(struct pd_tracees *all) {
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].tid && !all->list[i].signal) return &all->list[i];
    return NULL;
}

int pd_snapshot_take(pid_t pid, uint64_t syscall_address, struct pd_snapshot *snapshot) {
    *snapshot = (struct pd_snapshot){.pid = pid};
    struct pd_tracees all = {.deadline = pd_monotonic_ns() + PD_PATIENCE_NS};
    uint64_t start = pd_monotonic_ns();
    int result = pd_stop_all(&all, pid, &snapshot->stuck_tid);
    if (!result) result = keep_registers(snapshot, &all);
    struct pd_stopped *maker = result ? NULL : suitable(&all);
    if (!result && !maker) result = PD_SNAPSHOT_BUSY;
    if (!result && ptrace(PTRACE_SETOPTIONS, maker->tid, 0, PTRACE_O_TRACECLONE)) result = -errno;
    if (!result) {
        // Shared files and folders: the copy keeps nobody's connection open. No signal tells of its end.
        const unsigned long arguments[6] = {CLONE_FILES | CLONE_FS, 0, 0, 0};
        long value = 0;
        uint64_t begun = pd_monotonic_ns();
        result = pd_remote_call(maker, syscall_address, SYS_clone, arguments, &value, &snapshot->child);
        snapshot->injection_ns = pd_monotonic_ns() - begun;
        if (!result && value < 0) result = (int)value;
        if (!result && snapshot->child <= 0) result = PD_SNAPSHOT_CHANGED;
        int status;
        if (snapshot->child > 0) {
            if (pd_wait_for_stop(snapshot->child, pd_monotonic_ns() + PD_PATIENCE_NS, &status) == 1)
                ptrace(PTRACE_SETOPTIONS, snapshot->child, 0, PTRACE_O_EXITKILL);
            else if (!result)
                result = PD_SNAPSHOT_CHANGED;
        }
    }
    pd_let_go(&all);
    snapshot->pause_ns = pd_monotonic_ns() - start;
    if (result) {
        if (snapshot->child > 0) pd_snapshot_end(snapshot, syscall_address);
        free(snapshot->threads);
        snapshot->threads = NULL;
    }
    return result;
}

// Kills the copy and takes note of its end; it stays an entry of the process's children.
static void kill_child(pid_t child) {
    int status;
    kill(child, SIGKILL);
    for (int round = 0; round < 2000; round++) {
        pid_t got = waitpid(child, &status, __WALL | WNOHANG);
        if (got == child && !WIFSTOPPED(status)) return;
        if (got < 0 && errno != EINTR) return;
        usleep(1000);
    }
}

int pd_snapshot_end(struct pd_snapshot *snapshot, uint64_t syscall_address) {
    free(snapshot->threads);
    snapshot->threads = NULL;
    if (snapshot->child <= 0) return 0;
    kill_child(snapshot->child);
    pid_t child = snapshot->child;
    snapshot->child = 0;
    // One thread is enough to ask for the children of all.
    struct pd_tracees all = {.deadline = pd_monotonic_ns() + PD_PATIENCE_NS};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", snapshot->pid);
    int result = -ESRCH;
    DIR *tasks = opendir(path);
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        pid_t tid = (pid_t)atoi(entry->d_name);
        if (tid <= 0) continue;
        size_t before = all.count;
        all.deadline = pd_monotonic_ns() + PD_PATIENCE_NS / 8;
        result = pd_stop_thread(&all, tid);
        if (!result && all.count > before) result = pd_read_stop(&all, before);
        struct pd_stopped *one = !result && all.count > before ? &all.list[before] : NULL;
        if (!one || !one->tid || one->signal) {
            pd_let_go(&all);
            continue;
        }
        const unsigned long arguments[6] = {(unsigned long)child, 0, __WALL | WNOHANG, 0};
        long value = 0;
        result = pd_remote_call(one, syscall_address, SYS_wait4, arguments, &value, NULL);
        if (!result && value < 0) result = value == -ECHILD ? 0 : (int)value;
        break;
    }
    if (tasks) closedir(tasks);
    pd_let_go(&all);
    return result;
}
