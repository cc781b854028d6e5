#include "CPerfSymbols.h"
