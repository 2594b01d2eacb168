/* guard: the state of komainud, the one process that keeps root.
 *
 * It reads the configuration, opens logs, binds sockets, starts the roles, and starts
 * them again. It parses no foreign byte: what it hears from the sensor is the number of a
 * source, nothing else.
 */
#pragma once

#include <sys/types.h>

#include "base/log.h"
#include "base/loop.h"
#include "conf/config.h"
#include "conf/machine.h"
#include "wire/chan.h"

enum {
    GUARD_CHILDREN = 3,
    GUARD_SIBLINGS_MAX = 14, /* rotated files of a source offered to the sensor */
};

struct guard;

struct guard_child {
    struct guard *guard;
    enum wire_role role;
    const char *program;
    uid_t uid;
    char *folder; /* where it may write, or NULL */
    pid_t pid;    /* 0 when it does not run */
    struct chan up;
    struct loop_fd watch;
    struct loop_timer restart;
    int64_t started_us;
    unsigned short_lives; /* ends in a row that came soon after the start */
    bool is_ready;
};

/* One log file or socket that the sensor reads. */
struct guard_source {
    struct guard *guard;
    uint16_t index;
    int socket; /* bound, of another kind than SOURCE_FILE; or -1 */
    int file_watch,
        old_watch; /* inotify watches on the present file and the one before; -1: none */
    int dir_watch;
    struct loop_timer reopen; /* armed while a REOPEN is to be answered */
    int error;                /* negative errno of the last try to open the file, or 0 */
    dev_t device;             /* which file that was */
    ino_t inode;
    char *real; /* where the path led then, through all links */
};

/* An inotify instance of our own, and what is done some time after it has spoken. */
struct guard_lookout {
    struct guard *guard;
    struct loop_fd events; /* fd -1: none */
    struct loop_timer look;
    int64_t looked_us; /* since boot: the last time */
    bool is_soon;      /* `look` is armed for what was heard */
};

struct guard {
    struct loop loop;
    struct logger log;
    struct config config;
    struct machine machine;
    const char *state;      /* --state */
    const char *config_dir; /* --config, or NULL */
    char *role_dir;         /* where the roles' programs are */
    char *control_path;
    char *command;      /* what a person types for the command line */
    char *state_option; /* behind it, for commands that talk to this guard */
    int lock, table_lock, control, notify;
    struct loop_fd signals;
    struct guard_child children[GUARD_CHILDREN];
    struct guard_source *sources;  /* CONFIG_SOURCES_MAX of them */
    struct loop_timer missing;     /* looks again for what cannot be watched */
    struct guard_lookout paths;    /* links and folders on the way to logs */
    struct guard_lookout globs;    /* folders of patterns */
    uint32_t left_out_told;        /* of config.left_out */
    int64_t changed_us;            /* since boot: when the sources last changed */
    bool is_stopping, is_changing; /* all roles, the readers are being ended */
    bool has_shown_screen;
    int status; /* exit status */
};

/* A rotated file beside a log. */
struct guard_sibling {
    char *path;
    int64_t mtime_ns;
};

/* What a guard before us held (a lock, a bound socket) may be held for a moment more by
 * its dying roles. Waits a little and says whether it is worth another try; `*tries`
 * begins at 0. */
NODISCARD bool guard_waits(int *tries);

/* --- guard_children.c --- */

/* Starts every role; each is sent the configuration and its descriptors. */
void guard_start_children(struct guard *g);

/* The running child of a role, or NULL. */
struct guard_child *guard_child_of(struct guard *g, enum wire_role role);

/* Sends one packet to a child, with a descriptor unless -1; waits a little when its
 * socket is full, and kills a child that does not read. */
void guard_send(struct guard_child *c, struct span packet, int passed);

/* A child ended: says so and arranges its restart. */
void guard_reap(struct guard *g);

/* Ends all children, the sensor first, and waits for them. */
void guard_stop_children(struct guard *g);

/* Ends the sensor and then judge, in order, so that what was sent is committed; they stay
 * away until guard_start_readers(). */
void guard_stop_readers(struct guard *g);
void guard_start_readers(struct guard *g);

/* --- guard_sources.c --- */

/* Makes the inotify instances and binds the sockets of the configuration. 0, or a
 * negative errno with a message in `why`. */
NODISCARD int guard_prepare_sources(struct guard *g, struct buf *why);

/* Sends the sensor every source: descriptors and watches. */
void guard_send_sources(struct guard *g);

/* The sensor asks for source `index` anew. Bounded in rate. */
void guard_reopen(struct guard *g, uint16_t index);

/* Removes the sockets' names. */
void guard_close_sources(struct guard *g);

/* Sends a file source again if its path leads to another file than when it was sent, or
 * can be opened now. */
void guard_check_source(struct guard_source *s);

/* The configuration has other sources from now on, the fixed ones excepted; no reader
 * runs. 0, or a negative errno: there is no inotify instance. */
NODISCARD int guard_renew_sources(struct guard *g);

/* The folder of a path: "/" when there is no other. */
struct span guard_folder_of(struct span path);

/* --- guard_sockets.c --- */

/* Binds what is no file: 0, or a negative errno with a message in `why`. */
NODISCARD int guard_bind_source(struct guard *g, struct guard_source *s, struct buf *why);

/* --- guard_siblings.c --- */

/* Adds the rotated, not packed files beside `path` to the `count` in `s`: the newest
 * remain, newest first. Returns how many there are; their paths are the caller's. */
size_t guard_find_siblings(struct span path, struct guard_sibling s[GUARD_SIBLINGS_MAX],
                           size_t count);

/* --- guard_paths.c: links on the way to a log --- */

/* A folder on the way of a path; `has_link`: a name in it is a link, so what is made in
 * it matters, not only what becomes of itself. */
typedef void guard_folder_fn(void *ctx, const char *folder, bool has_link);

/* Where a path leads through all its links, whether that is there or not; the caller
 * frees it. `fn` (unless NULL) hears of the folders. */
char *guard_resolve(const char *path, guard_folder_fn *fn, void *ctx);

/* Watches the ways of all logs (anew), and looks at once for what has changed. */
void guard_watch_paths(struct guard *g);

/* Begins, or begins anew, an inotify instance; its number, or -1 after saying so. */
int guard_lookout_renew(struct guard_lookout *l, struct guard *g, loop_timer_fn *look);

/* Closes it and disarms its timer. */
void guard_lookout_close(struct guard_lookout *l);

/* Looks after `delay_us`, unless that is due before. */
void guard_lookout_soon(struct guard_lookout *l, int64_t delay_us);

/* --- guard_globs.c: files that come and go --- */

/* Watches the folders of all patterns, and looks for new files at once. */
void guard_watch_globs(struct guard *g);

/* --- guard_screen.c --- */

/* Appends the screen that says what is guarded, what is not and why, and how to look at
 * it. */
void guard_screen(const struct guard *g, struct buf *out);
