/* load_fail2ban: jails of a fail2ban configuration as jails of ours.
 *
 * Each is written as a section of a jail.conf that nobody wrote, with the places of what
 * fail2ban's files say, and read as any other: so what is wrong is told as for those.
 */
#pragma once

#include "conf/fail2ban.h"
#include "conf/fail2ban_native.h"
#include "conf/filter.h"
#include "conf/load_internal.h"

/* What is known of a jail before it is written. */
struct fail2ban_plan {
    const struct fail2ban_jail *jail;
    bool has_native;               /* a firewall action of it is ours */
    struct fail2ban_native native; /* what it closes */
    bool is_watching;              /* it has no action at all: nobody is banned */
    bool has_commands;             /* it has actions that are commands, or send mail */
    bool is_added;                 /* by a client, who says where it reads */
};

/* Writes the plan as the one section of the zeroed `*out`. False after telling `e` what
 * cannot be written; `notes` hears what is taken otherwise than it stands there. */
NODISCARD bool fail2ban_write_jail(const struct fail2ban_plan *p, struct ini *out,
                                   struct conf_errors *e, struct conf_errors *notes);

/* Tells the administrator something of an action. */
typedef void fail2ban_note(void *ctx, const char *format, ...) PRINTF(2, 3);

/* What somebody who has an action in Python can use in its place. */
const char *fail2ban_in_place_of(const struct fail2ban_action *a);

/* Whether it is the action that sends mail. */
bool fail2ban_is_smtp(const struct fail2ban_action *a);

/* An action that is no firewall action of ours, but for its jail; what differs from what
 * fail2ban does is noted. False, after a note: it cannot be run. */
NODISCARD bool fail2ban_read_config_action(const struct fail2ban_action *a,
                                           struct config_action *out, fail2ban_note *note,
                                           void *ctx);

/* Changes the actions of a jail, and its `logencoding`, as clients have said
 * (conf/override.h); `o` may be NULL. */
void load_fail2ban_change(const struct config_overrides *o, struct fail2ban_jail *j);

/* Reads `fail2ban` and `native-actions` of [komainu] and adds the jails; those that
 * cannot be taken are told in the notes of the configuration, unless none is left. */
void load_fail2ban(struct loading *l, const struct section *komainu);

/* Takes loglevel and logtarget of fail2ban.conf, where it says them and [komainu] does
 * not. */
void load_fail2ban_server(struct loading *l, const struct fail2ban *f,
                          const struct section *komainu);

/* Reads the one jail of `ini` into the configuration; load_jail.c. */
void load_one_jail(struct loading *l, const struct ini *ini,
                   const struct ini_section *section);

/* Makes `f`, which has no files, the filter of a jail of fail2ban's, and `key` what tells
 * it from others. */
void load_fail2ban_filter(const struct section *s, struct filter *f, struct buf *key);
