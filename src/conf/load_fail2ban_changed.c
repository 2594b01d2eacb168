/* load_fail2ban_changed: the actions of a jail, and what its logs are encoded in, as a
 * client has changed them since. */
#include "base/mem.h"
#include "conf/fail2ban_options.h"
#include "conf/load_fail2ban.h"

static struct fail2ban_action *
find(struct fail2ban_jail *j, struct span name)
{
    for (size_t i = 0; i < j->action_count; i++)
        if (span_eq(name, span_of(j->actions[i].name)))
            return &j->actions[i];
    return NULL;
}

static void
take_away(struct fail2ban_jail *j, struct span name)
{
    struct fail2ban_action *a = find(j, name);
    size_t at = a ? (size_t)(a - j->actions) : 0;

    if (!a)
        return;
    mem_free(a->name);
    mem_free(a->file);
    mem_free(a->path);
    fail2ban_options_fini(&a->options);
    memmove(a, a + 1, (j->action_count - at - 1) * sizeof(*a));
    j->action_count--;
}

/* Of no file, so no firewall action of ours, whatever it is called. */
static void
add(struct fail2ban_jail *j, struct span name)
{
    j->actions = mem_realloc(j->actions, j->action_count + 1, sizeof(*j->actions));
    j->actions[j->action_count++] = (struct fail2ban_action){
        .name = mem_copy_text(name.ptr, name.len), .file = mem_copy_text("", 0)};
}

/* A truth value stays one; an action with a command of the client's is run as it says.
 * NULL: that action is gone. */
static void
set(struct fail2ban_action *a, const struct override_action *to)
{
    static const char *const flags[] = {"norestored", "actionstart_on_demand",
                                        "actionrepair_on_unban"};
    bool is_flag = span_is_one_of(flags, ARRAY_LEN(flags), to->property);

    if (!a)
        return;
    fail2ban_options_set(&a->options, to->property, to->value,
                         (struct fail2ban_place){0});
    if (is_flag)
        fail2ban_option_bool(fail2ban_options_find(&a->options, to->property));
    else if (!a->path && a->file[0] && span_starts(to->property, SPAN("action")))
        a->file[0] = 0;
}

/* Whether the override changes an action of the jail; how goes to `*change`. */
static bool
is_change(const struct config_override *item, const struct fail2ban_jail *j,
          struct override_action *change)
{
    return span_eq(span_of(item->jail), span_of(j->name)) &&
           override_read_action(item, change);
}

void
load_fail2ban_change(const struct config_overrides *o, struct fail2ban_jail *j)
{
    struct override_action change;
    const char *encoding;

    if (!o)
        return;
    encoding = overrides_find(o, span_of(j->name), SPAN(OVERRIDES_ENCODING));
    if (encoding)
        fail2ban_options_set(&j->options, SPAN(OVERRIDES_ENCODING), span_of(encoding),
                             (struct fail2ban_place){0});
    for (size_t i = 0; i < o->count; i++)
        if (is_change(&o->items[i], j, &change) && !change.property.len) {
            take_away(j, change.name);
            if (change.is_new)
                add(j, change.name);
        }
    for (size_t i = 0; i < o->count; i++)
        if (is_change(&o->items[i], j, &change) && change.property.len)
            set(find(j, change.name), &change);
}
