/* config_action: an action of a jail that is commands: what fail2ban's action.d says,
 * where it is no firewall action that we do ourselves.
 *
 * Part of the configuration. It goes to the runner alone, which runs it (act/actions.h);
 * judge is told how many a jail has.
 */
#pragma once

#include "base/attr.h"

enum {
    CONFIG_ACTIONS_MAX = 1024,          /* of all jails together */
    CONFIG_JAIL_ACTIONS_MAX = 32,       /* of one */
    CONFIG_ACTION_TEXT_MAX = 256 << 10, /* bytes of one command */
    CONFIG_ACTIONS_TEXT_MAX = 16 << 20, /* of all together */
    CONFIG_ACTION_NAME_MAX = 254,
};

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

/* Which log lines a mail has. */
enum action_lines {
    ACTION_LINES_NONE,
    ACTION_LINES_OF_BAN,
    ACTION_LINES_OF_JAIL,
    ACTION_LINES_ALL,
};

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
    /* smtp.py: ACTION_BAN, ACTION_START and ACTION_STOP are commands that get a mail on
     * stdin. NULL: it sends none. */
    char *mail_from, *mail_to;
    char *mail_name; /* of whom they are from, any bytes; NULL with mail_from */
    enum action_lines mail_lines;
};

/* Whether the command of the event and family is the other family's too. */
bool config_action_is_same(const struct config_action *a, enum action_event event);

/* "actionban" and the like, as fail2ban calls them. */
const char *config_action_event_name(enum action_event event);

/* Frees what the action owns and zeroes it. */
void config_action_fini(struct config_action *a);
