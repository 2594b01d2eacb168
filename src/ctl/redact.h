/* redact: takes out of a text what says whose machine it is, and who its users are:
 * addresses, accounts, the name of the machine, secrets.
 *
 * The same address gets the same number as long as the struct redact lives, so that what
 * belongs together can be seen: <IPv4-1>, <IPv6-2>/64. Loopback and "any" stay. Other
 * host names, and paths, stay.
 *
 *     struct redact r;
 *     redact_init(&r, SPAN("mail.example.org"));
 *     redact_add(&r, text, &out);
 *     redact_fini(&r);
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "base/table.h"

enum { REDACT_ADDRESSES_MAX = 100000 }; /* later ones have no number */

struct redact {
    struct table numbers; /* struct addr -> uint32_t */
    struct span host;     /* borrowed */
};

/* `host` is the name of the machine, "" when it is not known; it must stay. */
void redact_init(struct redact *r, struct span host);

/* Appends `text`, any bytes, without all that. O(text). */
void redact_add(struct redact *r, struct span text, struct buf *out);

/* Frees. */
void redact_fini(struct redact *r);
