/* judge_notify: what judge has the runner tell somebody (judge_notify.c), and the
 * troubles of the guard that it finds (judge_trouble.c).
 */
#pragma once

#include "decide/notices.h"
#include "decide/trouble.h"
#include "judge.h"

enum {
    NOTIFY_WAITING_MAX = 64, /* messages that the runner has not answered */
    NOTIFY_TRIES_MAX = 3,    /* one that runners die of is given up */
    NOTIFY_SHOWN_MAX = 50,   /* bans that a digest names */
    ROLE_ENDS = 2,           /* ends within an hour that are too many */
};

/* What somebody is told; all texts are borrowed and may hold foreign bytes. */
struct judge_message {
    enum told kind;
    bool is_urgent;
    struct span subject, jail, reason, account;
    struct addr who;
};

/* One message to one command. */
struct notify_waiting {
    uint64_t id;
    struct buf packet; /* a RUN frame */
    uint8_t command, tries;
    bool is_sent; /* to the present runner */
};

struct judge_notify {
    struct judge *judge;
    struct notices notices;
    struct chan runner;
    struct loop_fd runner_watch;
    struct notify_waiting waiting[NOTIFY_WAITING_MAX];
    size_t count;
    uint64_t next_id, dropped;
    bool has_failed[CONFIG_COMMANDS_MAX]; /* of each command, the last message */
    struct loop_timer held, digest;
    uint64_t *bans;   /* of each jail, since the last digest */
    struct buf shown; /* the first of them, as lines */
    size_t shown_count;
};

/* Troubles, and what is needed to see them. Times are since boot. */
struct judge_trouble {
    struct judge *judge;
    struct troubles troubles;
    struct loop_timer look;
    int64_t *heard_us; /* of each source: its last line; 0: none yet */
    int64_t ends_us[ROLES][ROLE_ENDS];
    uint64_t answered; /* requests that the enforcer had answered at the last look */
    uint64_t *counts;  /* of limits, at the last look */
    bool is_firewall_changed;
    bool has_news;   /* what troubles are seen by may have changed in this turn */
    bool is_looking; /* the timer has ended */
};

/* --- judge_notify.c --- */

/* Makes j->notify when the configuration wants somebody told. */
void judge_prepare_notify(struct judge *j);

/* Takes the socket to a new runner, and sends it what the old one did not answer. */
void judge_take_runner(struct judge *j, int fd);

/* Sends the runner what waits for it. */
void judge_flush_runner(struct judge *j);

/* At the end of a turn: sends it what its actions are to do. */
void judge_tell_actions(struct judge *j);

/* Whether there is a runner, or none is wanted. */
bool judge_has_runner(const struct judge *j);

/* Tells somebody, now or later in a digest; nothing when nobody is to be told. */
void judge_tell(struct judge *j, const struct judge_message *m);

/* The same for a ban, if bans are to be told. */
void judge_tell_ban(struct judge *j, const struct ban_key *key, const struct ban *ban,
                    struct span reason);

/* --- judge_trouble.c --- */

/* Makes j->trouble and begins to look. After judge_load(). */
void judge_prepare_trouble(struct judge *j);

/* A source has a new line. */
void judge_heard(struct judge *j, uint16_t source);

/* For this long nothing could be heard of any source. */
void judge_pardon_silence(struct judge *j, int64_t us);

/* Our table in the firewall had to be made again. */
void judge_saw_firewall_change(struct judge *j);

/* Takes the fields of a ROLE_ENDED frame; false when they are wrong. */
NODISCARD bool judge_take_role_end(struct judge *j, struct span fields);

/* Something happened that may begin or end a trouble: judge looks soon. */
void judge_stir(struct judge *j);

/* Looks at everything at once. */
void judge_look(struct judge *j);

/* At the end of a turn: looks if it is time to, and arms the timer for the next time. */
void judge_end_look(struct judge *j);

/* Appends a TELL_TROUBLE frame for each trouble; calls `fn` with each. */
void judge_each_trouble(struct judge *j, void (*fn)(void *ctx, struct span packet),
                        void *ctx);
