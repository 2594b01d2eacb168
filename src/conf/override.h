/* override: settings that a command changed while the guard runs (fail2ban-client set
 * JAIL maxretry 5). They are the last word, after all files, until they are dropped.
 *
 * Who asks for them is no root, but for overrides_put_trusted(): only what is in the
 * table of options that may be overridden is taken, none of which names a file or a
 * command; a log, which komainud looks at first, is the exception. Expressions are tried
 * in a sandbox, as with any reload.
 */
#pragma once

#include "conf/config.h"
#include "conf/ini.h"

enum {
    OVERRIDES_MAX = 1024,
    OVERRIDE_NAME_MAX = 64,
    OVERRIDE_VALUE_MAX = 1 << 16,
};

#define OVERRIDES_FILE "fail2ban-client" /* where they stand, as messages say */
#define OVERRIDES_ADDED "backend"        /* the option that a jail has which was added */
#define OVERRIDES_ENCODING                                                               \
    "logencoding" /* expressions are read by it, so it is no option */

struct config_override {
    char *jail; /* "": of [komainu] */
    char *option;
    char *value;
};

/* A zeroed one is empty. */
struct config_overrides {
    struct config_override *items;
    size_t count;
};

enum override_put {
    OVERRIDE_PUT,
    OVERRIDE_SAME,    /* there is nothing to change: what is to go is not there */
    OVERRIDE_REFUSED, /* this option cannot be changed so, or a text is none */
    OVERRIDE_FULL,
};

/* Frees all. */
void overrides_fini(struct config_overrides *o);

/* A copy of all of `from`. */
struct config_overrides overrides_copy(const struct config_overrides *from);

/* Sets an option of a jail, in place of what was set before. Texts are copied. */
enum override_put overrides_put(struct config_overrides *o, struct span jail,
                                struct span option, struct span value);

/* The same of root itself: also what runs a command or names a file ("ignorecommand" of a
 * jail, "logtarget"), and nothing else. */
enum override_put overrides_put_trusted(struct config_overrides *o, struct span jail,
                                        struct span option, struct span value);

/* Adds a jail that stands in no file: without logs, expressions and actions, and idle.
 * `backend` is one of fail2ban's, without arguments, which name files. REFUSED also when
 * there is one of this name. */
enum override_put overrides_add_jail(struct config_overrides *o, const struct config *c,
                                     struct span jail, struct span backend);

/* Stops a jail; one that was added is gone. As overrides_put(). */
enum override_put overrides_stop(struct config_overrides *o, struct span jail);

/* Starts a jail that was stopped, or added, or set idle. False: it was not. */
bool overrides_start(struct config_overrides *o, struct span jail);

/* Whether a jail was added so. */
bool overrides_is_added(const struct config_overrides *o, struct span jail);

/* Whether an option is one of those that change a list of the jail's filter. */
bool overrides_is_list(struct span option);

/* Adds an expression to those that a jail of `c` has now ("addfailregex",
 * "addignoreregex"), or takes the one away whose number `value` is ("delfailregex",
 * "delignoreregex"); negative ones count from the end. SAME: there is no such number.
 * Also refused: what is no number, no such jail, or a filter whose expressions are of
 * several events. */
enum override_put overrides_change_list(struct config_overrides *o,
                                        const struct config *c, struct span jail,
                                        struct span option, struct span value);

enum log_change {
    LOG_ADDED,
    LOG_ADDED_TAIL, /* at first from its end */
    LOG_DELETED,
};

/* Adds a file to the logs that a jail of `c` reads now, or takes one away. That it may be
 * read is the caller's to know. SAME: it is read already, or was not. Also refused: no
 * such jail, the last file, one whose name has more than letters, digits and / . _ - + @
 * : = and comma, and a jail that reads anything but files. Patterns become the files that
 * fit them now. */
enum override_put overrides_change_logs(struct config_overrides *o,
                                        const struct config *c, struct span jail,
                                        enum log_change change, struct span path);

/* Adds groups of matches ("A=1 B=2 + C=3") to those by which a jail of `c` reads the
 * journal, or takes each of them away. Also refused: no such jail or group, the last
 * group (without any the whole journal is read), what is no match, and a jail that reads
 * no journal. */
enum override_put overrides_change_journal(struct config_overrides *o,
                                           const struct config *c, struct span jail,
                                           bool is_added, struct span match);

/* Says what the logs of a jail of `c` are encoded in. Also refused: an encoding that
 * nobody knows or that has no ASCII in it, any but UTF-8 for a jail that is not
 * fail2ban's, and one for a jail of which an expression was set that is not ASCII. */
enum override_put overrides_set_encoding(struct config_overrides *o,
                                         const struct config *c, struct span jail,
                                         struct span encoding);

/* Appends an expression, UTF-8, as the logs of a jail of `c` have it. False: their
 * encoding has not all of its characters. */
NODISCARD bool overrides_encode(const struct config *c, struct span jail,
                                struct span expression, struct buf *out);

/* A change of an action of a jail of fail2ban's; texts are the overrides'. */
struct override_action {
    struct span name;
    bool is_new;          /* of the action as a whole: added, without commands; else it
                           * was taken away */
    struct span property; /* empty: the change is of the action as a whole */
    struct span value;
};

/* Adds an action without commands to a jail of `c`, or takes one away, or sets one of its
 * properties ("actionban", "timeout", or what else its commands name as <tag>). Also
 * refused: a jail that is not fail2ban's, an action that is there already, or is not, and
 * a text that cannot be one. What a property holds may be a command: all but a `timeout`
 * is root's to say. */
enum override_put overrides_add_action(struct config_overrides *o, const struct config *c,
                                       struct span jail, struct span name);
enum override_put overrides_delete_action(struct config_overrides *o,
                                          const struct config *c, struct span jail,
                                          struct span name);
enum override_put overrides_set_action(struct config_overrides *o, const struct config *c,
                                       struct span jail, const struct override_action *a);

/* Reads one that is a change of an action; false: it is something else. */
bool override_read_action(const struct config_override *one, struct override_action *out);

/* Drops those of a jail; an empty name: all. Whether there were any. */
bool overrides_drop(struct config_overrides *o, struct span jail);

/* Drops what one option was set to. Whether there was anything. */
bool overrides_drop_option(struct config_overrides *o, struct span jail,
                           struct span option);

/* What an option was set to; NULL: nothing. */
const char *overrides_find(const struct config_overrides *o, struct span jail,
                           struct span option);

/* Appends those of the jails that have a section in `all`, or those of [komainu], as its
 * last layer, as if a file called OVERRIDES_FILE said so. Those of a jail that was added
 * go to a section of that file only. */
void overrides_append(const struct config_overrides *o, bool is_of_jails, struct ini *all,
                      struct conf_errors *e);
