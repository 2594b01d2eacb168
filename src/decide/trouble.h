/* trouble: what is wrong with the guard itself: since when, and whether it was told.
 *
 * Whoever looks says again and again what is so and what is not; the callback hears once
 * that a trouble began and once that it is over, after the times of trouble.def. Times
 * are of a clock that never steps.
 *
 *     troubles_init(&t, on_change, ctx);
 *     trouble_is(&t, TROUBLE_LOG_SILENT, source, is_silent, now_us);
 */
#pragma once

#include "base/table.h"

enum { TROUBLE_STAYS = -1, TROUBLES_MAX = 1024 };

enum trouble_kind {
#define X(NAME, name, after_s, linger_s, text) TROUBLE_##NAME,
#include "decide/trouble.def"
#undef X
    TROUBLE_KINDS
};

/* Which of its kind: the number of a source, a role ...; 0 where there is one alone. */
struct trouble_key {
    uint16_t kind, item;
};

struct trouble {
    int64_t since_us, last_us; /* when it was first and last seen */
    bool is_told;
};

/* `is_over`: it has ended; else it has begun. */
typedef void trouble_fn(void *ctx, const struct trouble_key *key, const struct trouble *t,
                        bool is_over);

struct troubles {
    struct table table; /* trouble_key -> trouble */
    trouble_fn *on_change;
    void *ctx;
    uint64_t left_out; /* more than TROUBLES_MAX at once */
};

/* No trouble yet; `on_change` is called with `ctx` when one is told, or is over. */
void troubles_init(struct troubles *t, trouble_fn *on_change, void *ctx);

/* Frees all; a zeroed one is legal. */
void troubles_fini(struct troubles *t);

/* Says whether it is so now; calls back when that begins or ends something. */
void trouble_is(struct troubles *t, enum trouble_kind kind, uint16_t item, bool is_so,
                int64_t now_us);

/* When the next one is told, or is over, if nothing else happens; negative: never. O(all
 * of them). */
int64_t troubles_due_us(const struct troubles *t);

/* Calls `fn` for each that was told and is not over, oldest first. */
void troubles_each(const struct troubles *t, trouble_fn *fn, void *ctx);

/* The name of trouble.def, for programs. */
const char *trouble_name(enum trouble_kind kind);

/* What it is, for people. */
const char *trouble_text(enum trouble_kind kind);
