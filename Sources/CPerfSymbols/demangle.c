#include "CPerfSymbols.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* In libswiftCore, dynamic or static; no header of the toolchain declares it. */
extern char *swift_demangle(const char *name, size_t length, char *output, size_t *output_size, uint32_t flags);

char *pd_swift_demangle(const char *name) { return swift_demangle(name, strlen(name), NULL, NULL, 0); }

char *pd_cxx_demangle(const char *name) {
    typedef char *(*demangle_function)(const char *, char *, size_t *, int *);
    static demangle_function demangle;
    static int searched;
    if (!searched) {
        searched = 1;
        /* The Swift runtime normally brings libstdc++ with it. */
        demangle = (demangle_function)dlsym(RTLD_DEFAULT, "__cxa_demangle");
        if (!demangle) {
            void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
            if (library) demangle = (demangle_function)dlsym(library, "__cxa_demangle");
        }
    }
    int status = 0;
    return demangle ? demangle(name, NULL, NULL, &status) : NULL;
}
