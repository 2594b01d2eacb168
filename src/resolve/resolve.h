/* resolve: what DNS knows of names (c-ares), on somebody's loop, bounded and cached.
 *
 * Names are checked before they are asked for: those of hosts for HOST_ADDRESSES, for the
 * other kinds what host_is_dns_name() takes. An answer comes within the deadline whatever
 * the servers do; servers are asked with EDNS for answers of up to 1,232 bytes; one that
 * is cut all the same is asked for again over TCP. What was found is kept as long as it
 * may be (one minute to one day), what does not exist for five minutes; failures are not
 * kept. Only DNS is asked, not /etc/hosts; the servers are those of /etc/resolv.conf when
 * the resolver was made.
 *
 *     e = resolver_new(&r, &loop, NULL, on_answer, ctx);
 *     resolver_ask(r, &(struct resolve_question){id, HOST_ADDRESSES, name}, now_us);
 */
#pragma once

#include "base/addr.h"
#include "base/host.h"
#include "base/loop.h"

enum {
    RESOLVE_ADDRESSES_MAX = 16, /* of one name; more are left out */
    RESOLVE_CACHE_MAX = 4096,
    RESOLVE_RECORDS_BYTES = 16384, /* of one answer; one with more is of no use */
    RESOLVE_TTL_MIN_S = 60,
    RESOLVE_TTL_MAX_S = 86400,
    RESOLVE_TTL_NONE_S = 300,
    /* Where the maker of a resolver sets no other: */
    RESOLVE_IN_FLIGHT_MAX = 64,
    RESOLVE_WAITING_MAX = 1024,
    RESOLVE_DEADLINE_US = 5000000,
};

/* What a resolver is made with; 0 and NULL: as above. */
struct resolve_setup {
    const char *servers; /* ADDRESS:PORT,... for tests, else those of /etc/resolv.conf */
    uint32_t in_flight_max; /* names that servers are asked for at once */
    uint32_t waiting_max;   /* questions without an answer */
    int64_t deadline_us;    /* of one question; a server has a third of it for a try */
};

enum resolve_outcome {
    RESOLVE_FOUND,
    RESOLVE_NONE,     /* there is no such name, or it has nothing of the kind */
    RESOLVE_FAILED,   /* no server answered in time, or not what can be used */
    RESOLVE_BAD_NAME, /* no name of a host */
    RESOLVE_BUSY,     /* too many questions wait already */
};

struct resolve_answer {
    enum resolve_outcome outcome;
    struct addr addresses[RESOLVE_ADDRESSES_MAX];
    size_t count;
    struct span records; /* of other kinds, resolve_next_record(); borrowed */
    uint32_t ttl_s;      /* how long the answer is good from now on; 0 for a failure */
};

struct resolve_question {
    uint64_t id; /* of the caller */
    enum host_record record;
    struct span name;
};

/* One record of an answer. */
struct resolve_record {
    uint16_t number;  /* of MX: the preference; else 0 */
    struct span data; /* text of any bytes, all its strings as one; or a name of a host;
                       * or the bytes of an address; "." for an MX that says that
                       * the name takes no mail (RFC 7505) */
};

/* Takes the first record off `*rest`; false when there is none. */
NODISCARD bool resolve_next_record(struct span *rest, struct resolve_record *out);

/* The address that a record of HOST_A or HOST_AAAA is. */
struct addr resolve_record_address(const struct resolve_record *record);

/* Called once for each resolver_ask(), maybe inside of it. */
typedef void resolve_fn(void *ctx, uint64_t id, const struct resolve_answer *answer);

struct resolver;

/* Makes a resolver; without a setup, by the rules above. 0, or a negative errno.
 * resolver_free() ends it. */
NODISCARD int resolver_new(struct resolver **out, struct loop *loop,
                           const struct resolve_setup *setup, resolve_fn *fn, void *ctx);

/* Frees all without calling back; NULL is legal. */
void resolver_free(struct resolver *r);

/* Asks for what a name has: all addresses, IPv4 and IPv6, or all records of another kind.
 * `now_us` is of a clock that never steps. O(1) amortised. */
void resolver_ask(struct resolver *r, const struct resolve_question *q, int64_t now_us);

struct resolver_counts {
    uint64_t questions; /* all there were */
    uint64_t asked;     /* of them those that were not known: servers were asked */
    uint64_t failed;    /* of them those that had no answer in time */
};

/* Counts since the beginning. */
struct resolver_counts resolver_counts(const struct resolver *r);
