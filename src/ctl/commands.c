#include "ctl/commands.h"

#include "ctl/ask.h"

static const struct ctl_group groups[] = {
    {{"Look", "見る"}, commands_look},
    {{"Act", "手を打つ"}, commands_act},
    {{"While SMTP is talking", "SMTP の対話中"}, commands_gate},
    {{"Try out", "試す"}, commands_try},
    {{"The guard itself", "番人の設定と保守"}, commands_keep},
    {{NULL}, NULL},
};

/* Not shown. */
static const struct ctl_command hidden[] = {
    {
        .name = "complete",
        .usage = "bans|jails|allowed [BEGINNING]",
        .min_words = 1,
        .max_words = 2,
        .options = TALKS,
        .summary = {"Print what a word can be completed to", "語の補完の候補を出す"},
        .help = {"Prints one word a line; nothing at all when no guard answers.\n",
                 "一行に一語を出します。番人が答えなければ何も出しません。\n"},
        .fn = ask_complete,
    },
    {.name = NULL},
};

const struct ctl_group *
ctl_groups(void)
{
    return groups;
}

const struct ctl_command *
ctl_command_at(size_t i)
{
    for (const struct ctl_group *g = groups; g->commands; g++) {
        for (const struct ctl_command *c = g->commands; c->name; c++) {
            if (!i--)
                return c;
        }
    }
    return NULL;
}

static const struct ctl_command *
find(const struct ctl_command *among, struct span name)
{
    for (; among->name; among++) {
        if (span_eq(span_of(among->name), name))
            return among;
    }
    return NULL;
}

const struct ctl_command *
ctl_command_find(const char *name)
{
    const struct ctl_command *found = find(hidden, span_of(name));

    for (const struct ctl_group *g = groups; g->commands && !found; g++)
        found = find(g->commands, span_of(name));
    return found;
}
