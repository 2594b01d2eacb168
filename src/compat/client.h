/* client: the programs fail2ban-client and fail2ban-server, by our hand: same options,
 * words, texts and exit status. It speaks fail2ban's protocol, so it serves a real
 * fail2ban as well.
 */
#pragma once

#include "base/buf.h"

/* Where it runs. */
struct compat_env {
    int in, out, err;
    bool is_utf8;
    unsigned pid;             /* for the lines on `err` */
    int64_t (*wall_us)(void); /* the clock */
};

/* Whether a program of this name ("/usr/bin/fail2ban-client") is one of ours here. */
bool compat_is_name(const char *name);

/* Runs one command line, argv[0] of which is such a name. The exit status: 0, or 255. */
NODISCARD int compat_main(int argc, char **argv, const struct compat_env *env);
