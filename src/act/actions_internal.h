/* What the files of actions share: a jail's queue (actions.c) and the way of one command
 * through an action (actions_step.c). */
#pragma once

#include "act/actions.h"
#include "base/table.h"

/* A ticket that is kept, with its texts. */
struct kept {
    struct ticket ticket;
    char *texts;
    size_t text_bytes;
    unsigned users;
    uint32_t round;
    uint64_t epoch; /* of the jail when it was banned */
};

/* What is done with the actions of a jail. */
enum job_kind {
    JOB_START,
    JOB_BAN,
    JOB_REBAN,
    JOB_UNBAN,
    JOB_PROLONG,
    JOB_CHECK,
    JOB_RELOAD,
    JOB_FLUSH,
    JOB_LAST_UNBAN, /* by actions that have no actionflush */
    JOB_STOP,
};

struct job {
    struct job *next;
    enum job_kind kind;
    bool is_told;      /* done() is called for it */
    struct kept *kept; /* NULL: it is for no ban */
    struct kept *then; /* of JOB_CHECK: banned again, if it brought that about */
};

/* FAMILY_ANY: of an action whose commands are the same for all. FAMILY_NONE: of bans of
 * what is no address. */
enum { FAMILY_ANY, FAMILY_INET4, FAMILY_INET6, FAMILY_NONE, FAMILIES };

enum { STARTED = 1, HAS_BANS = 2 }; /* bits of `started` */

struct action {
    const struct config_action *config;
    uint8_t started[FAMILIES];
    uint8_t order[FAMILIES]; /* as they were first started */
    size_t known;            /* of them */
    /* Commands that start, stop and flush, as they were run: those that families share
     * are run once. */
    char *run[ACTION_EVENTS][FAMILIES];
    uint64_t epoch; /* raised when it had to be made whole: bans may be lost */
};

enum step {
    STEP_NONE,
    STEP_EACH,  /* the command of `event` for each of `families` */
    STEP_FIRST, /* the command that the ban asks for */
    STEP_CHECK, /* it failed: is the action whole? */
    STEP_REPAIR,
    STEP_RESTOP,
    STEP_RESTART,
    STEP_RECHECK,
    STEP_SECOND, /* once more */
};

struct actions_jail {
    struct actions *actions;
    uint16_t number;
    struct action *list;
    size_t count;
    struct table held; /* struct addr -> struct kept * */
    struct job *first, *last;
    size_t waiting;
    uint64_t epoch;
    int64_t checked_us; /* since boot: when JOB_CHECK was last made */
    bool is_stopping;
    bool is_stepping; /* actions_step_on() is at work */
    /* the job at work */
    struct job *job;
    size_t at; /* its action; counted from behind in JOB_STOP */
    bool has_failed;
    enum step step;
    enum action_event event;
    uint8_t families[FAMILIES];
    size_t family_count, family;
    bool has_failed_each;
    bool is_abandoned;
    bool is_checking; /* nothing is done once more */
    bool is_running;
};

/* Does what can be done now. */
void actions_step_on(struct actions_jail *j);

/* A command of the jail has ended. */
void actions_step_ended(struct actions_jail *j, const struct run_end *end);

/* Takes the next job off the queue; false: there is none. actions.c. */
NODISCARD bool actions_next_job(struct actions_jail *j);

/* The job at work is done. */
void actions_end_job(struct actions_jail *j);

/* Goes on with the result of what the present step did. */
void actions_go_on(struct actions_jail *j, bool is_good);

/* --- actions_run.c --- */

/* The action at work. */
struct action *actions_present(struct actions_jail *j);

/* The family of the ban at work. */
unsigned actions_family(const struct actions_jail *j);

/* Its command as the configuration has it. */
const char *actions_text(const struct action *a, enum action_event event,
                         unsigned family);

/* The command of an event that is for no ban, with its family in it; the caller frees it.
 */
char *actions_shared_text(const struct actions_jail *j, const struct action *a,
                          enum action_event event, unsigned family);

/* Notes that the command was run for the family, or that it is not in force any more:
 * then for no family that has the same. */
void actions_note_run(struct action *a, enum action_event event, unsigned family,
                      const char *text);
void actions_forget_run(struct action *a, enum action_event event, unsigned family);
void actions_forget_all(struct action *a, enum action_event event);

/* Run the present event; actions_go_on() follows, or actions_step_ended() later: for a
 * family unless another had the same command, for the ban at work, and with no tag but
 * the family. */
void actions_run_shared(struct actions_jail *j, unsigned family);
void actions_run_command(struct actions_jail *j, const struct ticket *ticket,
                         unsigned family, const char *text);
void actions_run_bare(struct actions_jail *j, unsigned family);

/* Tells that a command failed; `end` is NULL when it was not run. */
void actions_say_failed(struct actions_jail *j, const struct run_end *end);

/* Whether the text is more than blanks. */
bool actions_has(const struct action *a, enum action_event event, unsigned family);
