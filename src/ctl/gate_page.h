/* gate_page: what a gate that runs says of itself, as a page for people and as JSON. */
#pragma once

#include "base/text.h"
#include "ctl/answer.h"

/* The page of `gate status`, out of TELL_GATE and TELL_GATE_NOTE frames: what is wrong
 * first. 79 columns, but for names that are longer. */
void gate_page(struct span frames, const struct screen *s, struct buf *out);

/* The same as a JSON object: numbers, and notes on tables and lists. */
void gate_page_json(struct span frames, const struct screen *s, struct buf *out);

/* A line for each table that cannot be read; returns how many. */
size_t gate_page_problems(struct span frames, struct buf *out);
