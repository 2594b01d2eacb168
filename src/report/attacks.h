/* report_attacks: the lines of a report, judged as the guard would have: decide runs over
 * what the classifier has found in them (report/mail_event.h), with jails and rules that
 * the caller has read.
 *
 * No expression is run: the classifier has read the lines. Lines are judged at their own
 * time. What only a running guard knows is left out: whom a ban keeps away (who is banned
 * goes on in the log, and is counted on), connections that are held open, holes that
 * logins open in bans of networks.
 *
 *     struct report_attacks *a = report_attacks_new(&rules, from_us);
 *     report_attacks_line(a, deeds, wall_us, &mail, 1);
 *     report_attacks_end(a, deeds, &judged);
 *     report_attacks_free(a);
 */
#pragma once

#include "report/attack_rules.h"
#include "report/deeds.h"
#include "report/judged.h"

struct report_attacks;

/* Judges by `rules`, which must stay. What was before `from_us` is judged, so that what
 * follows is known, and not told. The caller frees it with report_attacks_free(). */
NODISCARD struct report_attacks *report_attacks_new(const struct attack_rules *rules,
                                                    int64_t from_us);

/* Frees it; NULL is legal. */
void report_attacks_free(struct report_attacks *a);

/* Judges a line `times` times, and counts the attempts in `deeds`, which is_judged. NULL:
 * only judges, what others are measured by. */
void report_attacks_line(struct report_attacks *a, struct deeds *deeds, int64_t wall_us,
                         const struct mail_line *m, uint32_t times);

/* Tells what was judged, and marks the addresses of banned networks in
 * `deeds`. Once; the caller frees `*out` with judged_free(). */
void report_attacks_end(struct report_attacks *a, struct deeds *deeds,
                        struct judged *out);
