/* encoding: expressions for logs that are not UTF-8.
 *
 * Expressions see the bytes of a log, so one that is written in UTF-8 is converted into
 * the log's encoding, and not the log. Names are Python's and iconv's.
 */
#pragma once

#include "base/buf.h"

enum encoding_kind {
    ENCODING_UTF8,    /* or ASCII, or auto: nothing is to be converted */
    ENCODING_OTHER,   /* has ASCII in it: encoding_convert() */
    ENCODING_WIDE,    /* has not: such logs cannot be read */
    ENCODING_UNKNOWN, /* nobody knows the name */
};

/* What kind of encoding a name names. */
enum encoding_kind encoding_kind(struct span name);

/* Appends an expression, UTF-8, for a log in that encoding, which is ENCODING_OTHER: a
 * character that is not ASCII is written as its bytes, \xfc. False, with nothing said of
 * how far it came, when the encoding has no such character or the text is no UTF-8. */
NODISCARD bool encoding_convert(struct span name, struct span text, struct buf *out);
