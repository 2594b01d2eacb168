/* override_jail: jails as a whole, made, stopped and started. */
#include "conf/override.h"

bool
overrides_is_added(const struct config_overrides *o, struct span jail)
{
    return overrides_find(o, jail, SPAN(OVERRIDES_ADDED)) != NULL;
}

enum override_put
overrides_stop(struct config_overrides *o, struct span jail)
{
    if (!overrides_is_added(o, jail))
        return overrides_put(o, jail, SPAN("enabled"), SPAN("no"));
    (void)overrides_drop(o, jail); /* there is something */
    return OVERRIDE_PUT;
}

bool
overrides_start(struct config_overrides *o, struct span jail)
{
    const char *idle = overrides_find(o, jail, SPAN("idle"));
    bool is_stopped = overrides_drop_option(o, jail, SPAN("enabled"));

    return (idle && strcmp(idle, "yes") == 0 &&
            overrides_drop_option(o, jail, SPAN("idle"))) ||
           is_stopped;
}
