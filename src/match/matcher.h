/* matcher: all filters of a configuration, compiled, and what they say of a line.
 *
 * A line passes, for each filter: its program tag against `_daemon` (remembered for each
 * tag), then text that every match must hold, then prefregex, the failregexes and
 * eventregexes in their order (the first that matches decides), and ignoreregex.
 *
 * An expression that begins with ^<PREFIX> is searched in the message alone, with the tag
 * matched by `_daemon`; any other in the line without its date, and with <F-CONTENT> in
 * the prefregex a failregex in that content. As in fail2ban the text ends in a newline:
 * `$` means before it, and `\s` may take it.
 *
 *     struct matcher *m = matcher_new(config, &error);
 *     line_split(raw, &l);
 *     n = matcher_line(m, filters_of_source, &l, hits);
 */
#pragma once

#include "base/buf.h"
#include "conf/config.h"
#include "event/event.h"
#include "line/line.h"
#include "match/filter_set.h"
#include "match/session.h"
#include "match/view.h"

enum {
    MATCH_HITS_MAX = 16,            /* of one line: more filters do not get it */
    MATCH_TEXT_MAX = VIEW_TEXT_MAX, /* longer lines are not searched, but counted */
};

enum match_what {
    MATCH_FAILURE,    /* for jails to count */
    MATCH_TOLD,       /* something happened; no failure */
    MATCH_NAMED,      /* a failure of a host whose name is to be looked up */
    MATCH_HELD,       /* part of a session: no event by itself */
    MATCH_IGNORED,    /* by an ignoreregex */
    MATCH_UNRESOLVED, /* names a host that is no address: not looked up */
};

struct match_hit {
    enum match_what what;
    uint16_t filter; /* index in the configuration */
    uint16_t regex;  /* and of its expression that matched */
    enum event_kind kind;
    bool is_failure;     /* what is MATCH_FAILURE */
    bool has_time;       /* else time_us is the caller's now */
    int64_t time_us;     /* when the line says it was written */
    struct addr peer;    /* an address, or with <SUBNET> or <CIDR> a prefix; family 0 when
                            the line names only an id that is none */
    struct span account; /* <F-USER>, at most EVENT_ACCOUNT_MAX bytes; empty for none */
    struct span recipient; /* <F-RCPT>, at most EVENT_TEXT_MAX bytes; empty for none */
    struct span detail;    /* <F-DETAIL>, the same */
    struct span fid;       /* <F-ID>; of MATCH_UNRESOLVED what stands where an address
                              should; empty for none */
    struct span port;      /* <F-PORT>; empty for none */
    struct span groups; /* what was captured, as in event/event.h; where the filter keeps
                           it */
    struct span host;   /* of MATCH_NAMED: the name, at most HOST_TEXT_MAX + 1 bytes; in
                           place of the detail */
};

struct match_counts {
    uint64_t lines;
    uint64_t hits;
    uint64_t unresolved; /* failures of a host name that is no address: not looked up */
    uint64_t limit_hits; /* searches given up; they count as no match */
    uint64_t lost_sessions; /* ended early, or not kept: there were too many */
    uint64_t crowded;       /* hits left out: one line had more than MATCH_HITS_MAX */
    uint64_t too_long; /* lines above MATCH_TEXT_MAX that some filter wanted to search */
};

struct matcher;

/* Compiles every filter of `c`; done before the sandbox closes (it may map executable
 * memory), nothing is allocated later. NULL with a message appended that names file, line
 * and option, what is wrong and where. The caller frees it with matcher_free(). */
NODISCARD struct matcher *matcher_new(const struct config *c, struct buf *error);

/* The messages of the filters that may be left out (`is_optional`) and were, one a line;
 * "" when none was. They match nothing. */
const char *matcher_left_out(const struct matcher *m);

/* Whether a filter of the configuration is, by its number. */
bool matcher_is_left_out(const struct matcher *m, size_t filter);

/* NULL is legal. */
void matcher_free(struct matcher *m);

/* Tries the filters whose bit is set in `filters` (bit 0 is filter 0; bits of filters
 * that do not exist are ignored) on a line, and returns how many hits it wrote: at most
 * one a filter, in their order: failures and what is told. `now_us` is the caller's time,
 * for dates without a year. The spans of a hit are parts of the line, or of the matcher,
 * and valid until the next call. */
size_t matcher_line(struct matcher *m, filter_set filters, const struct line *l,
                    int64_t now_us, struct match_hit hits[MATCH_HITS_MAX]);

/* What happened since matcher_new(). */
struct match_counts matcher_counts(const struct matcher *m);

struct match_spent {
    uint64_t searches, matches;
    uint64_t limit_hits; /* searches given up */
    int64_t ns;          /* in searches, with matcher_explain() */
    bool has_required_text;
};

/* What was spent on one expression; indices of the configuration. */
void matcher_spent(const struct matcher *m, size_t filter, size_t regex,
                   struct match_spent *out);

/* From now on matcher_line() also gives hits that are neither failures nor told, and
 * searches are timed with `clock_ns` (unless NULL). */
void matcher_explain(struct matcher *m, int64_t (*clock_ns)(void));

/* From now on matcher_line() gives failures of hosts with a name and no address as
 * MATCH_NAMED, where the filter has usedns = yes or warn. At first they are unresolved.
 * Sessions that a filter names (<F-MLFID>) do not keep a name for a later line. */
void matcher_give_names(struct matcher *m);

/* The sessions of all filters, owned by the matcher: to keep them over a restart. */
struct sessions *matcher_sessions(struct matcher *m);

/* Leaves out the search for required text (false) or does it (true, as at first): what
 * matcher_line() says must be the same. For tests and fuzzers. */
void matcher_set_gated(struct matcher *m, bool is_gated);
