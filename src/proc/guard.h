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

enum { GUARD_CHILDREN = 5 }; /* at most */

struct guard;

struct guard_child {
    struct guard *guard;
    enum wire_role role;
    const char *program;
    uid_t uid;
    char *folder; /* where it may write, or NULL */
    char *groups; /* supplementary ones, "4,999", or NULL */
    pid_t pid;    /* 0 when it does not run */
    struct chan up;
    struct loop_fd watch;
    struct loop_timer restart;
    int64_t started_us;
    int64_t ends_us[2];   /* since boot: its last two ends of its own; 0: none */
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
    size_t child_count;
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

/* Starts both again. */
void guard_start_readers(struct guard *g);

/* --- guard_ends.c --- */

/* Remembers that a child ended by itself, and tells judge. */
void guard_note_end(struct guard_child *c);

/* Tells a judge that starts what was remembered. */
void guard_tell_ends(struct guard_child *judge);

/* --- guard_journal.c --- */

/* Whether the configuration has a journal, so that its reader is needed. */
bool guard_reads_journal(const struct guard *g);

/* The groups that may read the journals of the configuration, as guard_child.groups; the
 * caller frees it. NULL: none. */
NODISCARD char *guard_journal_groups(const struct guard *g);

/* --- guard_screen.c --- */

/* Appends the screen that says what is guarded, what is not and why, and how to look at
 * it. */
void guard_screen(const struct guard *g, struct buf *out);
