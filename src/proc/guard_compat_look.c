/* guard_compat_look: what komainud knows and judge does not: what an action is, and what
 * somebody wrote. */
#include "conf/fail2ban.h"
#include "guard_parts.h"

enum { ACTION_TEXT_MAX = 32000 };

static const struct fail2ban_action *
action_of(const struct guard *g, struct span jail, struct span name)
{
    for (size_t i = 0; i < g->config.jail_count; i++) {
        const struct config_jail *j = &g->config.jails[i];

        for (size_t k = 0; span_eq(jail, span_of(j->name)) && k < j->told_action_count;
             k++)
            if (span_eq(name, span_of(j->told_actions[k].name)))
                return &j->told_actions[k];
    }
    return NULL;
}

/* ignorecommand, count and seconds of ignorecache, logencoding, bantime.*; nothing where
 * there is none, or nobody said so. */
static void
add_asked(const struct config *c, const struct config_jail *j, struct span option,
          struct buf *text)
{
    if (span_take(&option, SPAN("bantime.")))
        increment_add_said(&j->increment, option, text);
    else if (span_eq(option, SPAN(OVERRIDES_ENCODING)))
        buf_add_text(text, j->encoding ? j->encoding : "");
    else if (j->ask.command < 0)
        return;
    else if (span_eq(option, SPAN("ignorecommand")))
        buf_add_text(text, c->notify.commands[j->ask.command].text);
    else if (j->ask.cached)
        buf_printf(text, "%u %lld", j->ask.cached, (long long)j->ask.cache_s);
}

static void
tell_asked(struct guard *g, const struct wire_compat_order *m)
{
    struct buf text = {0};

    for (size_t i = 0; i < g->config.jail_count; i++)
        if (span_eq(m->jail, span_of(g->config.jails[i].name)))
            add_asked(&g->config, &g->config.jails[i], m->option, &text);
    guard_tell_compat(g, m->id, ANSWER_DONE, buf_span(&text));
    buf_fini(&text);
}

/* BAD_REQUEST: it has no such option; NO_MATCH: there is no such action. */
static void
tell_action(struct guard *g, const struct wire_compat_order *m)
{
    const struct fail2ban_action *a = action_of(g, m->jail, m->value);
    struct buf text = {0};
    bool is_found = m->option.len == 0;

    for (size_t i = 0; a && i < a->options.count; i++) {
        const struct fail2ban_option *o = &a->options.at[i];

        if (m->option.len == 0) {
            buf_printf(&text, "%s\n", o->name);
        } else if (span_eq(m->option, span_of(o->name))) {
            buf_add_text(&text, o->text);
            is_found = true;
        }
    }
    if (text.len > ACTION_TEXT_MAX)
        guard_tell_compat(g, m->id, ANSWER_REFUSED, SPAN("it is too long to be shown"));
    else
        guard_tell_compat(g, m->id,
                          !a         ? ANSWER_NO_MATCH
                          : is_found ? ANSWER_DONE
                                     : ANSWER_BAD_REQUEST,
                          buf_span(&text));
    buf_fini(&text);
}

void
guard_look_compat(struct guard *g, const struct wire_compat_order *m)
{
    if (m->value.len)
        tell_action(g, m);
    else
        tell_asked(g, m);
}
