/* enforcer_parts: what enforcer.c (judge), enforcer_table.c (the table) and
 * enforcer_watch.c (addresses, routes, UDP servers) call of each other. Private. */
#pragma once

#include "enforce/enforcer.h"

/* Sends the state when it changed, and whatever was appended before. */
void enforcer_tell(struct enforcer *e);

/* Judge has sent every ban: what was kept of former scopes is removed, and the rate of
 * bans counts again. */
void enforcer_synced(struct enforcer *e);

/* Judge says that the machine was suspended: when that is so, asks it for every ban,
 * because the timeouts in the kernel stood still. */
void enforcer_slept(struct enforcer *e);

/* At start: keeps what it can of a table of ours, else builds one, unless panic is on. 0,
 * or a negative errno. Watches the table from then on. */
NODISCARD int enforcer_take_over(struct enforcer *e);

/* Makes the table anew, unless panic is on, and asks judge for every ban; at most
 * ENFORCER_REBUILDS_PER_S times a second, else a little later. */
void enforcer_rebuild(struct enforcer *e, enum resync_why why);

/* Puts UDP servers, own addresses, gateways and whom a person allows, as they are now,
 * into the table that is there. 0, or a negative errno. */
NODISCARD int enforcer_refill(struct enforcer *e);

/* The same where there is a table; one that is gone is made anew, and an error is said in
 * the log. */
void enforcer_put_exceptions(struct enforcer *e);

/* At start: reads addresses, gateways and UDP servers, and watches them from then on. 0,
 * or a negative errno. */
NODISCARD int enforcer_start_watching(struct enforcer *e);

/* At start: samples the connections from then on, if a rule wants that. */
void enforcer_start_slots(struct enforcer *e);

/* Removes every own address and gateway from the sets. For a table that was kept. */
void enforcer_lift_all(struct enforcer *e);

/* Reads what the kernel holds of bans, and tells judge. O(elements), and above 100,000
 * far more; at most 131,072 are told. */
void enforcer_list_held(struct enforcer *e);

/* Sends as much of that as judge's socket takes. */
void enforcer_tell_held(struct enforcer *e);
