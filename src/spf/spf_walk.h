/* spf_walk: the addresses that may send for a domain, as far as its SPF record and those
 * that it includes name them (RFC 7208): ip4, ip6, a, mx, include and redirect.
 *
 * This is no check of one mail: what is said no to, and what depends on the sender or on
 * the address (ptr, exists, macros), names nobody. Nothing is asked here: the caller asks
 * one question after the other, and gives back what it was told.
 *
 *     spf_walk_begin(w, name);
 *     while ((q = spf_walk_question(w))) {
 *         ... spf_walk_text(w, text), spf_walk_host(w, name), spf_walk_address(w, &a) ...
 *         spf_walk_answered(w, ttl_s);
 *     }
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/host.h"

enum {
    SPF_LOOKUPS_MAX = 10, /* terms of a walk that look up (RFC 7208, 4.6.4) */
    SPF_HOSTS_MAX = 10,   /* of one mx */
    SPF_QUESTIONS_MAX = 64,
    SPF_PREFIXES_MAX = 4096,
    SPF_WIDEST4 = 8, /* no provider has more */
    SPF_WIDEST6 = 20,
};

/* What of a record was not taken, the first of it. */
enum spf_trouble {
    SPF_WHOLE,        /* nothing is amiss */
    SPF_NO_RECORD,    /* there is no SPF record */
    SPF_MANY_RECORDS, /* there are two or more, which is an error */
    SPF_SYNTAX,
    SPF_TOO_MANY_LOOKUPS,
    SPF_TOO_MANY_PREFIXES,
    SPF_TOO_WIDE,
    SPF_DYNAMIC, /* a macro, ptr or exists */
    SPF_TROUBLES,
};

struct spf_question {
    struct host_key name;
    enum host_record record;
    uint8_t bits4, bits6; /* of prefixes around the addresses */
};

struct spf_walk {
    struct spf_question questions[SPF_QUESTIONS_MAX];
    size_t count, next; /* `next` is asked now */
    unsigned lookups, hosts;
    struct buf text; /* the SPF record of the answer that comes in */
    unsigned texts;  /* of it */
    struct addr *prefixes;
    size_t prefix_count;
    uint32_t ttl_s; /* the least of all answers */
    enum spf_trouble trouble;
    struct host_key where; /* whose record that is */
};

/* Begins with the record of `name`; of a walk that is zeroed or over. */
void spf_walk_begin(struct spf_walk *w, const struct host_key *name);

/* Frees all; a zeroed struct is legal. */
void spf_walk_fini(struct spf_walk *w);

/* What to ask now; NULL: the walk is over, and w->prefixes are those. Valid until the
 * next call. */
const struct spf_question *spf_walk_question(const struct spf_walk *w);

/* A TXT record, a host of an MX record, an address of the answer. O(1). */
void spf_walk_text(struct spf_walk *w, struct span text);
void spf_walk_host(struct spf_walk *w, struct span name);
void spf_walk_address(struct spf_walk *w, const struct addr *who);

/* That was the answer, good for so long; without any of them: the name has nothing. */
void spf_walk_answered(struct spf_walk *w, uint32_t ttl_s);

/* Trouble in words. */
const char *spf_trouble_text(enum spf_trouble trouble);
