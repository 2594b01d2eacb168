/* sandbox: what a role gives up before it reads its first foreign byte.
 *
 * Order: sandbox_become(), sandbox_files(), then, when everything is opened and compiled,
 * sandbox_calls(). Each step verifies itself; a failure is to be fatal for the caller,
 * except SANDBOX_NO_LANDLOCK, which an old kernel may answer.
 */
#pragma once

#include "base/attr.h"

#include <sys/types.h>

enum { SANDBOX_GROUPS_MAX = 8, SANDBOX_FOLDERS_MAX = 64, SANDBOX_REMOVABLE_MAX = 20 };

/* Whom a role becomes. */
struct sandbox_user {
    uid_t id;
    gid_t group;                      /* never 0 */
    gid_t groups[SANDBOX_GROUPS_MAX]; /* supplementary ones; never 0 */
    size_t group_count;
    bool has_net_admin; /* keeps CAP_NET_ADMIN */
};

/* Becomes user `id` and group `group` with no other groups than those of `user`, keeps no
 * capability but CAP_NET_ADMIN when it has that, sets no_new_privs and dies with its
 * parent; then verifies that root cannot be had back. Does nothing but no_new_privs when
 * not started as root. 0, or a negative errno. */
NODISCARD int sandbox_become(const struct sandbox_user *user);

enum sandbox_files_result {
    SANDBOX_FILES_SHUT,
    SANDBOX_NO_LANDLOCK,
    SANDBOX_FILES_FAILED
};

struct sandbox_folders {
    const char *writable; /* NULL: none */
    const char *readable[SANDBOX_FOLDERS_MAX];
    size_t readable_count; /* those that are not there are passed over */
    const char *removable[SANDBOX_REMOVABLE_MAX]; /* files may be removed, as sockets of
                                                   * one's own at the end */
    size_t removable_count;
};

/* Landlock (kernel 5.13 and later): no file can be opened any more, but for what lies in
 * these folders. Open descriptors stay as they are. */
NODISCARD enum sandbox_files_result sandbox_files(const struct sandbox_folders *folders);

/* Sets of system calls; any other ends the process. */
enum sandbox_calls {
    SANDBOX_LOOP = 1, /* memory, time, epoll, read and write of open descriptors, exit */
    SANDBOX_MESSAGES = 2, /* send and receive on open sockets, with descriptors */
    SANDBOX_LOGS = 4,     /* pread, fstat, lseek */
    SANDBOX_DATABASE =
        8, /* what SQLite needs: open, pread, pwrite, fsync, lock, truncate, mmap */
    SANDBOX_ACCEPT = 16,  /* accept connections on an open socket, and ask who it is */
    SANDBOX_STREAMS = 32, /* accept connections, nothing else */
    SANDBOX_JOURNAL =
        64, /* what libsystemd needs: open to read, list and watch folders */
    SANDBOX_RESOLVER = 128, /* what c-ares needs: UDP and TCP sockets that connect */
    SANDBOX_PAIRS = 256,    /* make pairs of connected local sockets */
    SANDBOX_LOCAL = 512,    /* local stream sockets that connect */
};

/* Installs the filter (libseccomp) that allows the sets in `sets`. In a sanitizer build
 * also what the sanitizers' run time needs. 0, or a negative errno. */
NODISCARD int sandbox_calls(unsigned sets);
