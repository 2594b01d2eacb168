/* judge_allow: who is never banned, by order of a person: the list, its file, and the
 * enforcer's copy. */
#pragma once

#include "judge.h"
#include "judge_names.h"

/* Reads the list and lifts the bans of who is on it. */
void judge_load_allow(struct judge *j);

/* Whether nobody may ban `who`, by order of a person. */
bool judge_allows(const struct judge *j, const struct addr *who);

/* Ends entries that are over. */
void judge_expire_allow(struct judge *j);

/* A new enforcer is to be told all of the list. */
void judge_send_allow(struct judge *j);

/* Appends ALLOW frames for what the enforcer does not know, up to about `max` bytes. */
void judge_put_allow(struct judge *j, struct buf *packet, size_t max);

/* Puts `who` on the list for `for_s` seconds (0 or negative: for good), lifts its bans;
 * writes what to tell the person. Saved when it returns ANSWER_DONE. */
enum answer_outcome judge_add_allow(struct judge *j, const struct addr *who,
                                    int64_t for_s, struct span comment, struct buf *text);

/* Takes it off the list. */
enum answer_outcome judge_remove_allow(struct judge *j, const struct addr *who,
                                       struct buf *text);

/* --- for judge_allow_names.c --- */

/* Writes the file. False, and a text, when it is as it was. */
NODISCARD bool judge_save_allow(struct judge *j, struct buf *text);

/* The enforcer is to be told whether this entry or address is on the list. */
void judge_change_allowed(struct judge *j, const struct addr *who);

/* Arms the timer for the next entry or name that ends. */
void judge_arm_allow(struct judge *j);

/* Lifts every ban of what lies in `who`; returns how many. O(bans). */
uint32_t judge_lift_within(struct judge *j, const struct addr *who);

/* --- judge_allow_names.c --- */

/* Begins to look up the names of the list, if there are any. */
void judge_begin_allowed_names(struct judge *j);

/* What the resolver says of a name that is on the list, or that commands wait for. */
void judge_take_allowed(struct judge *j, const struct host_key *name,
                        const struct names_answer *a);

/* Takes names that are over off the list, unsaved; whether there were any. */
bool judge_end_allowed_names(struct judge *j);

/* Puts a name on the list that need not resolve; it is looked up at once. */
enum answer_outcome judge_add_allowed_name(struct judge *j, const struct host_key *name,
                                           int64_t for_s, struct span comment,
                                           struct buf *text);

/* Takes it, and so its addresses, off the list. */
enum answer_outcome
judge_remove_allowed_name(struct judge *j, const struct host_key *name, struct buf *text);
