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
#include "conf/config_gate.h"
#include "conf/machine.h"
#include "conf/override.h"
#include "guard_notify.h"
#include "wire/chan.h"
#include "wire/meaning.h"

enum { GUARD_CHILDREN = 10, GUARD_ASKERS = 4 }; /* at most */

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
    bool is_leaving; /* it was told to end, and takes its time */
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

/* Where the gate listens. */
struct guard_gate {
    struct {
        struct config_gate_listen where;
        int fd;
    } places[GATE_LISTEN_MAX];
    size_t count;
    int control; /* the socket for commands, where there is a place; else -1 */
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
    const char *state;                                /* --state */
    const char *config_dir;                           /* --config, or NULL */
    const char *fail2ban_directory, *fail2ban_socket; /* of the command line, or NULL */
    char *role_dir;                                   /* where the roles' programs are */
    char *control_path, *orders_path;
    struct loop_fd orders; /* where `komainu reload`, and root's fail2ban-client, ask */
    struct guard_asker askers[GUARD_ASKERS];
    char *command;      /* what a person types for the command line */
    char *state_option; /* behind it, for commands that talk to this guard */
    int lock, table_lock, control, notify;
    int metrics;                 /* the listening socket of metrics-socket; -1: none */
    int compat;                  /* the listening socket of fail2ban-socket; -1: none */
    struct guard_gate gate;      /* where the gate listens */
    int handed[GATE_LISTEN_MAX]; /* sockets that the service manager listens at */
    int handed_count;
    char *gate_path;                     /* of its socket for commands */
    struct config_overrides overrides;   /* what fail2ban's clients have set */
    struct wire_compat_done compat_done; /* is sent when all roles are ready ... */
    struct buf compat_text;              /* with this text */
    bool has_compat_done;
    bool is_ordered;          /* a reload is for a client of fail2ban's alone */
    struct span ordered_jail; /* and changes this jail, which must not be lost by it */
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
    unsigned started_anew;         /* ROLE_BITs of those that the last reload began */
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
