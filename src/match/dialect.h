/* dialect: an expression in the language of Python's `re`, made into one of PCRE2.
 *
 * What both write alike is copied. Python's {,n}, \Z, \uXXXX, octal numbers, verbose
 * expressions, "(?i)" right behind a group's beginning (which fail2ban takes for the
 * group's own) are written as PCRE2 has them. Python 3.11's rules are kept for
 * expressions of fail2ban's filters (`is_strict`): what it refuses is refused with a
 * reason, and not given another meaning. Our own filters may use all of PCRE2.
 *
 * An expression is compiled up to twice. Where all of a text is ASCII, bytes are
 * characters: that is the fast one (DIALECT_PLAIN). Other texts are searched as
 * characters of UTF-8 (DIALECT_WIDE), where `.` is one of them and \w is a letter of any
 * script. Logs in other encodings are searched as bytes (DIALECT_BYTES): the expression
 * has been converted, and \w takes every byte above 127.
 */
#pragma once

#include "match/pattern.h"

enum dialect_target { DIALECT_PLAIN, DIALECT_WIDE, DIALECT_BYTES };

struct dialect {
    enum dialect_target target;
    bool is_strict;
};

/* Translates `in`, whose tags are replaced, into the zeroed `*out`, to be released with
 * pattern_fini() in both cases; positions are those that `in` came from. On false,
 * `*reason` has a sentence appended, and `*at` is the byte of in->text it is about. */
NODISCARD bool dialect_translate(struct dialect how, const struct pattern *in,
                                 struct pattern *out, struct buf *reason, size_t *at);
