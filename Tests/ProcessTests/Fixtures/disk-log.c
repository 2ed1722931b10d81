/* Writes down what a Switchyard server does to its files, so that a test can say what a power cut would have left of them.
 *
 * Below the folder $DISK_LOG_FOLDER everything reaches the real files at once, as it reaches the page cache of a kernel;
 * beside it the file $DISK_LOG gets one record for each change and for each sync. What was not synced when the process was
 * killed is what a power cut takes (Support/DiskLog.swift). Databases, their logs and the images of firmware are looked at;
 * -shm is left out: it is mapped, and SQLite makes it anew.
 *
 * With $DISK_LOG_FAILURES=N each Nth sync fails with EIO, and what it was to sync is lost for good: later syncs do not cover
 * it, as with a kernel that marks pages clean after an error. With $DISK_LOG_LIES=1 syncs succeed and cover nothing.
 *
 * A record: six numbers of 64 bits (kind, file, offset, length, length of the first name, of the second), then the written
 * bytes or the names. A file is named by a number of its own, as inodes are used again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FOUND = 1, CREATED, WRITTEN, CUT, SYNCED, LOST, REMOVED, RENAMED, FOLDER_SYNCED };
enum { DESCRIPTORS = 65536, FILES = 65536 };

#define REAL(name) ((__typeof__(&name))original(#name))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1, lies;
static long failures, syncs;
static char folder[PATH_MAX];
static size_t folder_length;
static uint64_t position;
/* What a descriptor is: 0 nothing of ours, a file's number, or FOLDER. */
static uint32_t opened[DESCRIPTORS];
static const uint32_t FOLDER = UINT32_MAX;
static char *folders[DESCRIPTORS];
static struct { dev_t device; ino_t inode; } files[FILES];
static uint32_t file_count;

static void *original(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

__attribute__((constructor)) static void begin(void)
{
    const char *where = getenv("DISK_LOG_FOLDER"), *path = getenv("DISK_LOG");
    if (!where || !path || !realpath(where, folder)) return;
    folder_length = strlen(folder);
    lies = getenv("DISK_LOG_LIES") != NULL;
    failures = getenv("DISK_LOG_FAILURES") ? atol(getenv("DISK_LOG_FAILURES")) : 0;
    log_file = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_file < 0) abort();
}

static int ends_with(const char *text, const char *end)
{
    size_t text_length = strlen(text), end_length = strlen(end);
    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

/* The path below the folder of a database, a log of it or what is kept in the folder of firmware; else NULL. */
static const char *inside(const char *path, char *buffer)
{
    char parent[PATH_MAX], resolved[PATH_MAX];
    if (log_file < 0 || !path || strlen(path) >= PATH_MAX) return NULL;
    strcpy(parent, path);
    char *slash = strrchr(parent, '/');
    if (slash) *slash = 0;
    if (!realpath(slash ? (slash == parent ? "/" : parent) : ".", resolved)) return NULL;
    if (strncmp(resolved, folder, folder_length) != 0) return NULL;
    if (resolved[folder_length] != 0 && resolved[folder_length] != '/') return NULL;
    const char *below = resolved + folder_length;
    if (*below == '/') below++;
    snprintf(buffer, PATH_MAX, "%s%s%s", below, *below ? "/" : "", slash ? strrchr(path, '/') + 1 : path);
    int is_database = ends_with(buffer, ".sqlite") || ends_with(buffer, "-wal") || ends_with(buffer, "-journal");
    return is_database || strncmp(buffer, "firmware", 8) == 0 ? buffer : NULL;
}

/* With the lock held. */
static void record(uint64_t kind, uint64_t file, uint64_t offset, const void *bytes, uint64_t length,
                   const char *name, const char *second)
{
    uint64_t head[6] = {kind, file, offset, length, name ? strlen(name) : 0, second ? strlen(second) : 0};
    struct iovec parts[4] = {
        {head, sizeof head}, {(void *)bytes, length}, {(void *)name, head[4]}, {(void *)second, head[5]},
    };
    ssize_t size = (ssize_t)(sizeof head + length + head[4] + head[5]);
    if (REAL(writev)(log_file, parts, 4) != size) abort();
    position += (uint64_t)size;
}

static uint32_t number_of(int descriptor, int is_new)
{
    struct stat status;
    if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode)) return 0;
    for (uint32_t i = file_count; !is_new && i > 0; i--)
        if (files[i].device == status.st_dev && files[i].inode == status.st_ino) return i;
    if (++file_count == FILES) abort();
    files[file_count].device = status.st_dev;
    files[file_count].inode = status.st_ino;
    return file_count;
}

static uint32_t kind_of(int descriptor) { return descriptor >= 0 && descriptor < DESCRIPTORS ? opened[descriptor] : 0; }

static int open_file(int at, const char *path, int flags, mode_t mode)
{
    char buffer[PATH_MAX];
    int (*real)(int, const char *, int, ...) = REAL(openat);
    const char *below = at == AT_FDCWD || path[0] == '/' ? inside(path, buffer) : NULL;
    if (!below) {
        struct stat status;
        int descriptor = real(at, path, flags, mode);
        if (descriptor >= 0 && descriptor < DESCRIPTORS) {
            opened[descriptor] = 0;
            /* The folder itself. */
            char resolved[PATH_MAX];
            if (log_file >= 0 && fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode) && realpath(path, resolved)
                && strcmp(resolved, folder) == 0) {
                opened[descriptor] = FOLDER;
                free(folders[descriptor]);
                folders[descriptor] = strdup("");
            }
        }
        return descriptor;
    }
    pthread_mutex_lock(&lock);
    int is_new = access(path, F_OK) < 0;
    int descriptor = real(at, path, flags, mode), error = errno;
    if (descriptor >= 0 && descriptor < DESCRIPTORS) {
        struct stat status;
        opened[descriptor] = 0;
        if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
            opened[descriptor] = FOLDER;
            free(folders[descriptor]);
            folders[descriptor] = strdup(below);
        } else {
            uint32_t before = file_count, number = number_of(descriptor, is_new);
            opened[descriptor] = number;
            if (number && (is_new || number > before)) record(is_new ? CREATED : FOUND, number, 0, NULL, 0, below, NULL);
            if (number && !is_new && (flags & O_TRUNC)) record(CUT, number, 0, NULL, 0, NULL, NULL);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return descriptor;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *path, int flags, ...) { MODE(flags) return open_file(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_file(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return open_file(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return open_file(at, path, flags, mode); }

int close(int descriptor)
{
    if (descriptor >= 0 && descriptor < DESCRIPTORS) opened[descriptor] = 0;
    return REAL(close)(descriptor);
}

static ssize_t written(int descriptor, const void *bytes, size_t length, off_t offset, int has_offset)
{
    uint32_t file = kind_of(descriptor);
    if (!file) {
        return has_offset ? REAL(pwrite)(descriptor, bytes, length, offset) : REAL(write)(descriptor, bytes, length);
    }
    pthread_mutex_lock(&lock);
    if (!has_offset) offset = lseek(descriptor, 0, SEEK_CUR);
    ssize_t count = has_offset ? REAL(pwrite)(descriptor, bytes, length, offset) : REAL(write)(descriptor, bytes, length);
    int error = errno;
    if (count > 0) record(WRITTEN, file, (uint64_t)offset, bytes, (uint64_t)count, NULL, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return count;
}

ssize_t write(int descriptor, const void *bytes, size_t length) { return written(descriptor, bytes, length, 0, 0); }
ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    return written(descriptor, bytes, length, offset, 1);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    return written(descriptor, bytes, length, offset, 1);
}

static int cut(int descriptor, off_t size)
{
    uint32_t file = kind_of(descriptor);
    if (!file) return REAL(ftruncate)(descriptor, size);
    pthread_mutex_lock(&lock);
    int result = REAL(ftruncate)(descriptor, size), error = errno;
    if (result == 0) record(CUT, file, (uint64_t)size, NULL, 0, NULL, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int ftruncate(int descriptor, off_t size) { return cut(descriptor, size); }
int ftruncate64(int descriptor, off64_t size) { return cut(descriptor, size); }

int unlink(const char *path)
{
    char buffer[PATH_MAX];
    const char *below = inside(path, buffer);
    if (!below) return REAL(unlink)(path);
    pthread_mutex_lock(&lock);
    int result = REAL(unlink)(path), error = errno;
    if (result == 0) record(REMOVED, 0, 0, NULL, 0, below, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int rename(const char *from, const char *to)
{
    char first[PATH_MAX], second[PATH_MAX];
    const char *below = inside(from, first), *target = inside(to, second);
    if (!below || !target) return REAL(rename)(from, to);
    pthread_mutex_lock(&lock);
    int result = REAL(rename)(from, to), error = errno;
    if (result == 0) record(RENAMED, 0, 0, NULL, 0, below, target);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

static int synchronise(int descriptor, int (*real)(int))
{
    uint32_t file = kind_of(descriptor);
    if (!file) return real(descriptor);
    pthread_mutex_lock(&lock);
    uint64_t covered = position;
    int fails = failures > 0 && file != FOLDER && ++syncs % failures == 0;
    if (fails) record(LOST, file, covered, NULL, 0, NULL, NULL);
    pthread_mutex_unlock(&lock);
    if (fails) {
        errno = EIO;
        return -1;
    }
    int result = real(descriptor);
    if (result < 0 || lies) return result;
    pthread_mutex_lock(&lock);
    if (file == FOLDER) record(FOLDER_SYNCED, 0, covered, NULL, 0, folders[descriptor], NULL);
    else record(SYNCED, file, covered, NULL, 0, NULL, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int descriptor) { return synchronise(descriptor, REAL(fsync)); }
int fdatasync(int descriptor) { return synchronise(descriptor, REAL(fdatasync)); }
