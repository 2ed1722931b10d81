// The entry of libFuzzer that leaves `main` to its user; part of the compiler's runtime, which has no header for it.
// Source: llvm-project, compiler-rt/lib/fuzzer/FuzzerInterface.h and the page "Using libFuzzer as a library".

#ifndef LIBFUZZER_H
#define LIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
