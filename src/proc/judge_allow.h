/* judge_allow: who is never banned, by order of a person: the list, its file, and the
 * enforcer's copy. */
#pragma once

#include "judge.h"

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
