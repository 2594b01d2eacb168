#include "conf/load_fail2ban.h"

#include <stdarg.h>

#include "base/mem.h"
#include "conf/config_action_name.h"
#include "conf/encoding.h"
#include "conf/fail2ban_options.h"

/* The directory on its way into the configuration. */
struct taking {
    struct loading *l;
    bool is_native; /* firewall actions are done by us */
    size_t taken;
    struct buf refusals; /* why jails are not taken, lines as of conf_error() */
    struct conf_errors refused;
};

static void note(struct loading *l, const struct fail2ban_jail *j, const char *format,
                 ...) PRINTF(3, 4);

/* Says something of an action, where the jail's actions stand, or else the jail. */
static void
note(struct loading *l, const struct fail2ban_jail *j, const char *format, ...)
{
    const struct fail2ban_option *o = fail2ban_option(&j->options, "action");
    bool has_place = o && o->file;
    char message[CONF_ERROR_BYTES_MAX];
    va_list args;

    va_start(args, format);
    must(vsnprintf(message, sizeof(message), format, args) >= 0);
    va_end(args);
    conf_error(&l->notes, has_place ? o->file : j->file, has_place ? o->line : j->line,
               "[%s] %s", j->name, message);
}

void
load_fail2ban_filter(const struct section *s, struct filter *f, struct buf *key)
{
    static const char *const names[] = {"failregex",    "ignoreregex", "prefregex",
                                        "maxlines",     "datepattern", "usedns",
                                        "journalmatch", "logtimezone"};
    const struct ini_option *o;

    f->ini.files = mem_zalloc(1, sizeof(char *));
    f->ini.files[0] = mem_copy_text(f->file, strlen(f->file));
    f->ini.file_count = 1;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        o = ini_own(s->expand.ini, s->expand.section, span_of(names[i]), 0);
        buf_printf(key, "\n%s=", names[i]);
        buf_add_text(key, o ? o->value : "");
    }
}

/* Which of the jail's actions is the firewall's, and what it closes: the first; but every
 * port, when one of them closes every port. */
static void
plan_actions(const struct taking *t, struct fail2ban_plan *p)
{
    p->is_watching = p->jail->action_count == 0;
    for (size_t i = 0; i < p->jail->action_count; i++)
        p->has_commands |=
            !p->jail->actions[i].path || fail2ban_is_smtp(&p->jail->actions[i]);
    for (size_t i = 0; t->is_native && i < p->jail->action_count; i++) {
        struct fail2ban_native n = {0};

        if (!fail2ban_native(&p->jail->actions[i], &n))
            continue;
        if (!p->has_native || (n.is_all && !p->native.is_all)) {
            fail2ban_native_fini(&p->native);
            p->native = n;
        } else {
            fail2ban_native_fini(&n);
        }
        p->has_native = true;
    }
}

/* Adds a line of what is wrong with a jail: behind the place stands whose it is. */
static void
add_reason(struct taking *t, const struct fail2ban_jail *j, struct span line)
{
    struct span place, text;

    if (span_cut(line, SPAN(": "), &place, &text) && !span_starts(text, SPAN("["))) {
        buf_add(&t->refusals, place);
        buf_printf(&t->refusals, ": [%s] ", j->name);
        line = text;
    }
    buf_add(&t->refusals, line);
    buf_add_byte(&t->refusals, '\n');
}

/* Adds what is wrong with a jail, and that it is left out. */
static void
refuse(struct taking *t, const struct fail2ban_jail *j, const struct buf *why)
{
    struct span rest = buf_span(why), line;

    while (span_line(&rest, &line))
        add_reason(t, j, line);
    t->refused.count++;
    conf_error(&t->refused, j->file, j->line, "jail `%s` is left out", j->name);
}

/* Writes the jail, with what was set of it since. */
static bool
write_jail(struct taking *t, const struct fail2ban_plan *p, struct ini *ini,
           struct conf_errors *errors)
{
    if (!fail2ban_write_jail(p, ini, errors, &t->l->notes))
        return false;
    if (t->l->request->overrides)
        overrides_append(t->l->request->overrides, true, ini, errors);
    return true;
}

/* Whether the jail can be read, tried where nothing is kept of it. */
static bool
is_good(struct taking *t, const struct fail2ban_plan *p, struct ini *ini)
{
    struct buf why = {0};
    struct loading trial = {.request = t->l->request,
                            .layers = t->l->layers,
                            .errors = {.text = &why},
                            .out = {.scope_count = 1},
                            .is_observing = t->l->is_observing,
                            .is_fail2ban = true};

    if (write_jail(t, p, ini, &trial.errors))
        load_one_jail(&trial, ini, &ini->sections[0]);
    for (size_t i = 0; i < CONFIG_FILTERS_MAX; i++)
        mem_free(trial.filter_keys[i]);
    config_fini(&trial.out);
    if (trial.errors.count)
        refuse(t, p->jail, &why);
    buf_fini(&why);
    return trial.errors.count == 0;
}

/* Whom a note of an action is for. */
struct noting {
    struct loading *l;
    const struct fail2ban_jail *jail;
};

static void note_action(void *ctx, const char *format, ...) PRINTF(2, 3);

static void
note_action(void *ctx, const char *format, ...)
{
    struct noting *n = ctx;
    char message[CONF_ERROR_BYTES_MAX];
    va_list args;

    va_start(args, format);
    must(vsnprintf(message, sizeof(message), format, args) >= 0);
    va_end(args);
    note(n->l, n->jail, "%s", message);
}

/* Adds a command action of the last jail. */
static void
add_action(struct loading *l, const struct fail2ban_jail *j,
           const struct fail2ban_action *a)
{
    struct noting noting = {l, j};
    struct config *c = &l->out;
    struct config_action action;

    if (c->action_count == CONFIG_ACTIONS_MAX) {
        conf_error(&l->errors, j->file, j->line, "[%s] more than %d actions are commands",
                   j->name, CONFIG_ACTIONS_MAX);
        return;
    }
    if (!fail2ban_read_config_action(a, &action, note_action, &noting))
        return;
    action.jail = (uint16_t)(c->jail_count - 1);
    c->actions = mem_realloc(c->actions, c->action_count + 1, sizeof(*c->actions));
    c->actions[c->action_count++] = action;
    c->jails[action.jail].actions++;
}

/* The actions that the firewall is not: commands, and Python's. */
static void
add_actions(struct taking *t, const struct fail2ban_plan *p)
{
    struct config *c = &t->l->out;

    for (size_t i = 0; i < p->jail->action_count; i++) {
        const struct fail2ban_action *a = &p->jail->actions[i];
        struct fail2ban_native n = {0};
        bool is_native = t->is_native && fail2ban_native(a, &n);

        if (is_native && n.note)
            note(t->l, p->jail, "action `%s`: %s", a->name, n.note);
        fail2ban_native_fini(&n);
        if (!is_native)
            add_action(t->l, p->jail, a);
    }
    if (!p->has_native)
        c->jails[c->jail_count - 1].is_by_commands =
            c->jails[c->jail_count - 1].actions > 0;
}

/* What the actions of the last jail are called, whoever carries them out. */
static void
add_names(struct loading *l, const struct fail2ban_jail *j)
{
    struct config_jail *to = &l->out.jails[l->out.jail_count - 1];

    for (size_t i = 0; i < j->action_count; i++)
        if (!config_add_action_name(to, span_of(j->actions[i].name)))
            note(l, j, "action `%.80s` is not listed", j->actions[i].name);
}

static void
give_encoding(struct loading *l, const struct fail2ban_jail *j)
{
    const struct fail2ban_option *o = fail2ban_option(&j->options, "logencoding");
    struct span name = o ? span_trim(span_of(o->text)) : (struct span){0};
    struct config_jail *to = &l->out.jails[l->out.jail_count - 1];

    if (name.len && !span_eq_nocase(name, SPAN("auto")))
        to->encoding = mem_copy_text(name.ptr, name.len);
    if (name.len && to->filter < l->out.filter_count &&
        encoding_kind(name) == ENCODING_OTHER)
        l->out.filters[to->filter].dialect = FILTER_BYTES;
}

/* They are kept for whoever asks what they are; the files they came from are not. */
static void
give_actions(struct loading *l, struct fail2ban_jail *j)
{
    struct config_jail *to = &l->out.jails[l->out.jail_count - 1];

    for (size_t i = 0; i < j->action_count; i++)
        for (size_t k = 0; k < j->actions[i].options.count; k++)
            j->actions[i].options.at[k].file = NULL;
    to->told_actions = j->actions;
    to->told_action_count = j->action_count;
    j->actions = NULL;
    j->action_count = 0;
}

static bool
is_taken(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (strcmp(c->jails[i].name, name) == 0)
            return true;
    return false;
}

/* Whether somebody has stopped the jail since (fail2ban-client stop JAIL). */
static bool
is_stopped(const struct taking *t, const struct fail2ban_jail *j)
{
    const struct config_overrides *o = t->l->request->overrides;
    const char *enabled = o ? overrides_find(o, span_of(j->name), SPAN("enabled")) : NULL;

    return enabled && strcmp(enabled, "no") == 0;
}

static void
take_jail(struct taking *t, struct fail2ban_jail *j)
{
    struct loading *l = t->l;
    struct fail2ban_plan p = {.jail = j};
    struct ini ini = {0};

    if (j->refused) { /* why was told */
        conf_error(&t->refused, j->file, j->line, "jail `%s` is left out", j->name);
        return;
    }
    if (is_taken(&l->out, j->name)) {
        conf_error(&l->errors, j->file, j->line,
                   "jail `%s` is enabled here and in our own configuration; disable one "
                   "of the two",
                   j->name);
        return;
    }
    if (is_stopped(t, j)) {
        t->taken++;
        return;
    }
    load_fail2ban_change(l->request->overrides, j);
    plan_actions(t, &p);
    /* Whose actions are all left out goes on to count. */
    p.is_watching |= !p.has_native && !p.has_commands;
    if (is_good(t, &p, &ini)) {
        l->is_fail2ban = true;
        load_one_jail(l, &ini, &ini.sections[0]);
        l->is_fail2ban = false;
        t->taken++;
        add_names(l, j);
        if (p.is_watching)
            note(l, j, "there is no action: nobody is banned");
        add_actions(t, &p);
        give_actions(l, j);
        give_encoding(l, j);
    }
    ini_fini(&ini);
    fail2ban_native_fini(&p.native);
}

/* Says what was wrong: as notes where something is left that guards, else as errors. */
static void
tell(struct taking *t, const struct fail2ban *f)
{
    struct conf_errors *to = t->taken ? &t->l->notes : &t->l->errors;
    struct span rest = buf_span(&t->refusals), line;

    while (span_line(&rest, &line)) {
        buf_add(to->text, line);
        buf_add_byte(to->text, '\n');
        to->count++;
    }
    if (t->taken == 0 && f->jail_count && t->l->errors.count == 0)
        conf_error(&t->l->errors, f->directory, 0, "no jail can be taken");
}

static void
take_directory(struct taking *t, const char *directory, const struct section *komainu)
{
    struct fail2ban_request request = {
        .directory = directory, .files = t->l->request->fail2ban, .is_blind = true};
    struct fail2ban f;

    t->refused = (struct conf_errors){.text = &t->refusals};
    fail2ban_read(&request, &f, &t->refused);
    load_fail2ban_server(t->l, &f, komainu);
    for (size_t i = 0; i < f.jail_count; i++)
        take_jail(t, &f.jails[i]);
    tell(t, &f);
    fail2ban_fini(&f);
    buf_fini(&t->refusals);
}

/* A jail that a client has added since: without actions, but for those that it has added,
 * it bans nobody. What is wrong with it is an error, of which the client hears. */
static void
take_added(struct taking *t, char *name)
{
    struct fail2ban_jail j = {.name = name, .file = OVERRIDES_FILE};
    struct fail2ban_plan p = {.jail = &j, .is_added = true};
    struct loading *l = t->l;
    size_t before = l->out.jail_count;
    struct ini ini = {0};

    if (is_taken(&l->out, name)) {
        note(l, &j, "stands in the files now, which have the last word");
        return;
    }
    load_fail2ban_change(l->request->overrides, &j);
    plan_actions(t, &p);
    l->is_fail2ban = l->is_added = true;
    if (write_jail(t, &p, &ini, &l->errors))
        load_one_jail(l, &ini, &ini.sections[0]);
    l->is_fail2ban = l->is_added = false;
    if (l->out.jail_count > before) {
        add_names(l, &j);
        add_actions(t, &p);
        give_actions(l, &j);
        give_encoding(l, &j);
    }
    fail2ban_actions_fini(j.actions, j.action_count);
    fail2ban_options_fini(&j.options);
    ini_fini(&ini);
}

void
load_fail2ban(struct loading *l, const struct section *komainu)
{
    const struct config_overrides *o = l->request->overrides;
    struct taking t = {.l = l};
    struct section_value native = {0};

    if (!section_get(komainu, "native-actions", &native))
        return;
    t.is_native = native.value.number != 0;
    section_value_fini(&native);
    if (l->fail2ban[0])
        take_directory(&t, l->fail2ban, komainu);
    for (size_t i = 0; o && i < o->count; i++)
        if (strcmp(o->items[i].option, OVERRIDES_ADDED) == 0)
            take_added(&t, o->items[i].jail);
}
