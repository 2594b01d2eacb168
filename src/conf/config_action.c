#include "conf/config_action.h"

#include "base/mem.h"

const char *
config_action_event_name(enum action_event event)
{
    static const char *const names[ACTION_EVENTS] = {
        "actionstart",   "actionstop",  "actioncheck", "actionban",    "actionunban",
        "actionprolong", "actionreban", "actionflush", "actionreload", "actionrepair"};

    return event < ACTION_EVENTS ? names[event] : "";
}

void
config_action_fini(struct config_action *a)
{
    for (size_t i = 0; i < ACTION_EVENTS; i++)
        for (size_t k = 0; k < ACTION_FAMILIES; k++)
            mem_free(a->commands[i][k]);
    mem_free(a->name);
    *a = (struct config_action){0};
}
