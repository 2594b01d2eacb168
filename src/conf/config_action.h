/* config_action: an action of a jail that is commands: what fail2ban's action.d says,
 * where it is no firewall action that we do ourselves.
 *
 * Part of the configuration. It goes to the runner alone; nothing runs it yet.
 */
#pragma once

#include "base/attr.h"

enum action_event {
    ACTION_START,
    ACTION_STOP,
    ACTION_CHECK,
    ACTION_BAN,
    ACTION_UNBAN,
    ACTION_PROLONG,
    ACTION_REBAN,
    ACTION_FLUSH,
    ACTION_RELOAD,
    ACTION_REPAIR,
    ACTION_EVENTS,
};

/* Which addresses a command is for. */
enum action_family { ACTION_INET4, ACTION_INET6, ACTION_FAMILIES };

struct config_action {
    uint16_t jail; /* index into jails */
    char *name;
    /* Shell text in which what only a ban knows is still a <tag>; "" does nothing.
     * Without families the two of an event are the same. */
    char *commands[ACTION_EVENTS][ACTION_FAMILIES];
    int64_t timeout_s;
    bool has_families;         /* start, stop and flush are run for each */
    bool is_started_on_demand; /* at the first ban of a family, not with the jail */
    bool is_repaired_on_unban;
    bool is_for_new; /* norestored: not for bans that were there at the start */
};

/* "actionban" and the like, as fail2ban calls them. */
const char *config_action_event_name(enum action_event event);

/* Frees what the action owns and zeroes it. */
void config_action_fini(struct config_action *a);
