/* brake: stops a guard that is about to ban those who belong there.
 *
 * Told of each ban before it is made: which good place, and how many clients (addresses
 * of logins) it would shut out. What would make that more within BRAKE_WITHIN_US than the
 * limits pulls the brake: that ban is not made, nor any other, until nothing has asked to
 * shut out anybody known for BRAKE_WITHIN_US, or a person releases it. No clock, no I/O;
 * bounded: BRAKE_HITS_MAX bans are kept in mind, and one more pulls it.
 *
 *     if (brake_ask(&d->brake, &limits, &hit, clients) != BRAKE_FREE)
 *         return;
 */
#pragma once

#include "base/addr.h"

#define BRAKE_WITHIN_US INT64_C(3600000000)

enum {
    BRAKE_HITS_MAX = 1024,
    BRAKE_CLIENTS_MIN = 3, /* of so few no percentage is taken: one of ten is 10 % */
};

/* A ban, and whom it would shut out. */
struct brake_hit {
    int64_t time_us;
    struct addr who;   /* to be banned */
    struct addr place; /* where the good places are */
    uint32_t places, clients;
};

/* More than these pull it. */
struct brake_limits {
    uint32_t places;
    uint32_t percent; /* of clients */
};

struct brake {
    struct brake_hit *hits; /* of the last hour, oldest first */
    uint32_t count;
    int64_t since_us, until_us; /* pulled; until_us 0: it is not */
    uint32_t places, clients;   /* within the hour, when last looked at: before it was
                                   pulled, with the ban that pulled it ... */
    uint32_t of;                /* ... of so many clients */
    uint64_t held;              /* bans not made, ever */
};

enum brake_says {
    BRAKE_FREE,
    BRAKE_PULLED, /* now, by this ban, which is not to be made; hits has it last */
    BRAKE_HELD,   /* it was pulled before */
};

/* Not pulled. */
void brake_init(struct brake *b);

/* Frees all; a zeroed struct is legal. */
void brake_fini(struct brake *b);

/* Whether the ban of `hit` may be made; `of` is how many clients there are. O(1) for one
 * that shuts out nobody known, else O(hits). */
NODISCARD enum brake_says brake_ask(struct brake *b, const struct brake_limits *limits,
                                    const struct brake_hit *hit, uint32_t of);

/* Whether it is pulled at `now_us`. */
bool brake_is_on(const struct brake *b, int64_t now_us);

/* Lets it go, and forgets what was hit: that counts anew from here on. */
void brake_release(struct brake *b);

/* It was pulled when this was written down. */
void brake_restore(struct brake *b, int64_t since_us, int64_t until_us);

/* Moves every time by `delta_us`. */
void brake_shift(struct brake *b, int64_t delta_us);
