/* import: the bans of others: fail2ban's database, ufw's rules.
 *
 * What is found becomes the ASK_PUT_* frames of the control socket, gathered by jail.
 * Where a guard runs they go to it. Else they are written to its database, with the
 * places in logs, which a guard that runs has already.
 */
#pragma once

#include "base/table.h"
#include "conf/config.h"
#include "ctl/command.h"
#include "store/store.h"

enum { IMPORT_GROUPS_MAX = 1024 };

/* What became of the frames of one group. */
struct import_counts {
    uint32_t bans, past;          /* taken in: in force, and over but remembered */
    uint32_t same, over, refused; /* known already; of no more use; protected */
};

/* What was found of one jail. */
struct import_group {
    char *name;      /* over there */
    uint16_t jail;   /* of ours; IMPORT_BY_HAND: none that is on */
    struct buf bans; /* frames of bans in force, and of the lines that led to them */
    struct buf past; /* of those that are over */
    uint32_t ban_count, past_count;
    uint32_t over, spared; /* no frames: over, never banned here */
    uint32_t
        strange;     /* no address: of a jail of ours, or for a guard that does not run */
    uint32_t broken; /* whose data made no sense: without it */
    struct table last; /* struct addr -> int64_t: when its last ban began, in seconds */
    struct import_counts done;
};

enum { IMPORT_BY_HAND = 0xFFFF };

/* A place in a log, or why there is none. */
struct import_place {
    struct store_place place; /* path and cursor are owned below */
    char *path, *cursor;
    const char *why; /* not taken over; NULL: it is */
};

struct import {
    const struct config *config;
    int64_t now_us;
    struct import_group *groups;
    size_t group_count;
    struct import_place *places;
    size_t place_count;
    uint64_t broken;      /* rows that could not be read */
    uint64_t left_out;    /* rows that were too many */
    bool is_left_out;     /* more jails than IMPORT_GROUPS_MAX */
    bool is_for_database; /* no guard runs */
};

/* Frees what it owns; a zeroed one is legal. */
void import_fini(struct import *i);

/* import_database.c: reads a database of fail2ban's. False with the reason in `error`. */
NODISCARD bool import_read_fail2ban(struct import *i, const char *path,
                                    struct buf *error);

/* import_rows.c: the group of a jail's name, made when it is new; NULL: there are too
 * many. */
struct import_group *import_group(struct import *i, struct span name);

/* import_places.c: takes how far fail2ban has read a log. `hash` is of its first line. */
void import_place(struct import *i, struct span jail, struct span path, struct span hash,
                  double position);

/* import_store.c: writes all of it to STATE/judge/judge.db as its owner, who is made when
 * there is none. */
NODISCARD enum ctl_exit import_to_store(struct import *i, const char *state,
                                        struct buf *error);

/* import_run.c: where it goes: to the guard that runs, else into its database, and counts
 * what became of it. `is_dry`: nothing is done. */
NODISCARD enum ctl_exit import_deliver(struct import *i, const struct ctl_env *env,
                                       const struct ctl_args *args, struct buf *error);

/* import_show.c: the table, or the same as members of an object that is open. */
void import_show(const struct import *i, const struct ctl_env *env, bool is_dry,
                 struct buf *out);
void import_show_json(const struct import *i, struct buf *out);

/* How many bans were taken in, in force or over. */
uint64_t import_taken(const struct import *i);

/* The file that the configuration in `directory` names; NULL: it keeps none. The caller
 * frees it. */
char *import_database_of(const char *directory);

/* Forms of `import`. */
ctl_fn import_fail2ban, import_ufw;

/* import_ufw.c: the addresses of `deny from ADDR` and the like in the text of a file of
 * rules, as frames of bans by hand; rules of other kinds are counted. */
void import_read_ufw(struct span text, int64_t now_us, struct import_group *g,
                     uint32_t *others);
