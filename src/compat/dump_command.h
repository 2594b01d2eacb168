/* dump_command: what fail2ban-client does with -d, --dp and -t, which need no server. */
#pragma once

#include "base/buf.h"

struct dump_wanted {
    const char *directory;
    bool is_dump, is_pretty; /* -d; --dp is both */
    bool is_test;            /* -t */
    bool is_silent;          /* of a good test nothing is said */
    bool is_quiet;           /* -q: nothing of defaults */
};

/* Reads the directory, and appends what is printed on standard output and standard error.
 * True: exit 0, else 255. */
bool dump_command(const struct dump_wanted *w, struct buf *out, struct buf *err);
