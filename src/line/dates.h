/* dates: finding the date in a line by templates: fail2ban's `datepattern`.
 *
 * A pattern is a regular expression in which these stand for parts of a date:
 *
 *     %Y %y year  %m %b %B month  %d %j day  %H %k %I %l %p hour  %M %S %f  %a %A %w %U
 * %W %z offset, Z, UTC or GMT  %Z name of a zone  %c %x %X as in C  %% a percent sign
 *     %ExY a year from 2000 to about now  %Exy %Exm %Exd %ExH %ExM %ExS exactly two
 * digits  %Exk %Exl %ExZ %Exz names of zones also with an offset {EPOCH} {LEPOCH}
 * {TAI64N} a count of seconds (LEPOCH also of ms or us)
 *
 * A pattern is bound to words: it begins and ends where no letter or digit continues
 * outside. {UNB} in front, or ** at an end, takes that away; ^ and $ replace it;
 * {^LN-BEG} in front ties it to the beginning of the line, behind at most two bytes that
 * are no letters or digits. Names of days, months, AM and PM make the pattern match in
 * any case. Group 1 is what is cut from the line; without a group all that matched is.
 *
 * Whole patterns: {DEFAULT} all default ones, {^LN-BEG} those tied to the beginning,
 * {NONE} lines have no date, EPOCH, LEPOCH, TAI64N (also with {^LN-BEG} or ^). {DATE}
 * inside a pattern stands for each default one in that place.
 *
 * Which template counts: the one that matched last, when it matches in the same place or
 * is tied to an end of the line. Else, in their order, the first that matches and is tied
 * so, or no further to the right than it did last and the date before this did (at first:
 * than the second byte), or is the last of all. Else of those that match the one furthest
 * to the left, the first of them; else {NONE}.
 *
 * What a date means: a zone of its own, else the given one, else local time. No year: the
 * latest in which the date exists and is not more than 24 hours ahead of now. No date:
 * the latest such time that is not ahead of now, where for one with a zone now is what
 * a local clock shows. %y is 20xx. TAI64N is read as if it were UTC: 10 s late. All of
 * this is as in fail2ban.
 *
 * Bounds: only the first DATES_WINDOW bytes of a line are searched (all of it by a
 * pattern that ends in $). Lines without the digits that a template needs cost it no
 * search. A search has limits; one that exceeds them finds nothing and is counted.
 *
 *     struct dates *d = dates_new(SPAN("{^LN-BEG}%Y-%m-%d %H:%M:%S"), zone, &error);
 *     if (dates_find(d, raw, now_us, &cut) == DATES_FOUND && cut.has_time)
 *         ...
 */
#pragma once

#include "base/buf.h"
#include "line/zone.h"

enum {
    DATES_WINDOW = 512,
    DATES_TEMPLATES_MAX = 256,
};

struct dates;

enum dates_found {
    DATES_NOTHING, /* no template fits */
    DATES_FOUND,
};

/* What is cut from a line, and when that says it was written. */
struct date_cut {
    size_t at, len;       /* in `raw`; nothing with {NONE} */
    bool has_time;        /* false: it names no date, or one that does not exist */
    bool is_year_guessed; /* the line gives a date without its year */
    bool is_zoned;        /* it names a zone, or one was given */
    bool is_counted;      /* it is a count of seconds */
    int64_t wall_us;      /* wall time, 0 when there is none */
    size_t template;      /* for dates_name() */
};

/* Compiles `patterns`, one a line; without any the default ones are meant. Dates without
 * a zone are read in `zone`. NULL with a message in `*error` that says which pattern,
 * what is wrong and where; else to be freed with dates_free(). Takes some milliseconds
 * and may map executable memory. */
NODISCARD struct dates *dates_new(struct span patterns, struct dates_zone zone,
                                  struct buf *error);

/* Frees; NULL is legal. */
void dates_free(struct dates *d);

/* Finds the date of one line, given without its LF. Any bytes are legal. Allocates
 * nothing. Counts a hit of the template. `*out` is written when a template fits. */
NODISCARD enum dates_found dates_find(struct dates *d, struct span raw, int64_t now_us,
                                      struct date_cut *out);

/* The same without the time and without counting a hit, for lines of which only what is
 * left is wanted: a third of the cost. */
NODISCARD enum dates_found dates_cut(struct dates *d, struct span raw,
                                     struct date_cut *out);

/* Whether all templates fit at the beginning of a line only. */
bool dates_are_in_front(const struct dates *d);

/* How many templates there are, in the order in which they are tried. */
size_t dates_count(const struct dates *d);

/* How many lines had a date by template `i`. */
uint64_t dates_hits(const struct dates *d, size_t i);

/* The pattern of template `i`, as it was written or as {DATE} was replaced in it; as long
 * as `d` lives. */
const char *dates_name(const struct dates *d, size_t i);

/* How many searches exceeded their limits. */
uint64_t dates_limit_hits(const struct dates *d);
