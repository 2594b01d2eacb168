/* actions: the commands of fail2ban's actions, run for the bans of their jails as
 * fail2ban 1.0.2 runs them.
 *
 * Each jail has a queue: one thing after the other is done with all its actions, in their
 * order; jails do not wait for each other. An action is started with its jail, or at the
 * first ban of a family. When a command fails its actioncheck says whether the action is
 * still whole; if not it is repaired (actionrepair, else actionstop and actionstart), and
 * the command is run once more. Of who is banned the ticket is kept, for the end of the
 * ban. At the end actionflush, or actionunban for each, then actionstop.
 *
 *     actions_init(&a, &(struct actions_setup){.loop = &loop, .config = &config, ...});
 *     actions_start(&a);
 *     if (actions_add(&a, &(struct actions_order){ACT_BAN, jail, &ticket}) == ...)
 */
#pragma once

#include "act/run.h"
#include "act/ticket.h"
#include "conf/config.h"
#include "wire/meaning.h"

enum {
    ACTIONS_QUEUE_MAX = 4096,    /* things that a jail may have before it */
    ACTIONS_TEXT_MAX = 64 << 20, /* bytes of log lines kept of all bans together */
    ACTIONS_GRACE_US = 2000000,  /* from SIGTERM to SIGKILL */
};

/* What became of a command that did not end well. */
struct actions_failure {
    const char *jail, *action, *command; /* "actionban" */
    const struct run_end *end;           /* NULL: it was not run: too many values */
};

struct actions_setup {
    struct loop *loop;
    const struct config *config; /* borrowed, with its actions */
    struct span host;            /* borrowed: this machine's name, with its domain */
    bool has_inet6;              /* this machine has IPv6 */
    void (*failed)(void *ctx, const struct actions_failure *f);
    /* An order that was taken is done; `is_good`: by every action. */
    void (*done)(void *ctx, uint16_t jail, bool is_good);
    /* A ban is made again by actions that had to be made whole: by `action` alone, or
     * by several (NULL); may be NULL */
    void (*rebanned)(void *ctx, uint16_t jail, const struct addr *who,
                     const char *action);
    void (*idle)(void *ctx); /* nothing is left to do; may be NULL */
    void *ctx;
};

/* `what` is ACT_BAN to ACT_AGAIN. */
struct actions_order {
    enum act what;
    uint16_t jail;
    const struct ticket *ticket; /* of ACT_UNBAN only `who` is looked at */
};

enum actions_taken {
    ACTIONS_TAKEN,   /* done() will be called, or was */
    ACTIONS_DROPPED, /* the queue is full */
};

struct actions_jail;

struct actions {
    struct actions_setup setup;
    struct runs runs;
    struct actions_jail *jails;
    uint32_t round;    /* of ACT_ALL */
    size_t text_bytes; /* kept of log lines */
    uint64_t cut;      /* bans whose log lines found no room */
};

/* Prepares `*a`; `setup` is copied. */
void actions_init(struct actions *a, const struct actions_setup *setup);

/* Starts the actions that do not wait for a ban. */
void actions_start(struct actions *a);

/* Does something for a ban. What is banned already and comes as restored, and what is not
 * banned and is unbanned, is done at once. Copies what it needs. */
NODISCARD enum actions_taken actions_add(struct actions *a,
                                         const struct actions_order *o);

/* All that is banned follows, as bans that are restored ... */
void actions_begin_all(struct actions *a);

/* ... and that was all: unbans who was not among them. */
void actions_end_all(struct actions *a);

/* The configuration was read anew: runs actionreload of a jail's actions that were
 * started. */
void actions_reload(struct actions *a, uint16_t jail);

/* The end: what waits is forgotten, what runs is let end; then bans are flushed or undone
 * one by one, and actions stopped. idle() says when that is done. */
void actions_stop(struct actions *a);

/* Whether nothing runs or waits. O(jails). */
bool actions_are_idle(const struct actions *a);

/* Kills what runs, and frees all. */
void actions_fini(struct actions *a);
