/* digest: the report that people read, out of what was counted: which sections there are,
 * what stands in them, in which order, and what needs somebody.
 *
 *     digest_make(tally, deeds, DIGEST_ROWS, &document);
 *
 * The same counts make the same document: rows are sorted by what they count, ties by
 * bytes. A section without anything in it is empty, and printers pass it over. */
#pragma once

#include "report/checks.h"
#include "report/deeds.h"
#include "report/document.h"
#include "report/judged.h"
#include "report/tally.h"
#include "report/visits.h"
#include "where/address_db.h"

enum { DIGEST_ROWS = 15 /* at most BEST_MAX */ };

/* Counts of another period, for comparison. */
struct digest_before {
    const struct tally *tally; /* NULL: not known */
    const struct deeds *deeds;
};

/* Who knows where an address is. */
struct digest_where {
    const struct address_db *countries, *systems; /* NULL: nobody knows */
};

/* What a report shows. */
struct digest {
    const struct tally *tally; /* of the same lines as `deeds` */
    const struct deeds *deeds;
    size_t rows; /* of a table, the rest is "and N more"; SIZE_MAX: all */
    /* Of the same lines; NULL: not known, and their sections not there. */
    const struct judged *judged;
    const struct visits *visits;
    const struct checks *checks;
    const struct digest_where *where; /* NULL: no file of countries or operators */
    struct digest_before before[COMPARISONS];
    bool is_compared; /* somebody wants to; and hears when it cannot be */
};

/* Adds the sections to `*d`, which has none; its period, machine and time are the
 * caller's. O(n log n) of what was counted. */
void digest_make(const struct digest *g, struct document *d);
