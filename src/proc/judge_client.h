/* judge_client: one command on the control socket, and what it is told. */
#pragma once

#include "judge_parts.h"

/* A name that is to be allowed when it is found. */
struct client_order {
    struct host_key name;
    int64_t for_s;
    struct buf comment;
    int64_t since_us; /* since boot */
};

struct judge_client;

/* Takes one ban of a walk through all; `packet` is empty, and is left so. */
typedef void client_walk_fn(struct judge_client *c, const struct ban_key *key,
                            const struct ban *ban, struct buf *packet);

/* What a list or an order is about. */
struct client_filter {
    struct addr within;   /* family 0: every address */
    struct host_key name; /* of the list of who is allowed; empty: any */
    bool has_jail;
    uint16_t jail;
    int64_t from_us, to_us; /* begun at or after, and before */
    bool is_unban;          /* a single address that a banned prefix holds is not free */
    bool is_dry;            /* an order that only tells what it would do */
    struct table addresses; /* struct addr -> nothing: only these, when has_addresses */
    bool has_addresses;
    uint32_t no_room; /* not let out of a banned prefix: no more can be */
};

/* One command on the control socket. */
struct judge_client {
    struct judge *judge;
    struct chan chan;
    struct loop_fd watch;
    struct buf out;   /* whole packets wait in it, each with its length in front */
    bool has_asked;   /* a connection is for one request */
    bool is_watching; /* wants news */
    bool is_waiting;  /* for the kernel's answer to a ban of `waits_for` by hand */
    struct addr waits_for;
    struct client_order *order; /* waits for the resolver; NULL: does not */
    client_walk_fn *walk; /* a walk through the bans goes on at next_slot; NULL: none */
    struct client_filter filter;
    struct {
        uint32_t unchanged, refused, over;
        bool has_taken;   /* the last ban: its lines are taken, too */
    } put;                /* of an import; what was taken in is `matched` */
    struct buf beginning; /* of the names that are asked for; of the past: the jail */
    bool is_in_past;      /* a walk through the past goes on before past_id ... */
    bool is_of_alerts;    /* ... of alerts; else of bans */
    bool is_in_trust;     /* a walk through all that is trusted goes on at next_slot */
    int64_t past_id;
    uint32_t next_slot, matched;
    uint64_t dropped; /* news that did not fit */
};

enum { CLIENT_OUT_MAX = 4 << 20 }; /* bytes that may wait for one command */

/* Puts the frames of `packet` on the client's queue. False when it would hold more than
 * `max`. */
bool client_queue(struct judge_client *c, struct span packet, size_t max);

/* Ends the answer. */
void client_end(struct judge_client *c, enum answer_outcome outcome, uint32_t matched,
                struct span text);

/* --- judge_answers.c --- */

/* What is guarded, and how it goes. */
void client_answer_status(struct judge_client *c);

/* One jail: its counts, its logs, the options in force. */
void client_answer_jail(struct judge_client *c, struct span name);

/* What the filter of a jail is made of. */
void client_answer_filter(struct judge_client *c, struct span jail);

/* --- judge_campaigns.c --- */

/* The campaigns that are asked for, the newest first. */
void client_answer_campaigns(struct judge_client *c, const struct wire_ask_campaigns *m);

/* --- judge_answers.c --- */

/* --- judge_why.c --- */

/* All that is known of an address, a prefix or an account. */
void client_answer_why(struct judge_client *c, const struct wire_ask_why *m);

/* --- judge_lists.c --- */

/* Appends the TELL_BAN of a ban. */
void client_put_ban(struct judge *j, struct buf *b, const struct ban_key *key,
                    const struct ban *ban);

/* Appends the TELL_HOLE of a hole in the ban `ban`. */
void client_put_hole(const struct judge *j, struct buf *b, const struct ban_key *ban,
                     const struct hole *hole);

/* Begins to call `fn` for the bans that fit c->filter, to the end of the answer. */
void client_walk(struct judge_client *c, client_walk_fn *fn);

/* Queues one row, and empties `packet`. */
void client_queue_row(struct judge_client *c, struct buf *packet);

/* Lets the address to be let out out of the banned prefixes that hold it, and ends the
 * answer; when bans of its own were lifted, only says what else holds it. False: nothing
 * does. */
NODISCARD bool client_end_around(struct judge_client *c);

/* Appends how many could not be let out of banned prefixes, if any. */
void client_add_no_room(const struct judge_client *c, struct buf *text);

/* Begins to tell the bans that fit c->filter. */
void client_answer_bans(struct judge_client *c);

/* Begins to tell names with this beginning; NAMES_MAX of them at most. */
void client_answer_names(struct judge_client *c, enum names what, struct span beginning);

/* Goes on with a walk: as much as the queue takes without growing large. */
void client_walk_on(struct judge_client *c);

/* Tells who is never banned and shares an address with c->filter.within. */
void client_tell_allowed(struct judge_client *c);

/* The same as a whole answer. */
void client_answer_allowed(struct judge_client *c);

/* --- judge_allow_names.c --- */

/* Puts a name on the list and tells what it stands for, at once or when it is found. */
void client_order_name(struct judge_client *c, const struct wire_ask_allow *m);

/* The command waits no longer; harmless when it does not wait. */
void client_drop_order(struct judge_client *c);

/* --- judge_past.c --- */

/* Begins to tell the bans of the past that fit c->filter, in the jail of this name;
 * an empty name is any. */
void client_answer_past(struct judge_client *c, struct span jail);

/* Reads rows from c->past_id on and queues those that are wanted; where the next page
 * begins, 0 behind the last. 0, or -EIO. */
typedef int client_page_fn(struct judge_client *c, int64_t *next_id);

/* Goes on with a list that is read in pages, a few each turn, and ends the answer behind
 * the last one. */
void client_pages_on(struct judge_client *c, client_page_fn *read);

/* Goes on with it. */
void client_past_on(struct judge_client *c);

/* --- judge_alerts.c --- */

/* Begins to tell the alerts that are asked for, or clears them. */
void client_answer_alerts(struct judge_client *c, const struct wire_ask_alerts *m);

/* Goes on with it. */
void client_alerts_on(struct judge_client *c);

/* Tells the newest that fit m->account and m->within, a few. 0, or -EIO. */
NODISCARD int client_tell_alerts_of(struct judge_client *c, const struct wire_ask_why *m);

/* Tells those of the last day, newest first; some of them when there are many. */
void client_tell_alerts(struct judge_client *c);

/* --- judge_orders.c --- */

/* Sets c->filter.jail; false, and the answer ended, when there is no jail of that name.
 * An empty name is any jail. */
NODISCARD bool client_filter_jail(struct judge_client *c, struct span name);

/* Begins to lift the bans that fit c->filter, and where `account` is not empty only those
 * of addresses that tried it. */
void client_answer_unban(struct judge_client *c, struct span account);

/* Counts failures that the command tells of. */
void client_take_attempt(struct judge_client *c, const struct wire_ask_attempt *m);

/* Takes one ban of an import. */
void client_take_ban(struct judge_client *c, const struct wire_ask_put_ban *m);

/* Takes a line that led to it. */
void client_take_put_line(struct judge_client *c, const struct wire_ask_put_line *m);

/* Counts what became of one thing of an import. */
void client_put_one(struct judge_client *c, enum answer_outcome outcome);

/* Says what became of all of it. */
void client_end_put(struct judge_client *c);

/* Lets the bans of just this address or prefix, in the jail of c->filter, end `more_s`
 * later; negative: never. */
void client_answer_extend(struct judge_client *c, const struct addr *who, int64_t more_s);

/* --- judge_dry.c: orders that only tell --- */

/* Tells what a ban by hand would change in the kernel. Outcome and text as of
 * judge_ban(). */
enum answer_outcome client_dry_ban(struct judge_client *c, const struct addr *who,
                                   int64_t bantime_s, struct buf *text);

/* The same for a hole in a ban; told with the first of the bans around `who`. */
void client_dry_hole(struct judge_client *c, const struct ban_key *ban,
                     const struct addr *who);

/* The same for the end of a ban; those that c->filter fits end with it. */
void client_dry_unban(struct judge_client *c, const struct ban_key *key,
                      const struct ban *ban);

/* The same for a ban that is prolonged, and given as it would be. */
void client_dry_extend(struct judge_client *c, const struct ban_key *key,
                       const struct ban *ban);

/* --- judge_curbs.c --- */

/* Queues a row for each curb of the account, or with an empty one for all; how many. */
uint32_t client_tell_holds(struct judge_client *c, struct span account);

/* The same as an answer; those of the account end, or its mail is held from now on, if
 * that is what was asked. */
void client_answer_holds(struct judge_client *c, const struct wire_ask_holds *m);

/* --- judge_brake.c --- */

/* How the brake is, and of which bans; before, lets it go. */
void client_answer_brake(struct judge_client *c, bool is_release);

/* --- judge_providers.c --- */

/* Of which providers how much is known. */
void client_answer_providers(struct judge_client *c);

/* Tells those that `who` shares an address with. */
void client_tell_providers(struct judge_client *c, const struct addr *who);

/* --- judge_trust.c --- */

/* Begins to tell who has logged in from places and addresses that share one with
 * m->within, or forgets them. */
void client_answer_trust(struct judge_client *c, const struct wire_ask_trust *m);

/* Goes on with it. */
void client_trust_on(struct judge_client *c);

/* --- judge_requests.c --- */

/* Takes one frame of a command and answers it, or begins to. False when it is none. */
NODISCARD bool client_take(struct judge_client *c, const struct wire_frame *f);
