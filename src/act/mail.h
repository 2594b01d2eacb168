/* mail: a message for people as sendmail -t takes it (RFC 5322, RFC 2045, RFC 2047).
 *
 * Nothing foreign is raw in it: the subject is one encoded word after the other, the body
 * is quoted-printable, and every line is short. With HTML beside the text it is
 * multipart/alternative (RFC 2046, 5.1.4), whose boundary no quoted-printable has in it.
 */
#pragma once

#include "base/buf.h"

struct mail {
    struct span name;      /* of `from`, any bytes; empty: Komainu */
    const char *from, *to; /* addresses, checked; `to`: several, with commas */
    int64_t time_us;       /* the Date, in the local zone */
    struct span host;      /* for the Message-ID */
    uint64_t id;           /* the same */
    struct span subject;   /* any bytes; control characters are left out */
    struct span body;      /* any bytes; lines end in LF */
    struct span html;      /* the same as HTML; empty: there is none */
};

/* Appends the whole mail; lines end in LF. */
void mail_build(const struct mail *m, struct buf *out);
