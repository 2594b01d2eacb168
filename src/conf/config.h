/* config: the whole configuration, assembled: what komainud reads once and every role is
 * told.
 *
 * A plain record of arrays; indices are the names on the wire. config_load()
 * (conf/load.h) fills it from files and from what was detected; config_fini() frees it.
 * All texts are NUL-terminated and owned by the config.
 */
#pragma once

#include "base/host.h"
#include "base/log.h"
#include "conf/config_notify.h"
#include "conf/config_rule.h"
#include "conf/config_source.h"
#include "conf/increment.h"
#include "event/event.h"

enum {
    CONFIG_SOURCES_MAX = 256,
    CONFIG_FILTERS_MAX = 64,
    CONFIG_REGEXES_MAX = 128, /* of one filter */
    CONFIG_JAILS_MAX = 64,
    CONFIG_SCOPES_MAX = 32,
    CONFIG_PORTS_MAX = 64, /* ranges of one scope */
    CONFIG_PREFIXES_MAX = 1024,
    CONFIG_NAMES_MAX = 256, /* in ignoreip, of all jails together */
    CONFIG_NAME_MAX = 64,
    CONFIG_REGEX_MAX = 8192, /* bytes of one expanded expression */
    CONFIG_RETRY_MAX = 1000,
    CONFIG_LINES_MAX = 1000, /* maxlines */
    CONFIG_DATES_MAX = 4096, /* bytes of a datepattern */
    CONFIG_JAIL_SOURCES_MAX = CONFIG_SOURCES_MAX,
    CONFIG_GLOBS_MAX = 128,  /* patterns of all jails together */
    CONFIG_SENDERS_MAX = 64, /* of one source */
    CONFIG_SLOTS_EVERY_MAX_S = 600,
    CONFIG_SLOTS_FLOOR_MAX = 10000,
};

#define CONFIG_FOREVER_S INT64_C(-1)
#define CONFIG_TIME_MAX_S INT64_C(3155760000) /* 100 years: longest finite time */

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

struct config_filter {
    char *name;
    char *daemon; /* a regular expression for the whole program tag; "" sees every line */
    enum event_kind event; /* of a plain failregex */
    char *datepattern;     /* fail2ban's templates, one a line; "": the default ones */
    char *dates_where;     /* "FILE:LINE: datepattern", for messages */
    char *timezone;        /* logtimezone: of dates without a zone; "": local time */
    char *timezone_where;  /* "FILE:LINE: logtimezone" */
    uint32_t maxlines;     /* lines that an expression sees together; 1: each alone */
    enum usedns usedns;
    struct config_regex *regexes; /* in the order in which they are tried */
    size_t regex_count;
    char *journalmatch; /* a normal form; NULL when the filter has none. Not for roles */
};

/* Packets of somebody banned are dropped, or answered by a reset or "unreachable". */
enum block_type { BLOCK_DROP, BLOCK_REJECT };

/* A list of ports that bans can be limited to (none: all), and how they are closed. Scope
 * 0 is always "all ports, drop". */
struct config_ports {
    uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
    uint16_t first, last;
};

struct config_scope {
    struct config_ports ports[CONFIG_PORTS_MAX];
    size_t count;
    enum block_type block;
};

enum jail_mode { JAIL_OBSERVE, JAIL_ENFORCE };

enum { CONFIG_NO_FILTER = 0xFFFF }; /* `filter` of a jail that is a rule */

struct config_jail {
    char *name;
    uint16_t filter; /* index into filters; CONFIG_NO_FILTER: it has a rule */
    uint16_t scope;  /* index into scopes */
    uint16_t sources[CONFIG_JAIL_SOURCES_MAX];
    size_t source_count;
    size_t fixed_sources; /* of them, the first so many are not from patterns */
    enum jail_mode mode;
    int64_t findtime_s;  /* 1.. */
    int64_t bantime_s;   /* 1.., or CONFIG_FOREVER_S */
    uint32_t maxretry;   /* 1..CONFIG_RETRY_MAX */
    uint32_t maxmatches; /* lines kept of a ban, 1..CONFIG_RETRY_MAX */
    struct config_rule rule;
    bool is_forgiving; /* a login takes back what was tried of its account before */
    struct increment increment;
    struct config_ask ask;
    bool is_self_ignored; /* ignoreself: nor is an address of this machine */
    struct addr *ignore;  /* ignoreip: nobody in here is counted */
    size_t ignore_count;
    struct host_key *names; /* the names in ignoreip: their addresses neither */
    size_t name_count;
};

/* Why the enforcer never bans an address; also the order in which it says so. */
enum protect_why {
    PROTECT_ALLOW,      /* allow-list of the administrator */
    PROTECT_MYNETWORKS, /* Postfix's mynetworks */
    PROTECT_RELAYHOST,
    PROTECT_RESOLVER, /* nameserver of resolv.conf */
};

struct config_protect {
    enum protect_why why;
    struct addr prefix;
};

struct config_limits {
    uint32_t max_bans;     /* held at once, in all; so also the size of each kernel set */
    uint32_t bans_per_s;   /* and as many at once */
    int64_t max_bantime_s; /* longer bans are cut to it; CONFIG_FOREVER_S: no limit */
    int64_t remember_s;    /* how long who was banned is known for it */
    uint8_t min_bits4;     /* shortest prefix that may be banned */
    uint8_t min_bits6;
    bool is_kernel_6_1; /* behave as if the probes had found kernel 6.1 */
    bool is_destroying; /* cut the open connections of a banned address */
    bool is_braking;    /* decide/brake.h */
    uint32_t brake_places;
    uint8_t brake_percent; /* of clients */
};

/* Connections that are held open, of which rules may count the events. */
struct config_slots {
    struct config_ports ports[CONFIG_PORTS_MAX]; /* where they are looked for */
    size_t count;
    int64_t every_s; /* from one sample to the next, 1..CONFIG_SLOTS_EVERY_MAX_S */
    uint32_t floor;  /* so many of one address are told, 2..CONFIG_SLOTS_FLOOR_MAX */
};

/* fail2ban's levels, and what each lets through of fail2ban's log. */
enum config_loglevel {
    LOGLEVEL_CRITICAL,
    LOGLEVEL_ERROR,
    LOGLEVEL_WARNING,
    LOGLEVEL_NOTICE, /* bans */
    LOGLEVEL_INFO,   /* failures */
    LOGLEVEL_DEBUG,
    LOGLEVELS,
};

#define CONFIG_LOGLEVELS "CRITICAL ERROR WARNING NOTICE INFO DEBUG"

struct config {
    struct config_source *sources;
    size_t source_count;
    size_t fixed_sources;      /* as in a jail */
    struct config_glob *globs; /* conf/globs.h */
    size_t glob_count;
    uint32_t left_out; /* files that fit a pattern, and for which there is no room */
    struct config_filter *filters;
    size_t filter_count;
    struct config_jail *jails;
    size_t jail_count;
    struct config_scope scopes[CONFIG_SCOPES_MAX];
    size_t scope_count; /* at least 1: scope 0 */
    struct config_ports
        guarded[CONFIG_PORTS_MAX]; /* ports a ban closes to every packet */
    size_t guarded_count;
    struct config_protect *protect;
    size_t protect_count;
    struct config_limits limits;
    struct config_slots slots;
    struct config_notify notify;
    char *table; /* name of the nftables table */
    enum config_loglevel loglevel;
    char *logtarget; /* a file for lines in fail2ban's shape; NULL: none. Not for roles */
    bool has_log_file; /* there is one */
    char *metrics; /* `metrics-socket` in its one spelling; NULL: none. Not for roles */
    char *fail2ban_socket; /* where fail2ban's clients are served; NULL: not. Not for
                              roles */
};

/* "drop", "reject". */
const char *config_block_name(enum block_type block);

/* "file", "socket", "journal". */
const char *config_source_name(enum source_kind kind);

/* "NOTICE" and the like. */
const char *config_loglevel_name(enum config_loglevel level);

/* The level of our own log that comes nearest. */
enum log_level config_own_level(enum config_loglevel level);

/* Whether commands are to be run, so that there is a runner. */
bool config_has_commands(const struct config *c);

/* "raw", "no", "yes", "warn". */
const char *config_usedns_name(enum usedns usedns);

/* Whether what names of hosts a filter finds are to be looked up. */
bool config_looks_up(const struct config_filter *f);

/* Whether names are to be looked up for it. */
bool config_needs_names(const struct config *c);

/* Frees everything the config owns and zeroes it. */
void config_fini(struct config *c);
