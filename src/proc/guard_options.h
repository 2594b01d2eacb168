/* guard_options: the command line of komainud, from one table that also makes its --help
 * and the options of komainud(8).
 */
#pragma once

#include "base/buf.h"

enum guard_task {
    GUARD_TASK_GUARD,
    GUARD_TASK_TEST,  /* --test */
    GUARD_TASK_CHECK, /* --check */
    GUARD_TASK_LOAD,  /* --load-bans */
    GUARD_TASK_HELP,
    GUARD_TASK_VERSION,
    GUARD_TASK_MAN, /* --dump-man: the manual, from its frame on the standard input */
};

enum guard_language { GUARD_ENGLISH, GUARD_JAPANESE, GUARD_LANGUAGES };

/* Borrows from argv. */
struct guard_options {
    enum guard_task task;
    /* NULL: not given */
    const char *state, *config, *role_dir, *pid_file, *fail2ban, *fail2ban_socket;
    enum guard_language language; /* of --dump-man */
    bool is_verbose;
};

/* Reads the arguments into the zeroed `*out`. False: with what is wrong in `why`. */
NODISCARD bool guard_read_options(int argc, char **argv, struct guard_options *out,
                                  struct buf *why);

/* Appends the help for a terminal. */
void guard_add_help(struct buf *out);

/* Appends the manual: `frame`, mdoc(7), whose line `.\" SYNOPSIS` is replaced by the
 * options in short and whose line `.\" OPTIONS` by the list of them, in language `l`. */
void guard_add_man(struct buf *out, struct span frame, enum guard_language l);
