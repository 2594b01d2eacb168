#include "conf/config_action_name.h"

#include "base/mem.h"
#include "wire/wire.h"

enum { NAME_MAX_BYTES = 254 };

bool
config_add_action_name(struct config_jail *j, struct span name)
{
    if (j->action_name_count == CONFIG_ACTION_NAMES_MAX || name.len == 0 ||
        name.len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f)
            return false;
    j->action_names =
        mem_realloc(j->action_names, j->action_name_count + 1, sizeof(char *));
    j->action_names[j->action_name_count++] = mem_copy_text(name.ptr, name.len);
    return true;
}

bool
config_take_action_name(struct config *c, struct span fields)
{
    struct wire_conf_action_name m;

    return wire_get_conf_action_name(fields, &m) && m.jail + 1U == c->jail_count &&
           config_add_action_name(&c->jails[m.jail], m.name);
}
