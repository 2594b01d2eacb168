/* guard_diff: what a new configuration changes: for which roles, and in which jails.
 *
 * Compared is what the roles would be sent (conf/config_wire.h), so that an option that
 * is new there needs no code here.
 */
#pragma once

#include "conf/config.h"
#include "wire/wire.h"

#define ROLE_BIT(role) (1U << (role))

/* The ROLE_BITs of those that would be told something else. O(both configurations). */
unsigned diff_roles(const struct config *old, const struct config *new);

/* Whether the sources are others, or others by their numbers. */
bool diff_sources(const struct config *old, const struct config *new);

/* Appends a line each on the jails that are new, gone, or changed, and on whether the
 * rest changed: "added: a b". Nothing when all is as it was. */
void diff_add(const struct config *old, const struct config *new, struct buf *out);

/* Whether they tell metrics at different places. */
bool diff_metrics(const struct config *old, const struct config *new);

/* Whether they serve fail2ban's clients at different places. */
bool diff_compat(const struct config *old, const struct config *new);
