/* zlib: the gzip of profile files; linked statically, so that one file runs everywhere. */
#include <zlib.h>
