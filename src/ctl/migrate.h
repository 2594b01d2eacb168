/* migrate: from the fail2ban that is installed to the guard, and back.
 *
 * Looking changes nothing. Taking over writes one file, komainu.d/fail2ban.conf, whose
 * head says how things were, so that going back needs nothing else. The guard's table
 * stands, with every ban, before fail2ban's goes; whatever fails before that leaves
 * fail2ban as it was.
 */
#pragma once

#include "conf/fail2ban.h"
#include "ctl/import.h"

#define MIGRATE_FILE "komainu.d/fail2ban.conf"

/* How a jail is taken over. */
enum migrate_how {
    MIGRATE_NATIVE,   /* by the guard alone */
    MIGRATE_RUNNER,   /* beside its firewall action others are commands */
    MIGRATE_LEFT_OUT, /* not at all; the remarks say why */
};

struct migrate_jail {
    const char *name; /* of the model */
    enum migrate_how how;
    uint32_t bans;      /* in its database, not over */
    struct buf remarks; /* what is different, lines */
};

struct migrate_plan {
    const char *directory; /* of fail2ban */
    struct fail2ban model;
    struct config config; /* as it would be */
    struct import import; /* what its database has */
    struct migrate_jail *jails;
    size_t jail_count;
    size_t left_out;
    struct buf remarks;     /* what is different for all jails, lines */
    char *database;         /* NULL: it keeps none */
    bool has_state;         /* it can be read */
    struct buf no_database; /* else why not */
    bool is_running;        /* somebody answers at its socket */
    bool loses_bans;        /* there may be bans, and they cannot be read */
};

/* migrate_plan.c: looks. False with what is wrong in `error`; the plan is given to
 * migrate_plan_fini() in any case. `config` is our own directory. */
NODISCARD bool migrate_plan(struct migrate_plan *p, const char *directory,
                            const char *config, int64_t now_us, struct buf *error);

/* Frees what it owns; a zeroed one is legal. */
void migrate_plan_fini(struct migrate_plan *p);

/* migrate_show.c: as text for people, or as JSON; and what to do next, of who only
 * looked. */
void migrate_show(const struct migrate_plan *p, const struct screen *s, struct buf *out);
void migrate_show_next(const struct migrate_plan *p, struct buf *out);
void migrate_show_json(const struct migrate_plan *p, const struct screen *s,
                       struct buf *out);

/* migrate_apply.c: takes over, and goes back; what was done is said in `o->out`, what
 * could not be in `o->error`. */
NODISCARD enum ctl_exit migrate_apply(const struct ctl_env *env,
                                      const struct ctl_args *args, struct migrate_plan *p,
                                      struct ctl_output *o);
NODISCARD enum ctl_exit migrate_undo(const struct ctl_env *env,
                                     const struct ctl_args *args, struct ctl_output *o);

/* migrate_system.c: whether systemd runs this machine, so that services can be asked for.
 */
bool migrate_has_systemd(void);

/* Runs systemctl with two words, or one and the empty one, to its end; true when it
 * succeeds. What it prints is appended to `said`. */
bool migrate_systemctl(const char *verb, const char *unit, struct buf *said);

/* The same of a program by its full path. */
bool migrate_run(const char *const *argv, struct buf *said);

/* The same; its standard input is `input`, nothing when that is empty. */
bool migrate_run_fed(const char *const *argv, struct span input, struct buf *said);

/* Whether somebody takes connections at a UNIX socket. */
bool migrate_answers(const char *path);

/* Where `--config` says that our configuration is, or where it usually is. */
const char *migrate_config_directory(const struct ctl_args *args);

/* The command. */
ctl_fn migrate_command;
