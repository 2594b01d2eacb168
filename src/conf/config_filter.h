/* config_filter: what lines a jail counts: a filter, with its expressions expanded.
 *
 * The texts are NUL-terminated and owned by the configuration (conf/config.h).
 */
#pragma once

#include "event/event.h"

enum regex_kind {
    REGEX_PREFIX, /* prefregex */
    REGEX_FAIL,   /* failregex, failregex.KIND */
    REGEX_IGNORE, /* ignoreregex */
    REGEX_TELL,   /* eventregex.KIND: told, not counted */
    REGEX_KINDS,
};

/* One expression, fully expanded but for the tags of the match layer (<HOST>, <F-USER>
 * ...). */
struct config_regex {
    enum regex_kind kind;
    enum event_kind event; /* of what it matches, where that is an event */
    char *pattern;
    char *where; /* "FILE:LINE: option", for messages */
};

/* What becomes of a line that names a host and no address. */
enum usedns {
    USEDNS_RAW,  /* it is not counted but as unresolved */
    USEDNS_NO,   /* it does not match: <HOST> stands for an address */
    USEDNS_YES,  /* the name is looked up, and each of its addresses counted */
    USEDNS_WARN, /* and the log says so */
};

/* How the expressions of a filter are to be read. */
enum filter_dialect {
    FILTER_OWN,    /* our own filter: fail2ban's language, and all of PCRE2 */
    FILTER_PYTHON, /* one of fail2ban: what Python refuses is refused */
    FILTER_BYTES,  /* the same, in the encoding of a log that is not UTF-8 */
    FILTER_DIALECTS,
};

struct config_filter {
    char *name;
    char *daemon; /* a regular expression for the whole program tag; "" sees every line */
    enum event_kind event; /* of a plain failregex */
    char *datepattern;     /* fail2ban's templates, one a line; "": the default ones */
    char *dates_where;     /* "FILE:LINE: datepattern", for messages */
    char *timezone;        /* logtimezone: of dates without a zone; "": local time */
    char *timezone_where;  /* "FILE:LINE: logtimezone" */
    bool is_optional;  /* of fail2ban's: one that cannot be compiled is left out alone */
    bool keeps_groups; /* commands ask for what its expressions captured */
    uint32_t maxlines; /* lines that an expression sees together; 1: each alone */
    enum usedns usedns;
    enum filter_dialect dialect;
    struct config_regex *regexes; /* in the order in which they are tried */
    size_t regex_count;
    char *journalmatch; /* a normal form; NULL when the filter has none. Not for roles */
};
