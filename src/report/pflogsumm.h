/* pflogsumm: a tally in the layout of pflogsumm 1.1.5, byte for byte, for cron jobs and
 * parsers that know it. Where equal rows stand in random order there, they are in the
 * order of their names here; control bytes and what is no UTF-8 come out escaped.
 */
#pragma once

#include "report/tally.h"

enum { PFLOGSUMM_ALL = -1 };

/* Rows of each list: PFLOGSUMM_ALL, 0 for no list at all, or that many. */
struct pflogsumm_options {
    const char *date; /* of the title; NULL: no title */
    int hosts, users;
    int bounces, deferrals, rejects, unreached, warnings;
    bool is_problems_first;
    bool is_quiet; /* nothing about empty lists */
    bool is_iso;   /* 2026-11-22 and 10:00 */
    bool fills_zeros;
    bool hides_unsized;
};

/* Where the text goes: `flush` takes what `text` holds and empties it, whenever there is
 * much and at the end. */
struct pflogsumm_out {
    struct buf *text;
    void (*flush)(void *ctx, struct buf *text);
    void *ctx;
};

/* Prints all of it; connections and messages when the tally has them. */
void pflogsumm_print(const struct tally *t, const struct pflogsumm_options *o,
                     const struct pflogsumm_out *out);
