/* gate: which of many expressions may match a text, in one pass over it.
 *
 * Each expression comes with texts of which it needs at least one (literal.h). The gate
 * looks for all texts of all expressions at once and opens the expressions of which it
 * finds one; those without texts are always open. So an expression that is not open
 * cannot match; one that is open may.
 *
 * Four bytes of every text, letters folded to one case, are remembered at `stride`
 * neighbouring places of it, so that only each stride-th place of the subject need be
 * looked at; the shortest text bounds the stride (GATE_TEXT_GOOD bytes allow the longest,
 * 4). A bit table that fits the first cache says nearly always that nothing begins there.
 *
 *     struct gate *g = gate_new(texts, text_count, expression_count);
 *     gate_scan(g, line.message);
 *     for (i = gate_next(g, 0); i < expression_count; i = gate_next(g, i + 1))
 *         ... search with expression i
 */
#pragma once

#include "base/span.h"

enum {
    GATE_TEXT_MIN = 4, /* bytes of a text; an expression with a shorter one is open */
    GATE_STRIDE_MAX = 4,
    GATE_TEXT_GOOD = 6, /* bytes of a text with which lines are looked through fastest */
    GATE_COUNT_MAX = 1 << 20, /* of texts, and of expressions */
};

struct gate_text {
    struct span bytes;   /* borrowed during gate_new() */
    uint32_t expression; /* which needs this text or another one of its own */
    bool is_nocase;      /* ASCII letters in either case */
    bool is_anchored;    /* only at the very beginning of the subject */
};

struct gate;

/* A gate for expressions 0 to `expressions` - 1; the order of the texts is of no matter.
 * The caller frees it with gate_free(). Takes about a millisecond for a thousand texts,
 * and 16 to 64 bytes of memory for each of them beside up to 32 KiB. */
NODISCARD struct gate *gate_new(const struct gate_text *texts, size_t count,
                                size_t expressions);

/* NULL is legal. */
void gate_free(struct gate *g);

/* Looks at a subject of any bytes; what was open before is forgotten. Says whether any
 * expression is open now. Allocates nothing. */
bool gate_scan(struct gate *g, struct span subject);

/* The first open expression that is not before `from`, or the count of expressions. */
size_t gate_next(const struct gate *g, size_t from);

/* Whether the last scan found a text; when not, only what is always open is open. */
bool gate_has_found(const struct gate *g);

/* The open expressions as bits, bit i % 64 of word i / 64; valid until the next scan. */
const uint64_t *gate_open(const struct gate *g);

/* Whether one expression is open. */
bool gate_is_open(const struct gate *g, size_t expression);
