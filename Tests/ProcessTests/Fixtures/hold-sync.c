/* Holds back the syncs of a Switchyard database, for a test that watches what the server says meanwhile.
 *
 * While the file $SYNC_GATE.hold exists, a sync of the database or its write-ahead log waits; while $SYNC_GATE.fail
 * exists, it fails with EIO. Both are told on standard error, as lines that begin with "sync-gate: ". Everything else
 * goes through unchanged.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    return ends_with(path, ".sqlite") || ends_with(path, ".sqlite-wal");
}

static int gate_exists(const char *kind)
{
    char path[PATH_MAX];
    const char *gate = getenv("SYNC_GATE");
    if (!gate) return 0;
    snprintf(path, sizeof path, "%s.%s", gate, kind);
    return access(path, F_OK) == 0;
}

static void say(const char *text)
{
    char line[64];
    int length = snprintf(line, sizeof line, "sync-gate: %s\n", text);
    if (write(STDERR_FILENO, line, (size_t)length) < 0) abort();
}

static int synchronise(int descriptor, const char *name)
{
    int (*original)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (!is_database(descriptor)) return original(descriptor);
    if (gate_exists("fail")) {
        say("failed");
        errno = EIO;
        return -1;
    }
    if (!gate_exists("hold")) return original(descriptor);
    say("holding");
    while (gate_exists("hold")) usleep(1000);
    int result = original(descriptor);
    say("synced");
    return result;
}

int fsync(int descriptor) { return synchronise(descriptor, "fsync"); }
int fdatasync(int descriptor) { return synchronise(descriptor, "fdatasync"); }
