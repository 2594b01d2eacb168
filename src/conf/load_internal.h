/* What load.c and load_jail.c share. */
#pragma once

#include "conf/load.h"
#include "conf/section.h"

enum {
    LOAD_SOCKET_PATH_MAX = 108, /* sun_path */
    LOAD_DIRECTORY_MAX = 1024,
};

struct loading {
    const struct config_request *request;
    struct layers layers;
    struct conf_errors errors;
    struct config out;
    struct conf_errors notes;          /* what is told though the configuration is good */
    char fail2ban[LOAD_DIRECTORY_MAX]; /* the directory of fail2ban's; "": none */
    bool is_fail2ban;                  /* the jail at hand is from there */
    bool is_added;                     /* ... and a client's: it may have no log yet */
    bool is_observing;
    bool is_guarding_auto;     /* `guarded-ports` is auto */
    uint32_t watched_services; /* a bit for each machine_service_id with a jail */
    /* The socket that jails with logpath = auto read: "" is none. */
    char socket_path[LOAD_SOCKET_PATH_MAX];
    bool is_socket_preferred; /* even where log files exist */
    char
        *filter_keys[CONFIG_FILTERS_MAX]; /* what made each filter: to share equal ones */
};

enum backend { BACKEND_AUTO, BACKEND_FILES, BACKEND_JOURNAL };

/* What a jail says of where it reads. */
struct load_backend {
    enum backend kind;
    struct buf folder; /* of the journal, as source/journal_place.h has it */
};

/* Reads `backend` of a jail into the zeroed `*out`, which
 * load_backend_fini() ends. What is wrong is told. */
void load_backend(const struct section *s, struct load_backend *out);

/* Frees what it owns. */
void load_backend_fini(struct load_backend *b);

/* Appends the name of the source that a match makes in this journal: no two that differ
 * have the same. False: it is too long. */
NODISCARD bool load_journal_name(const struct load_backend *b, struct span match,
                                 struct buf *name);

/* Whether something that `logpath` of a jail names, or its service (or NULL) logs to when
 * that is auto, is there. */
bool load_has_file(const struct section *s, const struct machine_service *service);

/* Reads `ignoreip` of a jail that is not yet in `c`, with the files that it names. What
 * is wrong is told. */
void load_ignore(const struct section *s, const struct config *c, struct config_jail *j);

/* Reads `ignorecommand` and `ignorecache` of a jail; the command joins those of `n`. What
 * is wrong is told. */
void load_ask(const struct section *s, struct config_notify *n, struct config_ask *out);

/* Reads `port`, `protocol` and `blocktype` of a jail; `*out` is the index of its scope,
 * which is added when it is new. What is wrong is told. */
void load_scope(const struct section *s, struct config *c, uint16_t *out);

/* Whether a jail has `events`. */
bool load_is_rule(const struct section *s);

/* Reads what a jail with `events` counts; false when it has none, and so a filter. What
 * is wrong is told. */
bool load_rule(const struct section *s, uint32_t maxretry, struct config_rule *out);

/* Reads `bantime.increment` and its kin of a jail into the zeroed `*out`, which
 * increment_fini() ends. What is wrong is told. */
void load_increment(const struct section *s, int64_t bantime_s, struct increment *out);

/* Reads the jails of `ini`, the merged jail.conf. */
void load_jails(struct loading *l, const struct ini *ini);

/* Reads who is told of what from [komainu]. */
void load_notify(struct loading *l, const struct section *s);

/* A list of mail addresses, or one, as it goes into a header, for the caller to free;
 * NULL after an error, which was told. */
char *load_addresses(struct loading *l, const struct section *s, const char *option,
                     bool is_list);

/* Reads what is done for reports from [komainu], when all sources are known. */
void load_report(struct loading *l, const struct section *s);
