/* postgrey_options: the command line of postgrey 1.37, as the options of a gate that only
 * greylists. What it says becomes a text in our own dialect, with what else makes the
 * gate answer as postgrey does; what is not built is refused by name.
 *
 * Taken and of no effect, because it is so in any case: --lookup-by-subnet, --privacy,
 * --exim (a client that ends its side is answered), --listen-queue-size, --verbose.
 */
#pragma once

#include "base/buf.h"

enum { POSTGREY_LISTS_MAX = 16 };

struct postgrey_options {
    const char *user, *group, *pidfile; /* NULL: not said; borrowed from argv */
    const char *dbdir;
    bool is_daemon;
    struct buf text; /* [gate] and [greylist] */
};

enum postgrey_told { POSTGREY_RUN, POSTGREY_HELP, POSTGREY_VERSION, POSTGREY_WRONG };

/* Reads argv[1...]. POSTGREY_WRONG: what is wrong and what would be right is in `why`.
 * The caller ends with postgrey_options_fini() in any case. */
NODISCARD enum postgrey_told postgrey_options_read(int argc, char **argv,
                                                   struct postgrey_options *out,
                                                   struct buf *why);

/* Frees the texts it points to; a zeroed one is legal. */
void postgrey_options_fini(struct postgrey_options *o);

/* What --help prints. */
extern const char postgrey_usage[];
