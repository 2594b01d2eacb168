/* hosts: the names of /etc/hosts, for looking up addresses.
 *
 *     hosts_init(&h);
 *     hosts_read(&h, text);
 *     if (hosts_find(&h, SPAN("mail.example.org"), &answer)) ...
 */
#pragma once

#include "base/table.h"
#include "resolve/resolve.h"

enum {
    HOSTS_FILE_MAX = 256 * 1024, /* bytes of the file that are read */
    HOSTS_NAMES_MAX = 4096,      /* more are left out */
    HOSTS_TTL_S = 300,
};

struct hosts {
    struct table names; /* host_key -> hosts' own */
};

/* Empty. hosts_fini() frees it. */
void hosts_init(struct hosts *h);

/* A zeroed struct is legal. */
void hosts_fini(struct hosts *h);

/* Adds what stands in the text of such a file (hosts(5)): an address and its names a
 * line, comments behind a #. Lines without a good address, and names that are none, are
 * passed over. */
void hosts_read(struct hosts *h, struct span text);

/* Writes all addresses of a name, RESOLVE_ADDRESSES_MAX at most; false when it does not
 * stand there. */
NODISCARD bool hosts_find(const struct hosts *h, struct span name,
                          struct resolve_answer *answer);
