/* What the files of orders share. */
#pragma once

#include "base/clock.h"
#include "compat/orders.h"

#define ORDERS_OWN_ACTION "komainu" /* of jails without an action of fail2ban's */

enum { ORDERS_WORDS_MAX = 4096 };

typedef enum orders_outcome order_fn(struct orders *o);

/* --- the command --- */

/* Its words. */
size_t orders_count(const struct orders *o);

/* Word `i` as text, a number as its digits; an empty span for what is neither or not
 * there. */
struct span orders_word(const struct orders *o, size_t i);

/* Whether word `i` is this one. */
bool orders_is(const struct orders *o, size_t i, const char *word);

/* A word without its brackets, if an address stands in them: "[2001:db8::1]". */
struct span orders_unbracketed(struct span word);

/* Carries out a command that may be one of a stream. */
enum orders_outcome orders_run_one(struct orders *o);

/* Carries out what is left of the stream. */
enum orders_outcome orders_go_on(struct orders *o);

/* --- answers; each returns ORDERS_ANSWER --- */

/* (0, v); of an arena that is full, an error. */
enum orders_outcome orders_say(struct orders *o, struct pickle_value *v);

/* (1, an exception of class `name` with this text). */
enum orders_outcome orders_raise(struct orders *o, struct span name, struct span text);

/* A plain exception. */
enum orders_outcome orders_fail(struct orders *o, const char *format, ...) PRINTF(2, 3);

/* A word is missing. */
enum orders_outcome orders_missing(struct orders *o);

/* A word is no whole number. */
enum orders_outcome orders_no_integer(struct orders *o, struct span text);

/* There is no such jail. */
enum orders_outcome orders_unknown_jail(struct orders *o, struct span name);

/* --- asking --- */

/* Asks judge, and frees `frames`. False: o->answer says what went wrong. */
NODISCARD bool orders_ask(struct orders *o, struct buf *frames, struct answer *a);

/* Asks about one jail: TELL_JAIL, TELL_SOURCEs, TELL_OPTIONs. False as above; also when
 * there is no such jail. */
NODISCARD bool orders_ask_jail(struct orders *o, struct span jail, struct answer *a);

/* The first TELL_JAIL of an answer; false: there is none. */
NODISCARD bool orders_jail_of(const struct answer *a, struct wire_tell_jail *jail);

/* Whether an answer of orders_ask_jail() is of a jail that reads the journal. */
bool orders_reads_journal(const struct answer *a);

/* Asks for what is guarded; `*jails`, in the arena, are the names of all jails, which
 * live as long as the answer, in the order of the configuration. False as above. */
NODISCARD bool orders_ask_jails(struct orders *o, struct answer *a, struct span **jails,
                                size_t *count);

/* The next value of option `name` in an answer; `*rest` begins as its frames. */
NODISCARD bool orders_next_option(struct span *rest, struct span name,
                                  struct span *value);

/* --- bans --- */

struct orders_ban {
    struct addr who;            /* family 0: id is who it is */
    struct span id;             /* in the arena */
    int64_t since_us, until_us; /* until_us < 0: for good */
};

/* The bans of a jail (an empty name: all jails) that `within` holds (family 0: any), by
 * their end; in the arena. False as above. */
NODISCARD bool orders_bans(struct orders *o, struct span jail, const struct addr *within,
                           struct orders_ban **bans, size_t *count);

/* Whether a word of a client names who the ban is of. */
bool orders_is_of(const struct orders_ban *ban, struct span word);

/* Appends who the ban is of, as it is: foreign bytes where it is an id. */
void orders_add_who(const struct orders_ban *ban, struct buf *out);

/* A list of their addresses. */
struct pickle_value *orders_addresses(struct orders *o, const struct orders_ban *bans,
                                      size_t count);

/* (pattern, its name) of what `datepattern` says, as fail2ban names it: of its own
 * templates and of more than two patterns the pattern is None; else the first counts. In
 * the arena; NULL: it is full. */
struct pickle_value *orders_datepattern(struct pickle_arena *a, struct span patterns);

/* What is ignored, of an answer of orders_ask_jail(): networks and names, then addresses,
 * as fail2ban shows them. NULL: the arena is full. */
struct pickle_value *orders_ignored(struct orders *o, const struct answer *a);

/* --- changing --- */

/* Asks for a change; the value is copied. ORDERS_CHANGE. */
enum orders_outcome orders_change(struct orders *o, struct span jail, struct span option,
                                  struct span value);

/* The same of option word 2 of jail word 1; ORDERS_ANSWER when there is no such jail. */
enum orders_outcome orders_change_option(struct orders *o, struct span value);

/* Whether an action has a method of this name, as there: nothing here. */
bool orders_is_method(struct span name);

/* What came of a COMPAT_ACTION. ORDERS_ANSWER. */
enum orders_outcome orders_finish_action(struct orders *o, enum answer_outcome outcome,
                                         struct span text);

/* --- the files of orders, each with its commands --- */

order_fn order_status, order_stats;
order_fn order_banned, order_unban, order_banip, order_unbanip, order_attempt,
    order_get_banned, order_get_banip;
order_fn order_add_ignored, order_delete_ignored;
order_fn order_get, order_set;              /* of the guard, or a jail */
order_fn order_get_jail, order_set_jail;    /* with its name */
order_fn order_get_action, order_get_asked; /* of komainud */
order_fn order_addaction, order_delaction, order_set_action;
order_fn order_start, order_stop, order_reload, order_flushlogs;
order_fn order_multi_set, order_stream, order_config_error, order_add;
