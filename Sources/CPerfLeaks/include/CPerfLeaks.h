// All of CPerfLeaks.
#ifndef CPERFLEAKS_H
#define CPERFLEAKS_H

#include "block_index.h"
#include "chunk_walk.h"
#include "heap_graph.h"
#include "heap_scan.h"

#endif
