/* detect: what is on this machine that can be guarded.
 *
 * Reads the configuration files of the mail server, sshd and the resolver, and looks
 * which logs exist. It changes nothing; what cannot be read counts as absent, and a note
 * says so where something is not guarded for it.
 */
#pragma once

#include "base/buf.h"
#include "conf/machine.h"

enum { DETECT_FILE_MAX = 256 << 10 }; /* bytes read of one file */

/* Fills `*m`. `root` is put in front of every path that is read: "" for this machine, a
 * folder in tests; paths in `*m` are without it. */
void detect(struct machine *m, const char *root);

/* Appends what was found as aligned text, at most 80 columns wide, and which jails follow
 * from it: those of `c`, or nothing about jails when that is NULL. */
void detect_print(const struct machine *m, const struct config *c, struct buf *out);

/* Appends the same as one JSON object. */
void detect_print_json(const struct machine *m, const struct config *c, struct buf *out);
