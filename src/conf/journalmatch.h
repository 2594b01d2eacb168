/* journalmatch: which entries of the systemd journal a filter or a jail wants.
 *
 * As fail2ban's users write it: terms FIELD=value, quoted as in a shell, several fields
 * AND-ed, the same field twice OR-ed, `+` OR between groups; the lines are OR-ed too.
 *
 *     journalmatch = _SYSTEMD_UNIT=ssh.service + _COMM=sshd _UID=0
 *
 * The normal form is one term a line, "+" alone between groups; so a value holds neither
 * LF nor NUL. The empty match is every entry.
 */
#pragma once

#include "base/buf.h"

enum {
    JOURNALMATCH_MAX = 2048,     /* bytes of a normal form */
    JOURNALMATCH_TERMS_MAX = 64, /* of one match, + included */
    JOURNALMATCH_FIELD_MAX = 64, /* bytes of a field's name, as journald has it */
};

/* Adds what one line says to `match`, a normal form. False with what is wrong and what
 * would be right in `why`; then `match` is as before. A blank line adds nothing. */
NODISCARD bool journalmatch_add(struct buf *match, struct span line, struct buf *why);

/* Whether `match` is a normal form within its bounds. */
NODISCARD bool journalmatch_is_normal(struct span match);

/* Appends a normal form as one line that journalmatch_add() reads. */
void journalmatch_text(struct span match, struct buf *out);
