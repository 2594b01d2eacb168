#include "ctl/replay_compare.h"

#include "base/mem.h"

/* --- lines --- */

/* Whether another hit of the line has told of the same: `count` of them before this one.
 */
static bool
is_told(const struct event *e, const struct event *before, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (addr_eq(&e->peer, &before[i].peer) &&
            ledger_is_login(e) == ledger_is_login(&before[i]))
            return true;
    return false;
}

void
compare_take_line(struct compare *c, const struct replay_line *line,
                  const struct event *events)
{
    struct event seen[2 * MATCH_HITS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < (size_t)line->count + line->other_count; i++) {
        struct event e = events[i];

        if (i >= line->count)
            e.filter = c->filters[e.filter];
        if ((!ledger_is_attempt(&e) && !ledger_is_login(&e)) || is_told(&e, seen, count))
            continue;
        seen[count++] = e;
        ledger_event(&c->ledger, &e);
    }
}

void
compare_take_ban(struct compare *c, const struct replay *side, const struct verdict *v)
{
    struct ban_key key = {.jail = v->jail, .who = v->who};
    unsigned s = side == &c->sides[1];
    const struct hole *holes;
    uint32_t count = 0;

    if (v->mode != JAIL_ENFORCE) {
        c->observed[s][v->jail]++;
        return;
    }
    holes = holes_of(&side->decide.holes, &key, &count);
    ledger_add_ban(&c->ledger, s, v, holes, holes ? count : 0);
}

/* --- the two configurations --- */

const struct config_jail *
compare_find_jail(const struct replay *side, const char *name, size_t *number)
{
    for (size_t i = 0; i < side->config.jail_count; i++) {
        if (strcmp(side->config.jails[i].name, name) != 0)
            continue;
        *number = i;
        return &side->config.jails[i];
    }
    return NULL;
}

static bool
is_same_regex(const struct config_regex *a, const struct config_regex *b)
{
    return a->kind == b->kind && a->event == b->event &&
           strcmp(a->pattern, b->pattern) == 0;
}

/* Whether both find the same in every line. */
static bool
is_same_filter(const struct config_filter *a, const struct config_filter *b)
{
    if (strcmp(a->name, b->name) != 0 || strcmp(a->daemon, b->daemon) != 0 ||
        strcmp(a->datepattern, b->datepattern) != 0 ||
        strcmp(a->timezone, b->timezone) != 0 || a->event != b->event ||
        a->maxlines != b->maxlines || a->usedns != b->usedns ||
        a->regex_count != b->regex_count)
        return false;
    for (size_t i = 0; i < a->regex_count; i++)
        if (!is_same_regex(&a->regexes[i], &b->regexes[i]))
            return false;
    return true;
}

static bool
has_same_filters(const struct config *a, const struct config *b)
{
    if (a->filter_count != b->filter_count)
        return false;
    for (size_t i = 0; i < a->filter_count; i++)
        if (!is_same_filter(&a->filters[i], &b->filters[i]))
            return false;
    return true;
}

/* Filters of one name are one, so that two lines of an attempt are known as such. */
static void
number_filters(struct compare *c)
{
    const struct config *a = &c->sides[0].config, *b = &c->sides[1].config;

    for (size_t i = 0; i < b->filter_count; i++) {
        c->filters[i] = (uint16_t)(CONFIG_FILTERS_MAX + i);
        for (size_t k = 0; k < a->filter_count; k++)
            if (strcmp(a->filters[k].name, b->filters[i].name) == 0)
                c->filters[i] = (uint16_t)k;
    }
}

static bool
load_side(struct compare *c, unsigned side)
{
    bool is_builtin = strcmp(c->names[side], "default") == 0;

    return replay_load(&c->sides[side], is_builtin ? NULL : c->names[side]);
}

static bool
load_both(struct compare *c)
{
    if (!load_side(c, 0))
        return false;
    if (!load_side(c, 1)) {
        replay_unload(&c->sides[0]);
        return false;
    }
    number_filters(c);
    if (has_same_filters(&c->sides[0].config, &c->sides[1].config)) {
        matcher_free(c->sides[1].matcher);
        c->sides[1].matcher = NULL;
    }
    return true;
}

/* --- the command --- */

static bool
is_asked_well(const struct ctl_args *args, struct buf *error)
{
    if (args->given[OPT_CONFIG])
        buf_add_text(error, "--config: not with --compare, which names both");
    else if (args->word_count < 3)
        buf_add_text(error, "--compare: two folders of configuration and a LOG are "
                            "needed; default is the one built in");
    else
        return true;
    return false;
}

static enum ctl_exit
run(struct compare *c)
{
    struct replay *a = &c->sides[0];
    enum ctl_exit code;

    a->start_us = a->shown_us = a->env->boot_us();
    code = replay_run_logs(a);
    if (a->write_error != 0)
        return code;
    ledger_finish(&c->ledger, &c->end);
    compare_finish_found(c);
    if (c->is_json || c->is_lines)
        compare_print_json(c);
    else
        compare_print(c);
    ledger_end_fini(&c->end);
    return code;
}

enum ctl_exit
compare_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o)
{
    struct compare *c;
    enum ctl_exit code = CTL_USAGE;

    if (!is_asked_well(args, &o->error))
        return CTL_USAGE;
    c = mem_zalloc(1, sizeof(*c));
    c->o = o;
    c->is_json = args->given[OPT_JSON];
    c->is_lines = args->given[OPT_JSONL];
    for (unsigned side = 0; side < LEDGER_SIDES; side++) {
        c->names[side] = args->words[side];
        c->sides[side] = (struct replay){.env = env,
                                         .o = o,
                                         .compare = c,
                                         .is_observed_too = args->given[OPT_OBSERVED]};
        replay_print_init(&c->sides[side]);
    }
    c->sides[0].other = &c->sides[1];
    ledger_init(&c->ledger);
    if (replay_find_logs(&c->sides[0], args, args->words + LEDGER_SIDES,
                         args->word_count - LEDGER_SIDES) &&
        load_both(c)) {
        code = run(c);
        replay_unload(&c->sides[0]);
        replay_unload(&c->sides[1]);
    }
    ledger_fini(&c->ledger);
    twins_fini(&c->alerts);
    twins_fini(&c->campaigns);
    replay_fini(&c->sides[1]);
    replay_fini(&c->sides[0]);
    mem_free(c);
    return code;
}
