/* literal: texts of which every match of an expression holds at least one.
 *
 * Most lines are decided by looking for them; PCRE2 sees only those that have one. So
 * they must be right, and need not be the best: what is not understood gives none.
 *
 *     SASL (?:PLAIN|LOGIN) auth       any of "SASL PLAIN auth", "SASL LOGIN auth"
 *     ^warning: \S+ fail(?:ed|ing)    "warning: " at the very beginning
 *     (?i)user \S+ unknown            " unknown", in any case
 *     \d+|\S+                         nothing
 */
#pragma once

#include "match/literal_set.h"

struct literal {
    struct literal_set any; /* of these one is in each match; no texts: nothing known */
    bool is_anchored;       /* and it stands at the beginning of the subject */
};

/* Finds the texts that a subject must hold one of for `pattern` to match, as PCRE2
 * compiles it without options that change its syntax or fold case; `is_multiline`: with
 * PCRE2_MULTILINE. No text holds a newline or a NUL. Says whether there are any. With
 * is_anchored the subject is what PCRE2 is given: where that is only a part of a line
 * (<F-CONTENT>), the text need not stand at the beginning of the line. For compiling, not
 * for lines: takes a good hundred nanoseconds for each byte. */
bool literal_required(struct span pattern, bool is_multiline, struct literal *out);
