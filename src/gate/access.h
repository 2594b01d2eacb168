/* access: which keys of a request are looked for in a table of access(5), and in which
 * order.
 *
 * Indexed text is asked for parts, too: of a name its parents, of an address its octets
 * or groups one by one fewer, of a mail address what stands at both sides of its `@`,
 * with and without what stands behind a `+`. A domain stands for what is below it, as
 * parent_domain_matches_subdomains has it unless somebody changes it; `.domain` is looked
 * for all the same. Tables of patterns are given whole keys.
 */
#pragma once

#include "gate/access_map.h"

/* A client: its name and then its address, as text. */
NODISCARD bool access_look_client(struct access_map *map, struct span name,
                                  struct span address, struct gate_answer *out);

/* A name of a host. */
NODISCARD bool access_look_host(struct access_map *map, struct span name,
                                struct gate_answer *out);

/* A mail address; of an empty one `<>`. */
NODISCARD bool access_look_mail(struct access_map *map, struct span address,
                                struct gate_answer *out);
