/* spf_users: knobs of SPF that recipients have for themselves, in the file of
 * policyd-spf's Per_User (policyd-spf.peruser(5)):
 *
 *     # comment
 *     anna@example.net,Mail_From_reject=Softfail|HELO_reject=No_Check
 *
 * What a line does not say is as [spf] has it. Addresses are compared without regard to
 * case; the first of two lines counts. Read anew when the file changes: who holds one
 * goes on with what it was.
 */
#pragma once

#include "conf/spf_knobs.h"
#include "gate/access_file.h"

enum { SPF_USERS_MAX = 65536, SPF_USER_LINE_MAX = 8192 };

struct spf_users;

/* Reads a file's text; `base` is what [spf] says, whose texts must outlive it. NULL with
 * what is wrong in `why`, and its line, from 1, in `*line`. Else held once. */
NODISCARD struct spf_users *spf_users_read(struct span text, const struct spf_knobs *base,
                                           struct buf *why, unsigned *line);

/* Holds it once more. */
struct spf_users *spf_users_hold(struct spf_users *users);

/* Lets go; what nobody holds is freed. NULL is legal. */
void spf_users_drop(struct spf_users *users);

/* The knobs of a recipient, as long as `users` is held; NULL: it has none. O(log n). */
const struct spf_knobs *spf_users_find(const struct spf_users *users,
                                       struct span recipient);
