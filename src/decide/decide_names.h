/* decide_names: what the numbers and keys of verdicts and bans stand for. */
#pragma once

#include "base/addr.h"
#include "base/span.h"

struct decide;
struct ban_key;

/* An address that a name in `ignoreip` of a jail stands for. */
struct decide_named {
    uint16_t jail;
    struct addr who;
};

/* The jail in slot `i` of 0 .. jail_count, the last of which is JAIL_MANUAL: to go
 * through all of them. */
uint16_t decide_jail_at(const struct decide *d, size_t i);

enum { DECIDE_NO_SCOPE = 0xFFFE };

/* The scope of a jail number; 0 for JAIL_MANUAL; DECIDE_NO_SCOPE when the firewall has
 * nothing to do with its bans. */
uint16_t decide_scope(const struct decide *d, uint16_t jail);

/* The same for a ban: DECIDE_NO_SCOPE, too, when it is of an id that is no address. */
uint16_t decide_scope_of(const struct decide *d, const struct ban_key *key);

/* The name of a jail number; "manual" for JAIL_MANUAL. */
const char *decide_jail_name(const struct decide *d, uint16_t jail);

/* By what a jail counts `who`: itself or a prefix around it; family 0: by neither. */
struct addr decide_count_key(const struct decide *d, uint16_t jail,
                             const struct addr *who);

/* By what a rule counts an account; family 0: not by accounts. */
struct addr decide_account_key(const struct decide *d, uint16_t jail,
                               struct span account);

/* The tag of an account, as trust and marks have it; never 0. */
uint64_t decide_account(const struct decide *d, struct span account);
