/* judge: the process that owns state and decides.
 *
 * One turn of its loop: events of the sensor are counted and decided (judge_events.c),
 * bans go to the enforcer (judge_kernel.c), then everything is committed at once
 * (judge_state.c), and only then the sensor's batches are acknowledged. Commands ask over
 * the control socket (judge_control.c). Nobody else opens its database.
 */
#pragma once

#include "base/heap.h"
#include "base/ident.h"
#include "base/table.h"
#include "decide/decide.h"
#include "enforce/outcome.h"
#include "role.h"
#include "store/allow.h"
#include "store/store.h"
#include "wire/meaning.h"

enum {
    JUDGE_CLIENTS_MAX = 32,
    JUDGE_OWN_MAX = 1024,   /* own addresses: failures of more are counted, not banned */
    JUDGE_CURSOR_MAX = 256, /* bytes, as wire.def has it */
    JUDGE_SWEEP_US = 60000000, /* how often counters that left their window are removed */
};

/* What the commands that watch are told. */
struct judge_item {
    enum news what;
    uint16_t jail;
    struct addr who;
    int64_t until_us; /* negative: never */
    uint32_t count;
    struct span text;    /* foreign; borrowed for the call */
    struct span account; /* of NEWS_ALERT; the same */
};

struct judge;

struct judge_client; /* judge_client.h */
struct judge_notify; /* judge_notify.h */
struct judge_trouble;
struct judge_asks;      /* judge_ask.c */
struct judge_acts;      /* judge_act.c */
struct judge_names;     /* judge_names.h */
struct judge_hosts;     /* judge_hosts.c */
struct judge_providers; /* judge_providers.h */
struct judge_metrics;
struct judge_gate;  /* judge_gate.c */
struct judge_share; /* judge_share.c */

/* What is known of a log, for the screen and for a sensor that starts. */
struct judge_source {
    struct store_place place;
    char cursor[JUDGE_CURSOR_MAX]; /* what place.cursor borrows from */
    bool has_place, is_dirty;
    uint8_t state;
    int64_t error;
};

struct judge_jail {
    uint64_t failures, bans; /* ever */
    uint64_t banned;         /* now */
    uint64_t alerts;         /* of this judge */
    bool is_dirty;
    bool is_moved; /* the kernel may hold bans of it in any scope */
};

enum { KERNEL_HOLE = 0xFFFF };

/* What the kernel is to hold for one address in one list of ports. */
struct kernel_key {
    uint16_t scope; /* KERNEL_HOLE: a hole in bans of prefixes, of all ports */
    struct addr who;
};

/* The file of `logtarget`, or syslog, in fail2ban's shape. */
struct judge_f2b {
    int fd;           /* -1: none */
    uint8_t facility; /* CONFIG_NO_FACILITY: it is a file */
    pid_t pid;        /* of komainud, which the lines name */
    struct buf lines; /* of this turn */
    bool has_failed;
};

struct judge {
    struct role role;
    struct judge_f2b f2b;
    struct decide decide;
    struct store *store;
    struct judge_source *sources;
    struct judge_jail *jails; /* one a jail; the last one is for bans by hand */
    struct idents ids;        /* who is counted or banned by a text that is no address */

    /* sensor */
    struct chan sensor;
    struct loop_fd sensor_watch;
    uint64_t seq;     /* last batch taken */
    uint64_t acked;   /* last batch acknowledged */
    bool is_skipping; /* the present batch was taken before */
    struct wire_sensor_counts counts,
        counts_before; /* of this sensor; of those before it */

    /* enforcer */
    struct chan enforcer;
    struct loop_fd enforcer_watch;
    struct table
        wishes; /* kernel_key -> struct wish: what the enforcer does not know yet */
    struct table asked; /* id -> struct asked: sent, not answered */
    struct table
        leaving; /* ban_key -> nothing: ended, and the kernel may still hold it */
    struct table
        closing; /* addr -> nothing: no hole any more, and the kernel may have it */
    uint64_t next_id;
    struct buf to_enforcer; /* a packet that its socket has not taken yet */
    uint32_t resync_slot;   /* bans from here on are still to be wished; 0: none */
    bool has_no_memory;  /* nothing was loaded: what the kernel holds is to be entered */
    bool has_asked_held; /* then: this enforcer was asked for it */
    struct buf held;     /* HELD frames, until all of them are there */
    bool is_syncing;     /* the enforcer waits for SYNCED */
    bool has_synced;     /* it was told once */
    struct loop_timer retry;
    struct wire_enforcer_state enforcer_state;
    bool has_enforcer_state;        /* any of them ever said it */
    struct addr own[JUDGE_OWN_MAX]; /* what the enforcer says is ours */
    size_t own_count;
    struct addr
        proxy; /* the last one that was spared, decide_is_proxy(); family 0: none */

    /* store */
    struct table dirty_bans;     /* ban_key -> nothing */
    struct table dirty_holes;    /* hole_key -> nothing */
    struct table dirty_kept;     /* kept_key -> nothing */
    struct table dirty_counters; /* ban_key -> nothing */
    struct buf evidence;  /* EVENT frames of this turn, each behind its jail's number */
    struct buf sessions;  /* SESSION frames of this turn */
    struct buf history;   /* bans made and ended this turn */
    bool is_history_lost; /* some of it found no room */
    struct buf alerts;    /* TELL_ALERT frames of this turn */
    struct buf campaigns_left;    /* not known any more: their rows go */
    int64_t campaigns_written_us; /* when they were last looked through */
    bool has_campaign_news;       /* one began, ended or left */
    bool is_campaigns_due;
    bool is_dirty, is_all_dirty; /* something, everything is to be written */
    bool has_new_brake;          /* decide.brake was pulled, prolonged or released */
    bool has_new_curbs;          /* decide.curbs changed */
    bool has_new_scopes;         /* what judge_write_scopes() writes changed */
    bool has_store_failed, is_database_new;
    bool has_rows;          /* of bans, present or past, were loaded */
    struct loop_timer sync; /* makes the last commits durable */
    unsigned packets;       /* of the sensor, not committed yet */
    bool is_flood;          /* the last one was full: more will come */
    bool is_commit_due;     /* they have waited long enough */
    struct loop_timer commit_due;

    /* who is never banned, by order of a person */
    struct allow allow;
    int allow_error;            /* why its file cannot be read, and must not be written */
    struct table allow_changes; /* struct addr -> nothing: the enforcer is to be told */
    bool is_allow_anew;         /* it is to forget what it knew first */
    struct loop_timer allow_timer;
    struct loop_timer allow_due;    /* the next name is to be looked up */
    struct loop_timer allow_orders; /* commands wait for a name too long */

    /* time */
    struct loop_timer ends, sweep, curb_ends;
    int64_t wall_minus_boot_us, slept_us, started_us, now_us;
    int clock_fd;
    struct loop_fd clock_watch;

    /* judge_notify.h */
    struct judge_notify *notify; /* NULL: nobody is to be told */
    struct judge_trouble *trouble;
    struct judge_asks *asks;
    struct judge_acts *acts;           /* NULL: no jail has actions */
    struct judge_names *names;         /* NULL: none is to be looked up */
    struct judge_hosts *hosts;         /* NULL: none was asked for yet */
    struct judge_providers *providers; /* NULL: the same */
    struct judge_metrics *metrics;     /* NULL: told to nobody */
    struct judge_gate *gate;
    struct judge_share *share;

    /* commands */
    struct loop_fd control_watch;
    struct chan compat; /* brings the connections of fail2ban's clients; fd -1: none */
    struct loop_fd compat_watch;
    struct judge_client *clients[JUDGE_CLIENTS_MAX];
    uint64_t events, refused;
    struct {
        uint64_t failures, told;
    } kinds[EVENT_KINDS]; /* events of this judge, by what they are */
};
