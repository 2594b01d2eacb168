/* access_rules: tables whose keys are patterns, in the order in which they stand: the
 * first that fits counts (cidr_table(5), regexp_table(5), pcre_table(5)).
 *
 * Both kinds of expressions are searched by PCRE2 within limits; one that reaches them
 * does not fit, which is counted. What is different in POSIX' own (a backslash in
 * brackets, \< and \>) is translated; which of several alternatives $1 is taken from is
 * not the longest, as there, but the first.
 */
#pragma once

#include "gate/access_text.h"

enum access_syntax { ACCESS_CIDR, ACCESS_REGEXP, ACCESS_PCRE };

struct access_rules;

/* Reads all lines of `t`; values may say what `names` knows. NULL with what is wrong with
 * the line `t->line` in `why`; else access_rules_free() ends it. */
NODISCARD struct access_rules *access_rules_read(enum access_syntax syntax,
                                                 struct access_text *t,
                                                 const struct access_names *names,
                                                 struct buf *why);

/* NULL is legal. */
void access_rules_free(struct access_rules *rules);

/* The value of the first rule that fits, with what $1 and so on stand for. False: none
 * fits. Valid until the next call. O(rules); O(1) for networks without `!` and `if`. */
NODISCARD bool access_rules_look(struct access_rules *rules, struct span key,
                                 struct span *value);

/* How many rules there are, and how many searches reached a limit. */
size_t access_rules_count(const struct access_rules *rules);
uint64_t access_rules_limited(const struct access_rules *rules);
