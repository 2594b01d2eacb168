/* panic: everything open at once, by whoever has CAP_NET_ADMIN and with no process of
 * ours running.
 *
 * One transaction removes the table and adds an empty one, `inet TABLE-panic`; while that
 * is there the enforcer builds nothing. `table` is the configured name.
 */
#pragma once

#include "base/buf.h"

/* Opens. 0; else a negative errno, and why is appended to *error. Already open is fine.
 */
NODISCARD int panic_open(const char *table, struct buf *error);

/* Ends it; the running enforcer builds the table anew and asks for every ban. The same
 * results; not open is fine. */
NODISCARD int panic_close(const char *table, struct buf *error);

/* Appends what these do as a command line of nft(8); nothing is changed. */
void panic_add_line(const char *table, bool is_opening, struct buf *out);

/* Whether it is on. The same results. */
NODISCARD int panic_is_open(const char *table, struct buf *error, bool *is_open);
