#ifndef PD_CPERFSYMBOLS_H
#define PD_CPERFSYMBOLS_H
#include <stdint.h>
#endif
