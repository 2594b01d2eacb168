/* fail2ban: a configuration directory of fail2ban's, read as fail2ban 1.0.2 reads it.
 *
 *     struct fail2ban f;
 *     struct conf_errors e = {.text = &text};
 *     struct fail2ban_request r = {.directory = "/etc/fail2ban"};
 *     fail2ban_read(&r, &f, &e);
 *     ...
 *     fail2ban_fini(&f);
 *
 * What is kept is what fail2ban's server would be told: every value expanded, in its
 * order (Python's dictionaries keep it), with the place it was written at. Jails that are
 * not enabled are not here. A jail that cannot be taken is, with `refused` set; fail2ban
 * goes on without it for some reasons, and does not start at all for others: then
 * `failure` is set too. compat/dump.h prints the model as fail2ban-client -d does;
 * load.h makes a struct config of it.
 *
 * The model owns all its texts. A zeroed one is empty.
 */
#pragma once

#include "conf/layers.h"

#define FAIL2BAN_VERSION "1.0.2" /* the one that is followed */
#define FAIL2BAN_DIRECTORY "/etc/fail2ban"

enum {
    FAIL2BAN_JAILS_MAX = 512,      /* enabled */
    FAIL2BAN_ACTIONS_MAX = 32,     /* of one jail */
    FAIL2BAN_LOGS_MAX = 1024,      /* of one jail */
    FAIL2BAN_TEXT_MAX = 256 << 10, /* bytes of one value with all in it expanded */
};

/* A value as Python would hold it. */
enum fail2ban_type { FAIL2BAN_NONE, FAIL2BAN_TEXT, FAIL2BAN_NUMBER, FAIL2BAN_BOOL };

struct fail2ban_option {
    char *name;
    enum fail2ban_type type;
    char *text;       /* as text in any case: "5", "True"; "" for NONE */
    int64_t number;   /* of NUMBER and BOOL */
    const char *file; /* where it was written, owned by the model; NULL: nowhere */
    unsigned line;
};

/* Options in the order in which they came; a name stands once. */
struct fail2ban_options {
    struct fail2ban_option *at;
    size_t count, room;
};

struct fail2ban_action {
    char *name; /* what `get JAIL actions` calls it */
    char *file; /* what stands in `action`: "iptables-multiport", "smtp.py" */
    char *path; /* of a Python action: DIR/action.d/smtp.py; NULL: a command action */
    /* What the server is told: commands and arguments; of a Python action, its
     * arguments. */
    struct fail2ban_options options;
};

struct fail2ban_log {
    char *path;
    char *from; /* "head" or "tail", or what else stands behind the path */
};

struct fail2ban_jail {
    char *name;
    const char *file; /* of the head of its section, and its line */
    unsigned line;
    char *refused; /* why it is not taken, as `config-error` says it; NULL: it is */
    bool has_filter;
    char *filter;                     /* the filter's name, without arguments */
    struct fail2ban_options options;  /* of the jail, filter options among them */
    struct fail2ban_options filtered; /* of the filter: what the jail does not say */
    struct fail2ban_log *logs;        /* files that are there now */
    size_t log_count;
    bool lacks_logs; /* it reads files, and none is there */
    struct fail2ban_action *actions;
    size_t action_count;
};

struct fail2ban {
    char *directory;                /* without slashes at its end */
    struct fail2ban_options server; /* fail2ban.conf: socket, pidfile, loglevel ... */
    bool has_stacksize;
    struct fail2ban_option stacksize; /* of [Thread] */
    struct fail2ban_jail *jails;
    size_t jail_count;
    char *failure;              /* why fail2ban would not start; NULL: it would */
    bool has_failed_early;      /* before it looks at jails: then it says why */
    struct fail2ban_set **sets; /* the files that were read: places point there */
    size_t set_count;
};

struct fail2ban_request {
    const char *directory;
    const struct conf_builtin *files; /* instead of a directory: names and texts, for
                                       * tests; NULL: the directory is read */
    bool is_blind;                    /* `logpath` is not looked up: no jail has `logs` */
};

/* Reads the directory into `*out`, which the caller gives to fail2ban_fini() in any case.
 * What is wrong is told in `e`, with file and line. Reads folders for `logpath`. */
void fail2ban_read(const struct fail2ban_request *r, struct fail2ban *out,
                   struct conf_errors *e);

/* The same of actions that were taken out of a model. */
void fail2ban_actions_fini(struct fail2ban_action *actions, size_t count);

/* Frees what the model owns and zeroes it. */
void fail2ban_fini(struct fail2ban *f);

/* The option called so, or NULL. Linear in the options. */
const struct fail2ban_option *fail2ban_option(const struct fail2ban_options *o,
                                              const char *name);

/* Its text, or `fallback` when there is none. */
const char *fail2ban_text(const struct fail2ban_options *o, const char *name,
                          const char *fallback);

/* For which addresses a command is made: none yet, when no option of the action is
 * conditional. */
enum fail2ban_family { FAIL2BAN_ANY, FAIL2BAN_INET4, FAIL2BAN_INET6 };

/* Appends the command of an event ("actionban") of a command action as the server would
 * run it, but for what only a ban knows: <ip>, <matches> and the like stay. False when it
 * cannot be made (a <tag> refers to itself, or it is too long). */
NODISCARD bool fail2ban_command(const struct fail2ban_action *a, const char *event,
                                enum fail2ban_family family, struct buf *out);

/* Whether an option of the action is for one family only, so that its commands are run
 * for each. */
bool fail2ban_has_families(const struct fail2ban_action *a);
