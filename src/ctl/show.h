/* show: what judge told, for people and as JSON.
 *
 * `frames` are those of a struct answer: well-formed, but every text in them is foreign
 * and every number may be anything. Each function appends to `out`.
 */
#pragma once

#include "base/text.h"
#include "ctl/answer.h"

/* The screen of `status`. */
void show_status(struct span frames, const struct screen *s, struct buf *out);

/* The same as one JSON object. */
void show_status_json(struct span frames, const struct screen *s, struct buf *out);

/* gate_page.c: one line of what a gate has counted, where TELL_GATE frames tell of one.
 */
void show_gate(struct span frames, struct buf *out);

/* The member "gate" of an object: its numbers; null: there is none. */
void show_gate_member(struct span frames, struct buf *out);

/* Appends what is wrong, the worst first, one line each; returns how many. */
size_t show_problems(struct span frames, struct buf *out);

/* The table of `jails`. */
void show_jails(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "jails", or (`is_lines`) one object a line. */
void show_jails_json(struct span frames, const struct screen *s, bool is_lines,
                     struct buf *out);

/* The table of `allow list`. Returns how many rows it has. */
size_t show_allowed(struct span frames, const struct screen *s, struct buf *out);

/* Who is never banned as lines behind `title`, which stands in front when there are any;
 * returns how many. */
size_t show_allowed_lines(struct span frames, const char *title, struct buf *out);

/* The array of them. */
size_t show_allowed_array(struct span frames, struct buf *out);

/* What a name stands for, of the answer to `allow NAME`, as a sentence behind a blank;
 * nothing without rows. */
void show_allowed_addresses(struct span frames, struct buf *out);

/* The same as a member "addresses". */
void show_allowed_addresses_json(struct span frames, struct buf *out);

/* The same as one object with the array "allowed", or (`is_lines`) one object a line. */
size_t show_allowed_json(struct span frames, const struct screen *s, bool is_lines,
                         struct buf *out);

/* What `jails JAIL` tells: the jail, its logs, the options in force. */
void show_jail(struct span frames, const struct screen *s, struct buf *out);

/* The same as one JSON object. */
void show_jail_json(struct span frames, const struct screen *s, struct buf *out);

/* Whether the jail is a rule: it has no filter. */
bool show_is_rule(const struct wire_tell_jail *jail);

/* The object of a jail, left open for more members. */
void show_jail_open(const struct wire_tell_jail *jail, struct buf *out);

/* The table of the logs. */
void show_sources(struct span frames, const struct screen *s, struct buf *out);

/* The logs as the array "sources" of an object. */
void show_sources_json(struct span frames, struct buf *out);

/* The table of `history`. Returns how many bans it has. */
size_t show_past(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "history", or (`is_lines`) one object a line. */
size_t show_past_json(struct span frames, const struct screen *s, bool is_lines,
                      struct buf *out);

/* The table of `alerts`. Returns how many there are. */
size_t show_alerts(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "alerts", or (`is_lines`) one object a line. */
size_t show_alerts_json(struct span frames, const struct screen *s, bool is_lines,
                        struct buf *out);

/* The member "alerts" of an object. */
void show_alerts_member(struct span frames, struct buf *out);

/* How many are not seen to, and the latest of them, for a status; nothing when all are.
 */
void show_recent_alerts(struct span frames, const struct screen *s, struct buf *out);

/* The alerts as lines below "Alerts:", without any nothing; returns how many. */
size_t show_alert_lines(struct span frames, struct buf *out);

/* The table of `holds`. Returns how many rows it has. */
size_t show_holds(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "holds", or (`is_lines`) one object a line. */
size_t show_holds_json(struct span frames, const struct screen *s, bool is_lines,
                       struct buf *out);

/* The member "holds" of an object. Returns how many there are. */
size_t show_holds_member(struct span frames, struct buf *out);

/* What mail of an account is, as lines below "Its mail now:", or nothing; returns how
 * many. */
size_t show_hold_lines(struct span frames, struct buf *out);

/* The table of `trust`, the last login first. Returns how many rows it has. */
size_t show_trust(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "trust", or (`is_lines`) one object a line. */
size_t show_trust_json(struct span frames, const struct screen *s, bool is_lines,
                       struct buf *out);

/* The providers that were told of as a member "providers"; returns how many. */
size_t show_providers_member(struct span frames, struct buf *out);

/* The same as lines, without any nothing. */
size_t show_provider_lines(struct span frames, struct buf *out);

/* What became of `alerts --clear`, in the guard's words or as JSON. */
void show_cleared(struct span text, uint32_t count, bool is_json, struct buf *out);

/* The campaigns of `campaigns`, a few lines each. Returns how many there are. */
size_t show_campaigns(struct span frames, const struct screen *s, struct buf *out);

/* The same without the line with their number. */
size_t show_campaign_blocks(struct span frames, const struct screen *s, struct buf *out);

/* The array of them. */
size_t show_campaigns_array(struct span frames, struct buf *out);

/* The same as a table, one row each. */
size_t show_campaigns_table(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "campaigns", or (`is_lines`) one object a line.
 */
size_t show_campaigns_json(struct span frames, const struct screen *s, bool is_lines,
                           struct buf *out);

/* The object of one; `behind`: the frames behind it. */
void show_campaign_object(const struct wire_tell_campaign *m, struct span behind,
                          struct buf *out);

/* The table of bans, newest first. Returns how many there are. */
size_t show_bans_table(struct span frames, const struct screen *s, struct buf *out);

/* The same as a JSON array. */
size_t show_bans_array(struct span frames, struct buf *out);

/* What `bans` prints: those inside of a banned network are only counted in its row.
 * Returns how many there are in all. */
size_t show_bans_folded(struct span frames, const struct screen *s, struct buf *out);

/* What an order would change in the kernel, as lines for nft(8). */
void show_lines(struct span frames, struct buf *out);

/* The same as a JSON array of texts. */
void show_lines_array(struct span frames, struct buf *out);

/* The table of `bans`, and their number below it. Returns the number of bans. */
size_t show_bans(struct span frames, const struct screen *s, struct buf *out);

/* The same as one object with the array "bans", or (`is_lines`) one object a line. */
size_t show_bans_json(struct span frames, const struct screen *s, bool is_lines,
                      struct buf *out);

/* The sentences of `why`. Returns whether anything is known of `who`. */
bool show_why(struct span frames, const struct addr *who, const struct screen *s,
              struct buf *out);

/* The same as one JSON object. */
bool show_why_json(struct span frames, const struct addr *who, const struct screen *s,
                   struct buf *out);

/* The same of an account. */
bool show_why_account(struct span frames, struct span account, const struct screen *s,
                      struct buf *out);

/* And as one JSON object. */
bool show_why_account_json(struct span frames, struct span account,
                           const struct screen *s, struct buf *out);

/* One line of `watch` for each TELL_NEWS. */
void show_news(struct span frames, const struct screen *s, struct buf *out);

/* One JSON object a line for each. */
void show_news_json(struct span frames, struct buf *out);

/* The state of a ban in a few words: "in the kernel", "refused: It is ...". */
void show_ban_state(const struct wire_tell_ban *ban, struct buf *out);

/* The next frame of `*rest`, which moves on, when it is a hole; false when it is not. */
NODISCARD bool show_next_hole(struct span *rest, struct wire_tell_hole *hole);

/* A hole as a JSON object. */
void show_hole(const struct wire_tell_hole *hole, struct buf *out);

/* The member "holes" of the object of a ban of a prefix; `behind`: the frames behind the
 * ban. */
void show_holes_member(const struct wire_tell_ban *ban, struct span behind,
                       struct buf *out);

/* The members of a ban's JSON object, without its braces. */
void show_ban_members(const struct wire_tell_ban *ban, struct buf *out);
