/* increment: how much longer a ban gets when its address was banned before, as fail2ban
 * has it (bantime.increment and its kin).
 *
 * The first ban lasts `bantime`. A later one lasts what the formula gives, at least
 * `bantime`; or, with multipliers, bantime * factor * the multiplier of its number, the
 * last one from there on. Then it is cut to maxtime, and a random part of rndtime is
 * added. In any case a ban lasts from a second to CONFIG_TIME_MAX_S; a formula that has
 * no value (a division by zero) gives `bantime`. A permanent ban stays permanent.
 */
#pragma once

#include "conf/formula.h"

enum {
    INCREMENT_MULTIPLIERS_MAX = 64,
    INCREMENT_MULTIPLIER_MAX = 1000000,
    INCREMENT_TRIED =
        64, /* so many earlier bans a formula is tried with when it is read */
};

/* Which of its options somebody wrote: the others are as they are by default. */
enum increment_said {
    INCREMENT_SAID_ON = 1 << 0,
    INCREMENT_SAID_FACTOR = 1 << 1,
    INCREMENT_SAID_FORMULA = 1 << 2,
    INCREMENT_SAID_MULTIPLIERS = 1 << 3,
    INCREMENT_SAID_MAXTIME = 1 << 4,
    INCREMENT_SAID_RNDTIME = 1 << 5,
    INCREMENT_SAID_OVERALL = 1 << 6,
};

struct increment {
    bool is_on;
    bool is_overall;   /* bans of all jails count, not only those of this one */
    int64_t maxtime_s; /* negative: as long as there is */
    int64_t rndtime_s; /* 0: nothing is added */
    uint32_t multipliers[INCREMENT_MULTIPLIERS_MAX];
    size_t multiplier_count; /* 0: the formula says */
    struct number factor;
    struct formula formula;
    char *factor_text, *formula_text; /* as they were written, to be printed and sent */
    unsigned said;                    /* INCREMENT_SAID_ bits; not for roles */
};

/* Reads `bantime.factor`, a formula without names that is more than 0. False with what is
 * wrong in `why`; so do the next two. */
NODISCARD bool increment_set_factor(struct increment *i, struct span text,
                                    struct buf *why);

/* Reads `bantime.formula`, and tries it with a ban time of `bantime_s`; behind the
 * factor.
 */
NODISCARD bool increment_set_formula(struct increment *i, struct span text,
                                     int64_t bantime_s, struct buf *why);

/* Reads `bantime.multipliers`, whole numbers; empty: none. */
NODISCARD bool increment_set_multipliers(struct increment *i, struct span text,
                                         struct buf *why);

/* Appends the multipliers as increment_set_multipliers() reads them. */
void increment_add_multipliers(const struct increment *i, struct buf *out);

/* Appends one of its options ("maxtime", without `bantime.`), times in seconds, switches
 * as yes or no; nothing when nobody wrote it, or there is none of this name. */
void increment_add_said(const struct increment *i, struct span option, struct buf *out);

/* Frees what it owns; a zeroed one is legal. */
void increment_fini(struct increment *i);

/* How long a ban lasts, in microseconds, after `earlier` others; negative: for ever.
 * `random` is any number, all values of which are as likely. */
int64_t increment_bantime_us(const struct increment *i, int64_t bantime_s,
                             uint32_t earlier, uint64_t random);
