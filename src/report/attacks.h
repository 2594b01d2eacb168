/* attacks: the lines of a report, judged as the guard would have: decide runs over
 * what the classifier has found in them (report/mail_event.h), with jails and rules that
 * the caller has read.
 *
 * No expression is run: the classifier has read the lines. Lines are judged at their own
 * time. What only a running guard knows is left out: whom a ban keeps away (who is banned
 * goes on in the log, and is counted on), connections that are held open, holes that
 * logins open in bans of networks.
 *
 *     struct attacks *a = attacks_new(&rules, from_us);
 *     attacks_line(a, deeds, wall_us, &mail, 1);
 *     attacks_tell(a, deeds, &judged);
 *     attacks_free(a);
 */
#pragma once

#include "decide/decide.h"
#include "report/attack_rules.h"
#include "report/deeds.h"
#include "report/judged.h"

/* Of a line that was repeated: more says nothing else. */
enum { ATTACKS_TIMES_MAX = 1000 };

struct attacks;

/* Judges by `rules`, which must stay. What was before `from_us` is judged, so that what
 * follows is known, and not told. The caller frees it with attacks_free(). */
NODISCARD struct attacks *attacks_new(const struct attack_rules *rules, int64_t from_us);

/* Frees it; NULL is legal. */
void attacks_free(struct attacks *a);

/* What a line tells that can be judged. Spans are of the line. */
struct attack_line {
    int64_t wall_us;
    struct span address;
    struct addr peer; /* the same */
    uint32_t times;
    bool is_pregreet;
    size_t count;
    struct mail_event found[MAIL_EVENTS_MAX];
};

/* Reads what `m` tells, `times` times; false: nothing of the kind. */
NODISCARD bool attack_line_read(struct attack_line *l, int64_t wall_us,
                                const struct mail_line *m, uint32_t times);

/* Judges a line, and counts the attempts in `deeds`, which is_judged. NULL: only judges,
 * what others are measured by, or what was counted before. */
void attacks_judge(struct attacks *a, struct deeds *deeds, const struct attack_line *l);

/* A line on its way: its events, and what they will be looked up by. */
struct attack_ahead {
    const struct attack_line *line; /* borrowed */
    size_t count;                   /* of those that rules have any use for */
    struct event events[MAIL_EVENTS_MAX];
    struct decide_ahead ahead[MAIL_EVENTS_MAX];
};

/* attacks_judge() in steps, as decide_expected() has them. The rest of `*out` need not be
 * cleared. */
void attacks_expect_peer(struct attacks *a, const struct attack_line *l);
void attacks_expect(struct attacks *a, const struct attack_line *l,
                    struct attack_ahead *out);
void attacks_fetch(const struct attack_ahead *l);
void attacks_judge_expected(struct attacks *a, struct deeds *deeds,
                            const struct attack_ahead *l);

/* The same of a line that was not read. */
void attacks_line(struct attacks *a, struct deeds *deeds, int64_t wall_us,
                  const struct mail_line *m, uint32_t times);

/* Goes on from what was told until now, `told`: nothing that was judged before is told
 * again, but it is known. A group that goes on is a new one. Rules are the same by
 * name. */
void attacks_go_on(struct attacks *a, const struct judged *told);

/* Tells what was judged by now in `*out`, which is zeroed and the caller's to free with
 * judged_free(), and marks the addresses of banned networks in `deeds`. More lines may
 * follow. O(addresses). */
void attacks_tell(struct attacks *a, struct deeds *deeds, struct judged *out);
