#include "compat/dump.h"

#include "base/mem.h"
#include "compat/dump_value.h"
#include "conf/fail2ban_args.h"
#include "conf/fail2ban_repr.h"
#include "conf/fail2ban_time.h"

/* The commands of one jail, in the order in which the server gets them. */
struct stream {
    struct dump_value *at;
    size_t count, room;
};

/* Makes place for a command at `index` and returns it, an empty list. */
static struct dump_value *
insert_command(struct stream *s, size_t index)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->at = mem_realloc(s->at, s->room, sizeof(*s->at));
    }
    memmove(&s->at[index + 1], &s->at[index], (s->count - index) * sizeof(*s->at));
    s->count++;
    s->at[index] = (struct dump_value){.kind = DUMP_LIST};
    return &s->at[index];
}

static struct dump_value *
add_command(struct stream *s, const char *verb, const char *jail, const char *what)
{
    struct dump_value *c = insert_command(s, s->count);

    dump_value_text(c, span_of(verb));
    dump_value_text(c, span_of(jail));
    if (what)
        dump_value_text(c, span_of(what));
    return c;
}

static void
add_option_value(struct dump_value *c, const struct fail2ban_option *o)
{
    struct dump_value *v = dump_value_add(c, DUMP_NONE);

    if (o->type == FAIL2BAN_TEXT)
        v->kind = DUMP_TEXT;
    else if (o->type != FAIL2BAN_NONE)
        v->kind = DUMP_BARE;
    v->text = span_of(o->text);
}

/* Expressions: one is set, several are set together, none says nothing. */
static void
add_expressions(struct stream *s, const char *jail, const struct fail2ban_option *o)
{
    const char *what = o->name[0] == 'f' ? "addfailregex" : "addignoreregex";
    struct span rest = span_of(o->text), line, first = {0};
    size_t count = 0;
    struct dump_value *c;

    while (span_line(&rest, &line))
        if (line.len && count++ == 0)
            first = line;
    if (count == 0)
        return;
    c = add_command(s, count > 1 ? "multi-set" : "set", jail, what);
    if (count == 1) {
        dump_value_text(c, first);
        return;
    }
    c = dump_value_add(c, DUMP_LIST);
    rest = span_of(o->text);
    while (span_line(&rest, &line))
        if (line.len)
            dump_value_text(c, line);
}

/* What is wanted of a journal, a command for each line, in words as a shell has them. */
static void
add_matches(struct stream *s, const char *jail, const struct fail2ban_option *o)
{
    struct span rest = span_of(o->text), line;
    struct buf word = {0};
    bool is_open;

    while (span_line(&rest, &line)) {
        struct dump_value *c;

        if (line.len == 0)
            continue;
        c = add_command(s, "set", jail, "addjournalmatch");
        while (fail2ban_shell_word(&line, &word, &is_open))
            dump_value_own(c, &word);
    }
    buf_fini(&word);
}

/* The options of a filter, or those that a jail has in their place: what the expressions
 * depend on goes first. */
static void
add_filter(struct stream *s, const char *jail, const struct fail2ban_options *options)
{
    static const char pattern[] = "datepattern";
    size_t first = 0;

    for (size_t i = 0; i < options->count; i++) {
        const struct fail2ban_option *o = &options->at[i];
        bool is_usedns = strcmp(o->name, "usedns") == 0;
        struct dump_value *c;

        if (o->type == FAIL2BAN_NONE)
            continue;
        if (strcmp(o->name, "failregex") == 0 || strcmp(o->name, "ignoreregex") == 0) {
            add_expressions(s, jail, o);
        } else if (is_usedns || strcmp(o->name, "maxlines") == 0 ||
                   strcmp(o->name, "prefregex") == 0) {
            c = insert_command(s, is_usedns ? 0 : first);
            dump_value_text(c, SPAN("set"));
            dump_value_text(c, span_of(jail));
            dump_value_text(c, span_of(o->name));
            add_option_value(c, o);
            first++;
        } else if (strstr(pattern, o->name)) {
            /* fail2ban looks for the name in the word, so that `date` is one, too */
            add_option_value(add_command(s, "set", jail, o->name), o);
        } else if (strcmp(o->name, "journalmatch") == 0) {
            add_matches(s, jail, o);
        }
    }
}

static bool
is_said_elsewhere(const char *name)
{
    static const char *const names[] = {"enabled",     "backend",      "filter",
                                        "logpath",     "action",       "usedns",
                                        "prefregex",   "maxlines",     "ignoreregex",
                                        "datepattern", "journalmatch", "failregex"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void
add_jail_options(struct stream *s, const struct fail2ban_jail *j)
{
    struct span rest, word;
    struct dump_value *c;

    for (size_t i = 0; i < j->options.count; i++) {
        const struct fail2ban_option *o = &j->options.at[i];

        if (is_said_elsewhere(o->name))
            continue;
        if (strcmp(o->name, "ignoreip") != 0) {
            add_option_value(add_command(s, "set", j->name, o->name), o);
            continue;
        }
        c = add_command(s, "set", j->name, "addignoreip");
        rest = span_of(o->text);
        while (fail2ban_word(&rest, &word))
            dump_value_text(c, word);
    }
}

static void
add_python_action(struct stream *s, const char *jail, const struct fail2ban_action *a)
{
    struct dump_value *c = add_command(s, "set", jail, "addaction");
    struct buf json = {0};

    dump_value_text(c, span_of(a->name));
    dump_value_text(c, span_of(a->path));
    buf_add_byte(&json, '{');
    for (size_t i = 0; i < a->options.count; i++) {
        if (i)
            buf_add_text(&json, ", ");
        dump_json(span_of(a->options.at[i].name), &json);
        buf_add_text(&json, ": ");
        dump_json(span_of(a->options.at[i].text), &json);
    }
    buf_add_byte(&json, '}');
    dump_value_own(c, &json);
    buf_fini(&json);
}

static void
add_action(struct stream *s, const char *jail, const struct fail2ban_action *a)
{
    struct dump_value *c, *pair;

    if (a->path) {
        add_python_action(s, jail, a);
        return;
    }
    dump_value_text(add_command(s, "set", jail, "addaction"), span_of(a->name));
    if (a->options.count == 0)
        return;
    c = add_command(s, a->options.count > 1 ? "multi-set" : "set", jail, "action");
    dump_value_text(c, span_of(a->name));
    if (a->options.count == 1) {
        dump_value_text(c, span_of(a->options.at[0].name));
        add_option_value(c, &a->options.at[0]);
        return;
    }
    c = dump_value_add(c, DUMP_LIST);
    for (size_t i = 0; i < a->options.count; i++) {
        pair = dump_value_add(c, DUMP_LIST);
        dump_value_text(pair, span_of(a->options.at[i].name));
        add_option_value(pair, &a->options.at[i]);
    }
}

static void
add_jail(struct stream *s, const struct fail2ban_jail *j)
{
    struct dump_value *c;

    add_filter(s, j->name, &j->filtered);
    add_filter(s, j->name, &j->options);
    add_jail_options(s, j);
    for (size_t i = 0; i < j->log_count; i++) {
        c = add_command(s, "set", j->name, "addlogpath");
        dump_value_text(c, span_of(j->logs[i].path));
        dump_value_text(c, span_of(j->logs[i].from));
    }
    for (size_t i = 0; i < j->action_count; i++)
        add_action(s, j->name, &j->actions[i]);
    c = insert_command(s, 0);
    dump_value_text(c, SPAN("add"));
    dump_value_text(c, span_of(j->name));
    dump_value_text(c, span_of(fail2ban_text(&j->options, "backend", "auto")));
}

/* ['config-error', "Jail 'x' skipped, because of wrong configuration: ..."] */
static void
add_refusal(struct stream *s, const struct fail2ban_jail *j)
{
    struct dump_value *c = insert_command(s, s->count);
    struct buf text = {0};

    buf_printf(&text, "Jail '%s' skipped, because of wrong configuration: %s", j->name,
               j->refused);
    dump_value_text(c, SPAN("config-error"));
    dump_value_own(c, &text);
    buf_fini(&text);
}

static void
print_stream(struct stream *s, enum dump_shape shape, struct buf *out)
{
    for (size_t i = 0; i < s->count; i++) {
        if (shape == DUMP_PRETTY)
            dump_value_pretty(&s->at[i], out);
        else
            dump_value_print(&s->at[i], out);
        buf_add_byte(out, '\n');
        dump_value_fini(&s->at[i]);
    }
    mem_free(s->at);
    *s = (struct stream){0};
}

static void
print_server(const struct fail2ban *f, enum dump_shape shape, struct buf *out)
{
    struct stream s = {0};
    struct dump_value *c;

    if (f->has_stacksize) {
        c = insert_command(&s, s.count);
        dump_value_text(c, SPAN("set"));
        dump_value_text(c, SPAN("thread"));
        c = dump_value_add(c, DUMP_DICTIONARY);
        dump_value_text(c, SPAN("stacksize"));
        add_option_value(c, &f->stacksize);
    }
    for (size_t i = 0; i < f->server.count; i++) {
        const struct fail2ban_option *o = &f->server.at[i];

        if (strcmp(o->name, "socket") == 0 || strcmp(o->name, "pidfile") == 0)
            continue;
        c = insert_command(&s, s.count);
        dump_value_text(c, SPAN("set"));
        dump_value_text(c, span_of(o->name));
        add_option_value(c, o);
    }
    print_stream(&s, shape, out);
}

/* Whether a jail is good, and whether one is not. */
static void
count_jails(const struct fail2ban *f, bool *has_good, bool *has_bad)
{
    *has_good = *has_bad = false;
    for (size_t i = 0; i < f->jail_count; i++) {
        *has_good |= !f->jails[i].refused;
        *has_bad |= f->jails[i].refused != NULL;
    }
}

bool
dump_stream(const struct fail2ban *f, enum dump_shape shape, struct buf *out)
{
    struct stream s = {0};
    bool has_good, has_bad;

    if (f->has_failed_early) {
        buf_printf(out, "ERROR: %s\n", f->failure);
        return false;
    }
    if (f->failure) {
        buf_add_text(out, "ERROR: The configuration stream failed because of the invalid "
                          "syntax.\n");
        return false;
    }
    print_server(f, shape, out);
    for (size_t i = 0; i < f->jail_count; i++) {
        if (f->jails[i].refused)
            add_refusal(&s, &f->jails[i]);
        else
            add_jail(&s, &f->jails[i]);
        print_stream(&s, shape, out);
    }
    for (size_t i = 0; i < f->jail_count; i++)
        if (!f->jails[i].refused)
            (void)add_command(&s, "start", f->jails[i].name, NULL); /* all of it */
    print_stream(&s, shape, out);
    count_jails(f, &has_good, &has_bad);
    return has_good || !has_bad;
}

bool
dump_test(const struct fail2ban *f, struct buf *out, struct buf *err)
{
    bool has_good, has_bad, is_good;

    if (f->has_failed_early) {
        buf_printf(out, "ERROR: %s\n", f->failure);
        return false;
    }
    count_jails(f, &has_good, &has_bad);
    is_good = !f->failure && !has_bad;
    if (f->failure)
        buf_printf(err, "Failed during configuration: %s\n", f->failure);
    for (size_t i = 0; i < f->jail_count; i++) {
        const struct fail2ban_jail *j = &f->jails[i];

        if (j->refused)
            buf_printf(err, "Errors in jail '%s'.\n", j->name);
        if (j->refused || !j->lacks_logs || f->failure)
            continue;
        buf_printf(err,
                   "Failed during configuration: Have not found any log file for %s "
                   "jail\n",
                   j->name);
        is_good = false;
        break;
    }
    if (!is_good)
        buf_add_text(err, "ERROR: test configuration failed\n");
    return is_good;
}

void
dump_defaults(const struct fail2ban *f, struct buf *err)
{
    for (size_t i = 0; i < f->server.count; i++) {
        const struct fail2ban_option *o = &f->server.at[i];

        if (o->file || o->type == FAIL2BAN_NONE)
            continue;
        buf_printf(err, "'%s' not defined in 'Definition'. Using default one: ", o->name);
        fail2ban_repr(span_of(o->text), err);
        buf_add_byte(err, '\n');
    }
}

bool
dump_str2sec(struct span text, struct buf *out)
{
    struct fail2ban_seconds s;
    struct buf why = {0};
    bool is_good = fail2ban_time(text, &s, &why);

    if (is_good)
        fail2ban_time_print(&s, out);
    else
        buf_printf(out, "ERROR: %s", why.ptr ? why.ptr : "");
    buf_add_byte(out, '\n');
    buf_fini(&why);
    return is_good;
}
