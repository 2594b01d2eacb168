/* load: from files, and from what was found on the machine, to a struct config.
 *
 *     struct config_request r = {.directory = CONFIG_DIRECTORY, .machine = &found};
 *     struct buf errors = {0};
 *     struct config c;
 *     if (config_load(&r, &c, &errors) < 0)
 *         fputs(errors.ptr, stderr);
 */
#pragma once

#include "conf/config.h"
#include "conf/layers.h"
#include "conf/machine.h"
#include "conf/override.h"

#define CONFIG_DIRECTORY "/etc/komainu"

struct config_request {
    const char *directory;               /* NULL: only what is built in */
    bool is_directory_required;          /* else it may be absent */
    const struct machine *machine;       /* NULL: nothing was found */
    const char *const *logs;             /* when set, every jail reads these files ... */
    size_t log_count;                    /* ... and no others */
    bool is_replay;                      /* `enabled = auto` is yes */
    const struct conf_builtin *builtins; /* NULL: conf_builtins */
    const struct conf_builtin
        *fail2ban; /* files in place of the directory that `fail2ban`
                    * names, for tests; NULL: that is read */
    const struct config_overrides *overrides; /* the last word; NULL: none */
    /* `fail2ban` and `fail2ban-socket` of the command line; NULL: as the files say */
    const char *fail2ban_directory, *fail2ban_socket;
};

/* Reads komainu.conf, jail.conf and the filters that enabled jails name. 0, or -EINVAL
 * with a line for each error in `errors`; then `*out` is not written. Patterns of
 * `logpath` are not expanded yet: globs_expand(). */
NODISCARD int config_load(const struct config_request *r, struct config *out,
                          struct buf *errors);
