/* pattern: the tags of fail2ban's expressions, replaced.
 *
 * Tags become groups: <HOST> <ADDR> <IP4> <IP6> <DNS> <CIDR> <SUBNET>, <F-ADDR/> and its
 * like, <F-NAME>..</F-NAME> (group `name`; `fid` and `fport` for F-ID and F-PORT),
 * <SKIPLINES>. <F-MLFID/> stands for nothing: it says that lines with the same host and
 * pid are one session. Unknown tags and closing tags that close nothing are text.
 * `^<PREFIX>` at the beginning becomes `^` on the message alone. What is left is an
 * expression of Python, for dialect_translate().
 */
#pragma once

#include "base/buf.h"

struct pattern {
    struct buf text;      /* the expression */
    struct buf positions; /* a uint16_t for each byte of it: the byte it came from */
    bool is_on_message;   /* began with ^<PREFIX> */
    bool is_of_header;    /* has <F-MLFID/> */
    bool is_multiline;    /* given: <SKIPLINES> may stand in it */
};

/* Expands `pattern` into the zeroed `*out`, to be released
 * with pattern_fini() in both cases. On false, `*reason` has a sentence appended and
 * `*at` is the byte of `pattern` it is about. */
NODISCARD bool pattern_expand(struct span pattern, struct pattern *out,
                              struct buf *reason, size_t *at);

/* Frees what the pattern owns; a zeroed pattern is legal. */
void pattern_fini(struct pattern *e);

/* The byte of the pattern that byte `offset` of the expanded text came from. */
size_t pattern_origin(const struct pattern *e, size_t offset);
