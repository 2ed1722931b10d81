// Tells the thread sanitizer of the contended half of the standard library's Mutex: called by scripts/thread-test.
//
// A lock that is free is taken in code that is built for the sanitizer. One that is not is waited for inside
// libSynchronization, which is not built for it: what one thread did under the lock would not be seen to come before what
// the next one does under it. These stand in front of its functions and say so. Nothing else is hidden from the sanitizer.
//
//   build:  clang -O2 -shared -fPIC -o thread-mutex.so thread-mutex.c
//
// Source: swift, stdlib/public/Synchronization/Mutex/LinuxImpl.swift (Swift 6.3): the names below are mangled, the mutex is
// the word that `self` points to.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Of the sanitizer, which is part of the program that is tested; absent in others that are started with this loaded.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

static void *original(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) { fprintf(stderr, "thread-mutex: no %s\n", name); abort(); }
  return function;
}

SWIFT void lockSlow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lockSlow(uint32_t thread, SELF) {
  static SWIFT void (*next)(uint32_t, SELF);
  if (!next) next = original(LOCK);
  next(thread, self);
  if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT bool tryLockSlow(SELF) __asm__(TRY_LOCK);
SWIFT bool tryLockSlow(SELF) {
  static SWIFT bool (*next)(SELF);
  if (!next) next = original(TRY_LOCK);
  bool isLocked = next(self);
  if (isLocked && __tsan_acquire) __tsan_acquire(self);
  return isLocked;
}

SWIFT void unlockSlow(SELF) __asm__(UNLOCK);
SWIFT void unlockSlow(SELF) {
  static SWIFT void (*next)(SELF);
  if (!next) next = original(UNLOCK);
  if (__tsan_release) __tsan_release(self);
  next(self);
}
