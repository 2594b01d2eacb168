/* reason: why something was refused or did not arrive, short enough for a row of a table,
 * and the parts of a client that rows are counted by.
 *
 * What a client or a remote server put into a reply (addresses, names, texts in <>) must
 * not become a reason of its own. Results are parts of the line, or are appended to a
 * buf. Any bytes are legal. O(length).
 */
#pragma once

#include "base/buf.h"
#include "report/mail_line.h"

/* The reason of a refusal of smtpd or postscreen: its text without its subject, details,
 * and what is known of the envelope. */
struct span reason_of_reply(const struct mail_line *m);

/* What a header or body check found: `rest` without client and envelope. */
struct span reason_of_check(struct span rest);

/* Without the name of a list's client in front of "blocked using LIST". */
struct span reason_blocked(struct span reason);

/* `text` without the three digits of a reply in front. */
struct span reason_without_code(struct span text);

/* Whether the reason is about the recipient, or about the sender, and counts them. */
bool reason_is_recipient(struct span reason);
bool reason_is_sender(struct span reason);

/* Appends `text`, cut to `limit` bytes and "..." when it is longer; 0: as it is. */
void reason_cut(struct buf *out, struct span text, size_t limit);

/* Appends the text of a delivery's status: what the remote server said is taken out of
 * what stands around it until it is short enough, else it is cut. */
void reason_said(struct buf *out, struct span text, size_t limit);

/* Appends the domain of a client in lower case: its name without the host where that is
 * easily told ("mx.example.com" gives "example.com"), or its address when it has none. */
void reason_domain(struct buf *out, struct span name, struct span address);

/* Appends `text` with ASCII letters in lower case. */
void reason_lower(struct buf *out, struct span text);
