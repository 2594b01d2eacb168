/* spf_header: the result of an SPF check as a line of a mail's header.
 *
 * Foreign text is cut to what a name or an address may have, quoted unless it is a
 * dot-atom, and printable ASCII: any other byte becomes a question mark. A line has
 * SPF_HEADER_MAX bytes at most and no line feed.
 */
#pragma once

#include "base/addr.h"
#include "base/buf.h"
#include "spf/spf_result.h"

enum { SPF_HEADER_MAX = 998 }; /* RFC 5322, 2.1.1 */

/* What is said of a mail; empty: unknown. */
struct spf_mail {
    struct addr client;
    struct span sender; /* without its brackets; empty: the null sender */
    struct span helo;
    struct span receiver; /* the host that received it */
};

/* Appends "Received-SPF: Pass (mailfrom) identity=mailfrom; ..." (RFC 7208, 9.1).
 * `mechanism` may be empty. */
void spf_add_received(struct buf *out, const struct spf_mail *mail,
                      enum spf_identity identity, enum spf_result result,
                      struct span mechanism);

/* Appends "Authentication-Results: ID; spf=pass ... smtp.mailfrom=..." (RFC 8601, 2.7.2).
 */
void spf_add_authentication(struct buf *out, const struct spf_mail *mail,
                            enum spf_identity identity, enum spf_result result,
                            struct span authserv_id);

/* Appends "client-ip=...; helo=...; envelope-from=...; receiver=...". */
void spf_add_mail(struct buf *out, const struct spf_mail *mail);

/* Appends foreign text as a dot-atom or a quoted string of at most `max` bytes. */
void spf_add_quoted(struct buf *out, struct span text, size_t max);
