#ifndef PD_TERMINAL_SHIM_H
#define PD_TERMINAL_SHIM_H
/* A terminal in full screen that is given back whatever happens: crash signals need handlers that are
 * async-signal-safe, which Swift cannot promise. */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the terminal raw (no echo, no lines, no signals from keys), writes `enter`, and from now on gives it back,
 * by writing `leave` and with the modes that it had, in pd_terminal_leave and before a signal that ends or stops us.
 * One terminal at a time; both texts are copied. */
int pd_terminal_enter(int fd, const char *_Nonnull enter, const char *_Nonnull leave);
/* Gives it back; nothing when it is not ours. */
int pd_terminal_leave(void);
/* Stops the foreground group, as Ctrl-Z does, with the terminal given back; returns when it goes on. */
int pd_terminal_stop(void);
/* 1: it is ours now, 0: it was given back. */
int pd_terminal_is_ours(void);
/* Columns and rows. */
int pd_terminal_size(int fd, int32_t *_Nonnull columns, int32_t *_Nonnull rows);

#ifdef __cplusplus
}
#endif
#endif
