/* judge_ids: who is counted and banned by a text that is no address (<F-ID>).
 *
 * Such a text has a key (base/ident.h) in everything that judge keeps by address; which
 * text it stands for is known to judge alone, and stored beside the bans. Nothing of it
 * goes to the enforcer: bans of it are for actions that are commands.
 */
#pragma once

#include "judge.h"

enum { JUDGE_WHO_MAX = 512 };

/* Whom to name to a person or a log: an address, a prefix, or the text, escaped and cut.
 * Returns `dst`. */
const char *judge_who(const struct judge *j, const struct addr *who,
                      char dst[JUDGE_WHO_MAX]);

/* The same for a frame that has the text beside it: family 0 when it is no address. */
struct addr judge_address(const struct addr *who);

/* Sets e->key of a failure whose id is no single address. False: it is one more than can
 * be known at once, counted, and is not to be taken. */
NODISCARD bool judge_know_id(struct judge *j, struct event *e);

/* The address, the prefix or the key that a text of somebody outside stands for; false
 * when it cannot be known. */
NODISCARD bool judge_put_id(struct judge *j, struct span text, struct addr *who);

/* Whether anything can carry out a ban: of an id only commands. */
bool judge_can_ban(const struct judge *j, const struct ban_key *key);

/* Whether a ban that was made elsewhere may be entered. */
bool judge_may_put(const struct judge *j, const struct ban_key *key);

/* A ban was made: tells what of its jail does nothing for an id. */
void judge_look_at_id(struct judge *j, const struct ban_key *key, struct ban *ban);

/* Whom the jail counted for a line that is kept. */
struct addr judge_evidence_who(const struct judge *j, uint16_t jail,
                               const struct wire_event *e);

/* Inside the turn's transaction: writes the text of a key; nothing for an address. */
void judge_write_id(struct judge *j, const struct addr *who);

/* Loads all texts that are stored. 0, or -EIO. */
NODISCARD int judge_load_ids(struct judge *j);
