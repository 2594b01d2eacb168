/* What a gate must say, found the slow way; for its test and its fuzz target. */
#pragma once

#include "base/mem.h"
#include "match/gate.h"
#include "match/gate_parts.h"

static inline bool
naive_is_at(const struct gate_text *t, struct span here)
{
    here = span_head(here, t->bytes.len);
    return t->is_nocase ? span_eq_nocase(here, t->bytes) : span_eq(here, t->bytes);
}

static inline bool
naive_has(const struct gate_text *t, struct span subject)
{
    size_t last = t->is_anchored ? 0 : subject.len;

    for (size_t at = 0; at <= last && at + t->bytes.len <= subject.len; at++)
        if (naive_is_at(t, span_from(subject, at)))
            return true;
    return false;
}

/* Whether expression `number` must be open. */
static inline bool
naive_is_open(const struct gate_text *texts, size_t count, struct span subject,
              uint32_t number)
{
    bool has_text = false, has_short = false, is_found = false;

    for (size_t i = 0; i < count; i++) {
        if (texts[i].expression != number)
            continue;
        has_text = true;
        has_short |= texts[i].bytes.len < GATE_TEXT_MIN;
        is_found |= naive_has(&texts[i], subject);
    }
    return !has_text || has_short || is_found;
}

/* Whether `g` says of all expressions what it must. */
static inline bool
naive_agrees(struct gate *g, const struct gate_text *texts, size_t count,
             struct span subject)
{
    bool is_any = gate_scan(g, subject), must_any = false, must_open;
    size_t next = gate_next(g, 0);

    for (uint32_t i = 0; i < g->expressions; i++) {
        must_open = naive_is_open(texts, count, subject, i);
        must_any |= must_open;
        if (gate_is_open(g, i) != must_open || (next == i) != must_open)
            return false;
        if (next == i)
            next = gate_next(g, i + 1);
    }
    return next == g->expressions && is_any == must_any;
}
