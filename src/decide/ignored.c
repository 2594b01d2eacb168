/* ignored: whose failures a jail does not count. */
#include "decide/decide_internal.h"

static bool
is_in(const struct addr *list, size_t count, const struct addr *who)
{
    for (size_t i = 0; i < count; i++)
        if (addr_contains(&list[i], who))
            return true;
    return false;
}

static bool
is_named(const struct decide *d, uint16_t jail, const struct addr *who)
{
    for (size_t i = 0; i < d->named_count; i++)
        if (d->named[i].jail == jail && addr_contains(&d->named[i].who, who))
            return true;
    return false;
}

enum decide_ignored
decide_ignored_by(const struct decide *d, uint16_t jail, const struct addr *who)
{
    const struct config_jail *j = &d->config->jails[jail];

    if (j->is_self_ignored && is_in(d->own, d->own_count, who))
        return DECIDE_BY_SELF;
    if (is_in(j->ignore, j->ignore_count, who))
        return DECIDE_BY_ADDRESS;
    return is_named(d, jail, who) ? DECIDE_BY_NAME : DECIDE_NOT_IGNORED;
}

bool
decide_ignores(const struct decide *d, uint16_t jail, const struct addr *who)
{
    const struct config_jail *j = &d->config->jails[jail];

    if (!j->ignore_count && !d->named_count && !(j->is_self_ignored && d->own_count))
        return false;
    return decide_ignored_by(d, jail, who) != DECIDE_NOT_IGNORED;
}
