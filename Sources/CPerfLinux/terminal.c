#include "terminal_shim.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* SIGTSTP stops; all others end. What has a default action that dumps is handled on a stack of its own: an overflow
 * of ours is one of the crashes. */
static const int handled[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGTSTP};
enum { handled_count = sizeof handled / sizeof *handled };

static int terminal = -1;
static volatile sig_atomic_t is_ours;
static struct termios before;
static char leave_text[256];
static struct sigaction previous[handled_count];
static char stack[64 * 1024];

static void write_all(int fd, const char *text, size_t size) {
    while (size > 0) {
        ssize_t done = write(fd, text, size);
        if (done < 0 && errno == EINTR) continue;
        /* A terminal that has gone takes nothing; there is nobody to tell. */
        if (done <= 0) return;
        text += done;
        size -= (size_t)done;
    }
}

/* Async-signal-safe: write and tcsetattr are. */
static int give_back(void) {
    if (!is_ours) return 0;
    is_ours = 0;
    write_all(terminal, leave_text, strlen(leave_text));
    int result;
    do {
        result = tcsetattr(terminal, TCSADRAIN, &before);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

/* Lets a signal do what `action` says. */
static void deliver(int number, const struct sigaction *action) {
    struct sigaction ours;
    sigset_t only, old;
    sigemptyset(&only);
    sigaddset(&only, number);
    sigaction(number, action, &ours);
    raise(number);
    /* It comes here. */
    sigprocmask(SIG_UNBLOCK, &only, &old);
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigaction(number, &ours, NULL);
}

static void on_signal(int number) {
    int error = errno;
    give_back();
    for (int i = 0; i < handled_count; i++) {
        if (handled[i] == number) deliver(number, &previous[i]);
    }
    if (number != SIGTSTP) {
        /* A handler of the language's runtime that has shown where it happened comes back; we do not go on. */
        struct sigaction end = {.sa_handler = SIG_DFL};
        sigemptyset(&end.sa_mask);
        deliver(number, &end);
    }
    errno = error;
}

int pd_terminal_enter(int fd, const char *enter, const char *leave) {
    if (strlen(leave) >= sizeof leave_text) return -ENAMETOOLONG;
    if (is_ours) return 0;
    if (tcgetattr(fd, &before) != 0) return -errno;
    if (terminal < 0) {
        stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
        if (sigaltstack(&alternate, NULL) != 0) return -errno;
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
        sigemptyset(&action.sa_mask);
        for (int i = 0; i < handled_count; i++) {
            if (sigaction(handled[i], &action, &previous[i]) != 0) return -errno;
        }
    }
    terminal = fd;
    strcpy(leave_text, leave);
    struct termios raw = before;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | ISTRIP | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    is_ours = 1;
    int result;
    do {
        result = tcsetattr(fd, TCSADRAIN, &raw);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        int error = errno;
        is_ours = 0;
        return -error;
    }
    write_all(fd, enter, strlen(enter));
    return 0;
}

int pd_terminal_leave(void) { return give_back(); }

int pd_terminal_is_ours(void) { return is_ours; }

int pd_terminal_stop(void) {
    int result = give_back();
    /* The whole group, as the terminal would: a program that started us has to stop as well. */
    if (kill(0, SIGTSTP) != 0) return -errno;
    return result;
}

int pd_terminal_size(int fd, int32_t *columns, int32_t *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}
