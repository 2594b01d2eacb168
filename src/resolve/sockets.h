/* sockets: those of c-ares, so that EDNS (RFC 6891) outlives a failure.
 *
 * c-ares 1.18 takes every SERVFAIL for the answer of a server that does not know EDNS,
 * and asks none with it any more, so that large answers need TCP from then on. What has
 * an OPT record in it is from a server that does know: it is handed over as REFUSED, with
 * which c-ares does the same but that.
 */
#pragma once

#include <ares.h>

#include "base/span.h"

enum { RESOLVE_UDP_BYTES = 1232 /* of an answer; what passes everywhere in one piece */ };

/* For ares_set_socket_functions(). */
extern const struct ares_socket_functions resolve_sockets;

/* Changes a failure in an answer that came over UDP, as above. */
void resolve_keep_edns(unsigned char *packet, size_t len);
