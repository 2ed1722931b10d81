/* Holds back the syncs of a Switchyard database, for a test that watches what the server says meanwhile, or makes its disk fail.
 *
 * While the file $SYNC_GATE.hold exists, a sync of the database or its write-ahead log waits; while $SYNC_GATE.fail exists,
 * it fails with EIO. While $SYNC_GATE.full exists, what makes one of these files longer or writes to it fails with ENOSPC;
 * while $SYNC_GATE.broken exists, every write to them fails with EIO. All but the writes are told on standard error, as lines
 * that begin with "sync-gate: ". Everything else goes through unchanged.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int ends_with(const char *text, const char *end)
{
    size_t text_length = strlen(text), end_length = strlen(end);
    return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

static int is_database(int descriptor)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return ends_with(path, ".sqlite") || ends_with(path, ".sqlite-wal") || ends_with(path, ".sqlite-journal");
}

static int gate_path(const char *kind, char *path)
{
    const char *gate = getenv("SYNC_GATE");
    return gate && snprintf(path, PATH_MAX, "%s.%s", gate, kind) < PATH_MAX;
}

static int gate_exists(const char *kind)
{
    char path[PATH_MAX];
    return gate_path(kind, path) && access(path, F_OK) == 0;
}

static void say(const char *text)
{
    char line[64];
    int length = snprintf(line, sizeof line, "sync-gate: %s\n", text);
    if (write(STDERR_FILENO, line, (size_t)length) < 0) abort();
}

/* Returns when the file of a gate is gone. */
static void await_removal(const char *kind)
{
    char path[PATH_MAX];
    struct inotify_event event;
    int watch = inotify_init1(IN_CLOEXEC);
    if (watch < 0 || !gate_path(kind, path)) abort();
    /* A file that is gone cannot be watched: then there is nothing to wait for. */
    if (inotify_add_watch(watch, path, IN_DELETE_SELF | IN_MOVE_SELF) >= 0)
        while (read(watch, &event, sizeof event) < 0)
            if (errno != EINTR) abort();
    close(watch);
}

static int synchronise(int descriptor, int (*real)(int))
{
    if (!is_database(descriptor)) return real(descriptor);
    if (gate_exists("fail")) {
        say("failed");
        errno = EIO;
        return -1;
    }
    if (!gate_exists("hold")) return real(descriptor);
    say("holding");
    await_removal("hold");
    int result = real(descriptor);
    say("synced");
    return result;
}

int fsync(int descriptor) { return synchronise(descriptor, REAL(fsync)); }
int fdatasync(int descriptor) { return synchronise(descriptor, REAL(fdatasync)); }

/* Whether a write is to fail; sets errno. */
static int is_refused(int descriptor)
{
    const char *gate = getenv("SYNC_GATE");
    if (!gate || !is_database(descriptor)) return 0;
    if (gate_exists("full")) errno = ENOSPC;
    else if (gate_exists("broken")) errno = EIO;
    else return 0;
    return 1;
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    return is_refused(descriptor) ? -1 : REAL(write)(descriptor, bytes, length);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    return is_refused(descriptor) ? -1 : REAL(pwrite)(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    return is_refused(descriptor) ? -1 : REAL(pwrite64)(descriptor, bytes, length, offset);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    return is_refused(descriptor) ? -1 : REAL(fallocate)(descriptor, mode, offset, length);
}
