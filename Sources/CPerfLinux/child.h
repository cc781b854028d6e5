#ifndef PD_CHILD_H
#define PD_CHILD_H
/* What all children have alike: shared by the files that fork. */
#include <signal.h>

/* `environment` with the `additions` in front, each in place of the variable of that name; one block of malloc's. */
char **pd_child_environment(char *const *environment, char *const *additions);
/* Gives a child the descriptor limit and the signal mask that perfdoctor was started with. */
void pd_child_restore(void);
/* Whether perfdoctor changed its signal mask, and what it was before. */
int pd_child_original_mask(sigset_t *out);

#endif
