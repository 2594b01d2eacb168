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
#include "conf/config_action.h"
#include "conf/config_filter.h"
#include "conf/config_gate_lines.h"
#include "conf/config_limits.h"
#include "conf/config_notify.h"
#include "conf/config_report.h"
#include "conf/config_rule.h"
#include "conf/config_scope.h"
#include "conf/config_source.h"
#include "conf/increment.h"

enum {
    CONFIG_SOURCES_MAX = 256,
    CONFIG_FILTERS_MAX = 128,
    CONFIG_REGEXES_MAX = 128, /* of one filter */
    CONFIG_JAILS_MAX = 256,
    CONFIG_SCOPES_MAX = 64,
    CONFIG_PREFIXES_MAX = 1024,
    CONFIG_NAMES_MAX = 256, /* in ignoreip, of all jails together */
    CONFIG_PROVIDERS_MAX = 64,
    CONFIG_NAME_MAX = 64,
    CONFIG_REGEX_MAX = 8192, /* bytes of one expanded expression */
    CONFIG_RETRY_MAX = 1000,
    CONFIG_NO_FACILITY = 255, /* logtarget is no syslog */
    CONFIG_LINES_MAX = 1000,  /* maxlines */
    CONFIG_DATES_MAX = 4096,  /* bytes of a datepattern */
    CONFIG_JAIL_SOURCES_MAX = CONFIG_SOURCES_MAX,
    CONFIG_GLOBS_MAX = 128,  /* patterns of all jails together */
    CONFIG_SENDERS_MAX = 64, /* of one source */
};

#define CONFIG_FOREVER_S INT64_C(-1)
#define CONFIG_TIME_MAX_S INT64_C(3155760000) /* 100 years: longest finite time */

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
    /* What fail2ban calls its actions, as it says them: for whoever asks. */
    char **action_names;
    uint32_t action_name_count;
    /* And what its files say of them. Not for roles. */
    struct fail2ban_action *told_actions;
    size_t told_action_count;
    char *encoding;      /* of its logs, as it was named; NULL: auto. Not for roles. */
    uint8_t actions;     /* commands that are run for its bans */
    bool is_by_commands; /* by nothing else: its bans are not the firewall's */
    bool needs_hosts;    /* its commands ask for names of addresses */
    bool is_rate;        /* of fail2ban's: failures are counted by its estimate */
    bool is_forgiving;   /* a login takes back what was tried of its account before */
    struct increment increment;
    struct config_ask ask;
    bool is_idle;         /* counts nothing, until somebody says otherwise */
    bool is_self_ignored; /* ignoreself: nor is an address of this machine */
    struct addr *ignore;  /* ignoreip: nobody in here is counted */
    size_t ignore_count;
    struct host_key *names; /* the names in ignoreip: their addresses neither */
    size_t name_count;
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
    struct host_key *providers; /* of mail: names with SPF records */
    size_t provider_count;
    struct config_notify notify;
    struct config_report report;
    char *table; /* name of the nftables table */
    enum config_loglevel loglevel;
    char *logtarget; /* a file for lines in fail2ban's shape; NULL: none. Not for roles */
    bool has_log_file;    /* there is one */
    uint8_t log_facility; /* CONFIG_NO_FACILITY: it is a file, else syslog's socket. Not
                             for roles */
    struct config_action *actions; /* of jails that are fail2ban's. For the runner */
    size_t action_count;
    char *notes; /* what to tell though all is good, lines; "": nothing. Not for roles */
    char *metrics; /* `metrics-socket` in its one spelling; NULL: none. Not for roles */
    struct config_gate_lines gate; /* for the gate alone */
    bool is_gate_told;             /* there is one, whose lines did not come */
    char *share_secret;    /* what secret-file holds, in hex; NULL: nothing is shared. For
                              the gate alone */
    char *share_password;  /* what password-file holds; NULL: none. For share alone */
    char *fail2ban_socket; /* where fail2ban's clients are served; NULL: not. Not for
                              roles */
};

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

/* Whether a jail or rule counts noise of SMTP, so that it matters who is a provider; and
 * there are any. */
bool config_needs_providers(const struct config *c);

/* Whether the gate has a place to listen at, so that there is one. */
bool config_has_gate(const struct config *c);

/* Whether [share] of the gate has a Redis to share through. */
bool config_has_share(const struct config *c);

/* Notes in jails and filters what commands of actions ask for. */
void config_note_commands(struct config *c);

/* Whether names are to be looked up for it. */
bool config_needs_names(const struct config *c);

/* Frees everything the config owns and zeroes it. */
void config_fini(struct config *c);
