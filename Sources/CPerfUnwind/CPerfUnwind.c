#include "CPerfUnwind.h"
