#ifndef PD_CPERFUNWIND_H
#define PD_CPERFUNWIND_H
#include <stdint.h>
#endif
