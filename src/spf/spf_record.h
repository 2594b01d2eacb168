/* spf_record: the terms of an SPF record (RFC 7208, 12), one after the other.
 *
 * Macros are not expanded (spf_macro.h) and no name is looked up here: spf_walk.h follows
 * what a record names, spf_check.h asks it about one mail. The text is foreign; terms
 * borrow from it.
 *
 *     if (spf_is_record(text))
 *         while (spf_next_term(&text, &term) == SPF_TERM) ...
 */
#pragma once

#include "base/addr.h"

enum spf_kind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT, /* modifiers from here on */
    SPF_EXP,
    SPF_UNKNOWN, /* a modifier that nobody knows, and that means nothing */
    SPF_KINDS,
};

enum spf_qualifier { SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL };

struct spf_term {
    enum spf_kind kind;
    enum spf_qualifier qualifier; /* of mechanisms */
    struct addr prefix; /* of ip4 and ip6; family 0: an IPv4-mapped one, that is nobody */
    struct span domain; /* as written; empty: that of the record */
    uint8_t bits4, bits6; /* of a and mx */
    struct span text;     /* the whole term, of printable ASCII */
};

enum spf_read { SPF_TERM, SPF_END, SPF_BAD };

/* Whether a TXT record is one of SPF: "v=spf1" and a blank or the end. */
NODISCARD bool spf_is_record(struct span text);

/* Takes the next term off `*rest`, which begins as a whole record. SPF_BAD: it is none,
 * and the record is an error as a whole. */
NODISCARD enum spf_read spf_next_term(struct span *rest, struct spf_term *out);

/* Whether a domain has to be expanded before it is a name. */
NODISCARD bool spf_has_macro(struct span domain);
