/* fail2ban_repr: a text as Python shows it: 'quoted', with escapes. */
#pragma once

#include "base/buf.h"

/* Appends repr() of the text, which is UTF-8; other bytes as \udcXX. */
void fail2ban_repr(struct span text, struct buf *out);
