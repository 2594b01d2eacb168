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
#include "guard_notify.h"
#include "wire/chan.h"
#include "wire/meaning.h"

enum { GUARD_CHILDREN = 6, GUARD_ASKERS = 4 }; /* at most */

enum { GUARD_LOAD_WAIT_S = 30 }; /* longest time of --load-bans */

struct guard;

struct guard_user {
    uid_t uid;
    gid_t gid;
};

struct guard_child {
    struct guard *guard;
    enum wire_role role;
    const char *program;
    struct guard_user user;
    char *folder; /* where it may write, or NULL */
    char *groups; /* supplementary ones, "4,999", or NULL */
    pid_t pid;    /* 0 when it does not run */
    struct chan up;
    struct loop_fd watch;
    struct loop_timer restart;
    int64_t started_us;
    int64_t ends_us[2];   /* since boot: its last two ends of its own; 0: none */
    unsigned short_lives; /* ends in a row that came soon after the start */
    bool is_wanted;       /* the configuration has work for it */
    bool is_ready;
    unsigned silent; /* signs of life asked for and not given */
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

/* A connection to the socket for orders to komainud itself. */
struct guard_asker {
    struct guard *guard;
    struct chan chan; /* fd -1: none */
    struct loop_fd watch;
    bool is_waiting; /* for the roles: `answer` is sent when they are ready */
    enum answer_outcome outcome;
    struct buf answer; /* a line each */
};

struct guard {
    struct loop loop;
    struct logger log;
    struct config config;
    struct machine machine;
    const char *state;      /* --state */
    const char *config_dir; /* --config, or NULL */
    char *role_dir;         /* where the roles' programs are */
    char *control_path, *orders_path;
    struct loop_fd orders; /* where `komainu reload` asks */
    struct guard_asker askers[GUARD_ASKERS];
    char *command;      /* what a person types for the command line */
    char *state_option; /* behind it, for commands that talk to this guard */
    int lock, table_lock, control, notify;
    int metrics; /* the listening socket of metrics-socket; -1: none */
    struct loop_fd signals;
    struct guard_child children[GUARD_CHILDREN];
    struct guard_source *sources;  /* CONFIG_SOURCES_MAX of them */
    struct loop_timer missing;     /* looks again for what cannot be watched */
    struct guard_lookout paths;    /* links and folders on the way to logs */
    struct guard_lookout globs;    /* folders of patterns */
    uint32_t left_out_told;        /* of config.left_out */
    int64_t changed_us;            /* since boot: when the sources last changed */
    bool is_stopping, is_changing; /* all roles, some are being ended */
    bool is_reloading;             /* until all roles are ready again */
    bool is_loading; /* --load-bans: judge and enforcer only, until all bans are loaded */
    struct loop_timer too_long;  /* then: gives up */
    struct wire_in_step in_step; /* then: what judge said */
    bool is_in_step;             /* then: judge has said it */
    bool needs_resolver;         /* judge has said so, and needs it to the end */
    bool has_shown_screen, is_verbose;
    bool has_log_begun; /* judge has had the file of logtarget */
    int log_error;      /* negative errno of the last try to open it, or 0 */
    dev_t log_device;   /* which file that is */
    ino_t log_inode;
    struct guard_notify manager; /* systemd, or nobody */
    struct loop_timer pulse;     /* asks the roles whether they are alive */
    int64_t pulse_us, watchdog_us;
    uint64_t bans;        /* as judge said last */
    char told_status[96]; /* to the manager */
    int status;           /* exit status */
};

/* What a guard before us held (a lock, a bound socket) may be held for a moment more by
 * its dying roles. Waits a little and says whether it is worth another try; `*tries`
 * begins at 0. */
NODISCARD bool guard_waits(int *tries);

/* --- guard_config.c --- */

/* Reads the configuration in g->config_dir, or where it is by default, for what is found
 * on the machine now. False: with a line for each error in `errors`; then neither output
 * is to be used. */
NODISCARD bool guard_load_config(const struct guard *g, struct config *out,
                                 struct machine *machine, struct buf *errors);

/* --- guard_reload.c --- */

/* Reads the configuration anew and puts it in force: roles that would be told the same go
 * on, the others are ended in order and started again. ANSWER_DONE with what changed in
 * `text`, a line each; ANSWER_BAD_REQUEST with the errors, and all is as it was. */
enum answer_outcome guard_reload(struct guard *g, struct buf *text);

/* --- guard_control.c --- */

/* Binds a socket for commands at `path`, for root only. The socket, or a negative errno
 * with a message in `why`. */
NODISCARD int guard_bind_control(const char *path, struct buf *why);

/* Takes orders over g->orders.fd from now on. 0, or a negative errno. */
NODISCARD int guard_begin_control(struct guard *g);

/* The roles are ready: tells those who wait for it. */
void guard_answer_askers(struct guard *g);

/* --- guard_log.c --- */

/* Opens the file of `logtarget`, if there is one, and hands it to judge. */
void guard_send_log(struct guard *g);

/* Does so when its path leads to another file than that, or to none. */
void guard_check_log(struct guard *g);

/* --- guard_metrics.c --- */

/* Binds what the configuration says for metrics, unless it is what `old` said (NULL:
 * there was none), and puts the socket, or -1, in *out. 0, or a negative errno with a
 * message in `why`. */
NODISCARD int guard_bind_metrics(const struct config *old, const struct config *new,
                                 int *out, struct buf *why);

/* Removes the socket's file, if it is one. */
void guard_remove_metrics(const struct config *c);

/* Puts a socket of guard_bind_metrics() in the place of the present one, which is closed;
 * a judge that runs is told. */
void guard_take_metrics(struct guard *g, int fd);

/* Hands the socket, if there is one, to a judge that starts. */
void guard_send_metrics(struct guard *g);

/* --- guard_users.c --- */

/* What a role becomes: the user of its program's name ("komainu-judge") where /etc/passwd
 * has one that is not root, else a fixed id that is nobody's. */
struct guard_user guard_user(enum wire_role role);

/* Gives the folder of a role, with the files in it, to what the role becomes, when it was
 * its as a fixed id: the user was made since. What else is there is left alone. */
void guard_adopt(const char *folder, enum wire_role role);

/* --- guard_children.c --- */

/* Which roles the configuration, or judge, has work for: the journal's reader, the runner
 * and the resolver are not always needed. */
void guard_choose_children(struct guard *g);

/* The ROLE_BITs of those that `config` needs and the present one does not, or the other
 * way round. */
unsigned guard_changed_children(const struct guard *g, const struct config *config);

/* Starts every role; each is sent the configuration and its descriptors. */
void guard_start_children(struct guard *g);

/* The running child of a role, or NULL. */
struct guard_child *guard_child_of(struct guard *g, enum wire_role role);

/* Sends one packet to a child, with a descriptor unless -1; waits a little when its
 * socket is full, and kills a child that does not read. */
void guard_send(struct guard_child *c, struct span packet, int passed);

/* If all roles are ready: shows the screen, and says so to whoever waits for it. */
void guard_all_ready(struct guard *g);

/* kill -9 of a child, if it runs; it is started again. */
void guard_kill(struct guard_child *c);

/* A child ended: says so and arranges its restart. */
void guard_reap(struct guard *g);

/* Ends all children, the sensor first, and waits for them. */
void guard_stop_children(struct guard *g);

/* Ends these roles (ROLE_BITs, guard_diff.h) in order, so that what was sent is
 * committed; they stay away until guard_start_roles(). */
void guard_stop_roles(struct guard *g, unsigned roles);

/* Starts them. */
void guard_start_roles(struct guard *g, unsigned roles);

/* --- guard_pulse.c --- */

/* Begins to ask the roles for signs of life, and to tell the service manager of them. */
void guard_begin_pulse(struct guard *g);

/* Asks judge how many bans there are; what it says comes in a PONG. */
void guard_ask_judge(struct guard *g);

/* A role lives; judge says how many bans there are. */
void guard_take_pong(struct guard_child *c, uint64_t bans);

/* Tells the service manager in a line how it goes, if that has changed. */
void guard_tell_status(struct guard *g);

/* --- guard_load.c --- */

/* Starts judge and enforcer, waits until every ban is in the kernel, at most
 * GUARD_LOAD_WAIT_S, and ends them. The exit status: 0; 1 when it failed or took too
 * long; 4 while panic is on. What happened is in the log. Needs a loop with its signals.
 */
NODISCARD int guard_load_bans(struct guard *g);

/* While it waits: a role is ready, or judge said something. */
void guard_look_at_load(struct guard *g);

/* --- guard_spawn.c --- */

/* Starts the program of a child whose other members are set, with `messages` (unless -1)
 * as its stderr; sets pid and up.fd. 0, or a negative errno, which was logged. */
NODISCARD int guard_spawn(struct guard_child *c, int messages);

/* Sends a child that has just started the greeting and a configuration. 0, or a negative
 * errno. */
NODISCARD int guard_greet(struct guard_child *c, const struct config *config);

/* --- guard_try.c --- */

/* Whether a sensor can work with a configuration: one that is started for it alone
 * compiles every expression in its sandbox, and is ended. False: with a line for each
 * error in `why`. Waits for it; needs g->role_dir and g->log. */
NODISCARD bool guard_try(struct guard *g, const struct config *config, struct buf *why);

/* --- guard_ends.c --- */

/* Remembers that a child ended by itself, and tells judge. */
void guard_note_end(struct guard_child *c);

/* Tells a judge that starts what was remembered. */
void guard_tell_ends(struct guard_child *judge);

/* --- guard_journal.c --- */

/* Whether the configuration has a journal, so that its reader is needed. */
bool guard_reads_journal(const struct config *c);

/* The groups that may read the journals of the configuration, as guard_child.groups; the
 * caller frees it. NULL: none. */
NODISCARD char *guard_journal_groups(const struct guard *g);

/* --- guard_screen.c --- */

/* Appends the screen that says what is guarded, what is not and why, and how to look at
 * it. */
void guard_screen(const struct guard *g, struct buf *out);
