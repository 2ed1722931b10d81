// What the C library lets a process set about its allocator; Swift's module of glibc leaves <malloc.h> out.
#ifndef SWITCHYARD_MALLOC_OPTIONS_H
#define SWITCHYARD_MALLOC_OPTIONS_H

#if defined(__linux__)
#include <malloc.h>
#endif

#endif
