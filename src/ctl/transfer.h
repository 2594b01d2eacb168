/* transfer: everything that is banned and allowed, out of one guard and into another.
 *
 * The format is one JSON object a line: {"schema":1,"kind":"ban",...} with the members
 * that `bans --jsonl` has, and {"schema":1,"kind":"allow",...}.
 */
#pragma once

#include "ctl/command.h"

/* The commands. */
ctl_fn transfer_export, transfer_import;

/* Sends frames of an import over a new connection, and their end, and waits for the
 * answer; its outcome is for the caller to look at. */
NODISCARD enum ctl_exit transfer_send(struct client *c, struct span frames,
                                      struct answer *a, struct buf *error);

/* Reads what export wrote, or a plain list of addresses that are banned for `for_s` (0:
 * there may be none), into ASK_PUT_* frames. False, and `error` names the line, at the
 * first that is neither. */
NODISCARD bool transfer_read(struct span text, int64_t for_s, int64_t now_us,
                             struct buf *frames, struct buf *error);
