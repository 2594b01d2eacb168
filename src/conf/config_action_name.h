/* config_action_name: what fail2ban calls the actions of a jail: kept for whoever asks
 * (`fail2ban-client get JAIL actions`), whoever carries them out.
 */
#pragma once

#include "conf/config.h"

enum { CONFIG_ACTION_NAMES_MAX = 32 /* of a jail */ };

/* Adds a name, which is copied. False: the jail has too many, or it is none. */
NODISCARD bool config_add_action_name(struct config_jail *j, struct span name);

/* Takes the fields of a CONF_ACTION_NAME, behind those of its jail. False: they are bad.
 */
NODISCARD bool config_take_action_name(struct config *c, struct span fields);
