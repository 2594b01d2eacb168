/* check_work: what the files of gate/check.h do for one another. */
#pragma once

#include "gate/check_internal.h"

/* --- check_questions.c --- */

/* The answer to a question, which is asked unless it was; NULL: wait for it. Valid until
 * the next one. What cannot be asked (no name, too many, too late) has failed; no name is
 * not there. */
const struct check_question *check_question(struct check_run *run,
                                            enum host_record record,
                                            const struct host_key *name);

/* The same for foreign text that may be no name. */
const struct check_question *
check_question_text(struct check_run *run, enum host_record record, struct span name);

/* Its records, for resolve_next_record(). */
struct span check_records(const struct check_run *run, const struct check_question *q);

/* The first address, of `count`, that is `a`. */
bool check_has_address(const struct check_question *q, const struct addr *a);

/* Gives up what is not answered. */
void check_give_up(struct check_run *run);

/* Asks all that the rest of the request's lists may need. */
void check_ask_ahead(struct check_run *run);

/* Begins the tests of lists that are due. */
void check_test_lists(struct check *c);

/* --- check.c --- */

/* Reads tables that have changed, and tells of it from what is `least` on. */
void check_refresh_tables(struct check *c, enum check_news least);

/* --- what a restriction comes to: an enum check_step, or CHECK_WAIT, and then what was
 * asked for wakes the request, which is given the same restriction again. With
 * CHECK_FIRED the reply is in run->action, ->code and ->text. O(1) but for tables of
 * patterns. --- */

/* Any, by its kind: one of the following, or one that asks nobody. check_eval.c */
int check_eval(struct check_run *run, const struct check_item *item);

/* reject_rbl_client, reject_rhsbl_*, permit_dnswl_client and permit_rhswl_client: one
 * list of DNS; one that did not show that it is a list has nobody. check_lists.c */
int check_eval_list(struct check_run *run, const struct check_item *item);

/* dns_lists: all weighed ones, whose sum is held against the threshold. */
int check_eval_weighed(struct check_run *run, const struct check_item *item);

/* What the names are that DNS has for the client: reject_unknown_*_hostname.
 * check_names.c */
int check_eval_client(struct check_run *run, const struct check_item *item);

/* What it says to be: reject_*_helo_hostname. */
int check_eval_helo(struct check_run *run, const struct check_item *item);

/* Whether mail for the domain of the sender or recipient can be delivered:
 * reject_unknown_*_domain. */
int check_eval_domain(struct check_run *run, const struct check_item *item);

/* Whether its domain is a whole one: reject_non_fqdn_sender and _recipient. */
int check_eval_qualified(struct check_run *run, const struct check_item *item);

/* Whether the client's name is one of a range of addresses. */
int check_eval_generic(struct check_run *run, const struct check_item *item);

/* RFC 7208, by the knobs of [spf] or of the recipient. check_spf.c */
int check_eval_spf(struct check_run *run, const struct check_item *item);

/* check_*_access: a table of access(5). check_access.c */
int check_eval_access(struct check_run *run, const struct check_item *item);

/* check_*_{a,mx,ns}_access: a table, asked for the servers of a name. */
int check_eval_servers(struct check_run *run, const struct check_item *item);

/* Goes into a class; CHECK_CLASS. */
int check_eval_class(struct check_run *run, const struct check_item *item);

/* --- for all of them --- */

/* What an action comes to that a table, the greylist or SPF says. */
int check_come_to(struct check_run *run, const struct gate_answer *a);

/* The value of an attribute. */
static inline struct span
check_value(const struct check_run *run, enum gate_attribute attribute)
{
    return run->asked.request->values[attribute];
}

/* The text of what is meant; empty: it is not known. */
struct span check_subject(const struct check_run *run, enum restriction_subject subject);

/* Whether a name is one, and not "unknown". */
bool check_is_known(struct span name);

/* Whether the client has logged in, or is of mynetworks. */
bool check_is_ours(const struct check_run *run);

/* What would be replied; CHECK_FIRED. */
int check_fire(struct check_run *run, unsigned code, const char *status,
               const char *format, ...) PRINTF(4, 5);

/* What is said in place of a zone. */
const char *check_shown(const struct check *c, const struct host_key *zone);

/* --- check_access.c --- */

/* What a word stands for in a list or behind a key of a table: the class, or the list of
 * the one restriction; NULL: nothing. */
const struct check_items *check_find_word(const struct check *c, struct span word);

/* The same for struct access_names; `ctx` is the check. */
bool check_knows_word(void *ctx, struct span word);

/* Goes into what the words name, before what comes next; `form` is that of frames. False,
 * and nothing done, when that is too deep. */
NODISCARD bool check_enter(struct check_run *run, const struct restriction *form,
                           struct span words);

/* --- check_spf.c --- */

/* Takes the knobs; false: one of them is wrong. */
NODISCARD bool check_spf_set(struct check *c, const struct config_spf *config,
                             struct buf *why);

/* Reads the file of Per_User when it has changed. */
NODISCARD enum access_map_outcome check_spf_refresh(struct check *c, struct buf *why);

/* Ends what a request was checked for; frees what was kept for the next one. */
void check_spf_clear(struct check_run *run);
void check_spf_free(struct check_run *run);

/* For which domain the client may send; empty: for none. */
struct span check_spf_domain(const struct check_run *run);

/* --- check_messages.c --- */

/* Adds what goes out when nothing rejects; when there is no room, nothing. */
void check_note(struct check_run *run, enum gate_action action, struct span text);

/* What is known of the message; NULL: nothing, and with `is_made` it has no instance. */
struct check_message *check_message(struct check_run *run, bool is_made);

/* Takes the weightiest note of the request and its message into run->action and
 * run->text, and keeps the others for later; DUNNO when there is none. */
void check_take_note(struct check_run *run);

/* The same where mail of the account is held: that goes out first, and whenever nothing
 * else does. What puts off goes before it. */
void check_take_hold(struct check_run *run);

/* --- check_run.c --- */

/* Puts off mail of an account that has handed in as much as it may. */
void check_refuse_over(struct check_run *run);

/* Puts the client off with this text, unless something rejects it. */
void check_put_off(struct check_run *run, const struct check_item *item,
                   enum gate_action action, struct span text);

/* Refuses a client that is banned. */
void check_refuse_banned(struct check_run *run);

/* Goes on with a request until it is decided or waits. */
void check_advance(struct check_run *run);

/* Wakes it at `due_us` at the latest. */
void check_wake_at(struct check_run *run, int64_t due_us);
