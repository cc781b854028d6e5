#include "heap_wire.h"
