/* fail2ban_repr: a text as Python shows it: 'quoted', with escapes. The one of this kind:
 * fail2ban's programs print texts so in many places. */
#pragma once

#include "base/buf.h"

/* Appends repr() of the text, which is UTF-8; other bytes as \udcXX. */
void fail2ban_repr(struct span text, struct buf *out);

/* Appends repr() of bytes: b'...'. */
void fail2ban_repr_bytes(struct span bytes, struct buf *out);
