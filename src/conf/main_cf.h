/* main_cf: what Postfix' main.cf says of networks: no more of it is read. */
#pragma once

#include "base/addr.h"
#include "base/buf.h"

#define MAIN_CF "/etc/postfix/main.cf"

/* Appends the networks that `mynetworks` of the file at `path` names, with blanks between
 * them: those that stand there themselves. Without any (no file, no such line, tables,
 * other parameters only) those of the loopback. */
void main_cf_mynetworks(const char *path, struct buf *out);

/* The same for a text. */
void main_cf_read_mynetworks(struct span text, struct buf *out);

/* Reads ADDRESS, ADDRESS/LENGTH or [ADDRESS]/LENGTH. */
NODISCARD bool main_cf_network(struct span word, struct addr *out);
