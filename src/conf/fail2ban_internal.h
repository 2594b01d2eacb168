/* What the files fail2ban*.c share: a configuration of fail2ban's while it is read. */
#pragma once

#include "conf/expand.h"
#include "conf/fail2ban_options.h"

/* One merged set of files: "jail", "filter.d/sshd", "action.d/ufw". */
struct fail2ban_set {
    char *name;
    struct ini ini;
    bool is_found;  /* there is at least one file */
    bool is_broken; /* something in a file is wrong, which was told */
};

struct fail2ban_reading {
    const struct fail2ban_request *request;
    struct fail2ban *out;
    struct conf_errors *errors;
    const char *jail; /* at hand, for messages; NULL: none */
};

/* Files, fail2ban_files.c. Paths are whole; in memory they begin with the directory. */

/* Whether there is a file of this path (or a folder, in a directory). */
bool fail2ban_exists(const struct fail2ban_reading *r, const char *path);

/* Appends the text of a file; false: it cannot be read, so that it is passed over. */
NODISCARD bool fail2ban_file(const struct fail2ban_reading *r, const char *path,
                             struct buf *text);

/* The paths of the files in `folder` whose names end in `ending`, in byte order, into
 * `out`; the caller frees each. Returns how many. */
size_t fail2ban_folder(struct fail2ban_reading *r, const char *folder, const char *ending,
                       char *out[LAYERS_FILES_MAX]);

/* The set of this name, read once; fail2ban_set.c. */
struct fail2ban_set *fail2ban_set_get(struct fail2ban_reading *r, const char *name);

/* Where values are looked for; fail2ban_get.c. */
struct fail2ban_scope {
    struct fail2ban_reading *r;
    const struct ini *ini;
    struct span section;
    const struct fail2ban_options *vars;     /* before the section; NULL: none */
    const struct fail2ban_options *known;    /* beside it */
    const struct fail2ban_options *defaults; /* before DEFAULT */
};

enum fail2ban_got { FAIL2BAN_GOT, FAIL2BAN_GOT_NONE, FAIL2BAN_GOT_BROKEN };

/* Appends the value of `name` with all %(...)s in it expanded. GOT_BROKEN: it cannot be,
 * which was told, and fail2ban would not start. */
enum fail2ban_got fail2ban_get(const struct fail2ban_scope *s, struct span name,
                               struct buf *out, struct fail2ban_place *place);

/* An option that is looked for, and what it is when there is none (NULL: then it is
 * left out). */
struct fail2ban_wanted {
    const char *name;
    enum fail2ban_type type;
    const char *fallback;
};

/* Sets in `out` the wanted options that `s->vars` does not have, as text. False: one is
 * broken. */
NODISCARD bool fail2ban_get_wanted(const struct fail2ban_scope *s,
                                   const struct fail2ban_wanted *wanted, size_t count,
                                   struct fail2ban_options *out);

/* Makes the options what their types are. */
void fail2ban_convert(const struct fail2ban_wanted *wanted, size_t count,
                      struct fail2ban_options *options);

extern const struct fail2ban_wanted fail2ban_of_filter[];
extern const size_t fail2ban_of_filter_count;
extern const struct fail2ban_wanted fail2ban_of_action[];
extern const size_t fail2ban_of_action_count;

/* A filter or an action while it is put together; fail2ban_definition.c. */
struct fail2ban_definition {
    struct fail2ban_reading *r;
    struct fail2ban_set *set;
    const struct fail2ban_wanted *wanted;
    size_t wanted_count;
    struct fail2ban_options init;  /* arguments, then what [Init] says */
    struct fail2ban_options own;   /* of [Definition] */
    struct fail2ban_options vars;  /* what its values see: the jail's, arguments */
    struct fail2ban_options cache; /* what tags were found to be */
};

/* Reads [Definition] and [Init], as one of the jail with these options. */
NODISCARD bool fail2ban_definition_read(struct fail2ban_definition *d,
                                        const struct fail2ban_options *jail,
                                        bool wants_all);

/* Sets in `out` all options with their tags replaced, but for those in `ignore`, which
 * ends with NULL. */
NODISCARD bool fail2ban_definition_combine(struct fail2ban_definition *d,
                                           const char *const *ignore,
                                           struct fail2ban_options *out);

/* Frees what the definition owns; a zeroed one is legal. */
void fail2ban_definition_fini(struct fail2ban_definition *d);

/* Frees what the jail owns and zeroes it. */
void fail2ban_jail_fini(struct fail2ban_jail *j);

/* Reads the jails of the set "jail". */
void fail2ban_read_jails(struct fail2ban_reading *r);

/* Reads one action of a jail as `action` names it; fail2ban_action.c. False: the jail is
 * refused, and why is in `why`, or fail2ban has failed. */
NODISCARD bool fail2ban_read_action(struct fail2ban_reading *r, struct fail2ban_jail *j,
                                    struct span text, struct buf *why);

/* Tells an error, and that fail2ban would not start for it. */
void fail2ban_fail(struct fail2ban_reading *r, struct fail2ban_place at,
                   const char *format, ...) PRINTF(3, 4);
