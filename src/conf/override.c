#include "conf/override_internal.h"

#include "base/mem.h"
#include "conf/journalmatch.h"

/* What may be set: nothing here has a file opened or a command run. */
static const char *const of_jails[] = {"enabled",
                                       "maxretry",
                                       "findtime",
                                       "maxlines",
                                       "logtimezone",
                                       "bantime",
                                       "maxmatches",
                                       "ignoreip",
                                       "ignoreself",
                                       "ignorecache",
                                       "idle",
                                       "usedns",
                                       "bantime.increment",
                                       "bantime.factor",
                                       "bantime.formula",
                                       "bantime.multipliers",
                                       "bantime.maxtime",
                                       "bantime.rndtime",
                                       "bantime.overalljails"};
/* Expressions and the like: one a line. */
static const char *const patterns[] = {"failregex", "ignoreregex", "prefregex",
                                       "datepattern"};
static const char *const of_komainu[] = {"loglevel", "dbpurgeage", "dbmaxmatches",
                                         "logtarget"};

/* The name of a section of its own. */
static bool
is_jail(struct span name)
{
    if (name.len >= OVERRIDE_NAME_MAX || span_eq(name, SPAN(INI_DEFAULT)) ||
        span_eq(name, SPAN(INI_INCLUDES)))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] <= ' ' || name.ptr[i] == 0x7f ||
            name.ptr[i] == '[' || name.ptr[i] == ']')
            return false;
    return true;
}

/* One line, in which nothing begins a comment. */
static bool
is_value(struct span value)
{
    if (value.len > OVERRIDE_VALUE_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];

        if ((unsigned char)c < ' ' || c == 0x7f || c == ';' || c == '#')
            return false;
    }
    return true;
}

/* Lines of which nothing begins a comment. */
static bool
are_patterns(struct span value)
{
    struct span line;
    char before = 0;

    if (value.len > OVERRIDE_VALUE_MAX)
        return false;
    for (size_t i = 0; i < value.len; before = value.ptr[i++])
        if (((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\n') ||
            value.ptr[i] == 0x7f || (value.ptr[i] == ';' && before == ' '))
            return false;
    while (span_line(&value, &line)) {
        line = span_trim(line);
        if (!line.len || line.ptr[0] == '#' || line.ptr[0] == ';')
            return false;
    }
    return true;
}

static void
free_one(struct config_override *one)
{
    mem_free(one->jail);
    mem_free(one->option);
    mem_free(one->value);
}

void
overrides_fini(struct config_overrides *o)
{
    for (size_t i = 0; i < o->count; i++)
        free_one(&o->items[i]);
    mem_free(o->items);
    *o = (struct config_overrides){0};
}

static void
add(struct config_overrides *o, struct span jail, struct span option, struct span value)
{
    o->items = mem_realloc(o->items, o->count + 1, sizeof(*o->items));
    o->items[o->count++] = (struct config_override){mem_copy_text(jail.ptr, jail.len),
                                                    mem_copy_text(option.ptr, option.len),
                                                    mem_copy_text(value.ptr, value.len)};
}

struct config_overrides
overrides_copy(const struct config_overrides *from)
{
    struct config_overrides copy = {0};

    for (size_t i = 0; i < from->count; i++)
        add(&copy, span_of(from->items[i].jail), span_of(from->items[i].option),
            span_of(from->items[i].value));
    return copy;
}

static struct config_override *
find(const struct config_overrides *o, struct span jail, struct span option)
{
    for (size_t i = 0; i < o->count; i++)
        if (span_eq(jail, span_of(o->items[i].jail)) &&
            span_eq(option, span_of(o->items[i].option)))
            return &o->items[i];
    return NULL;
}

const char *
overrides_find(const struct config_overrides *o, struct span jail, struct span option)
{
    const struct config_override *one = find(o, jail, option);

    return one ? one->value : NULL;
}

enum override_put
override_put_good(struct config_overrides *o, struct span jail, struct span option,
                  struct span value)
{
    struct config_override *one = find(o, jail, option);

    if (one) {
        mem_free(one->value);
        one->value = mem_copy_text(value.ptr, value.len);
        return OVERRIDE_PUT;
    }
    if (o->count == OVERRIDES_MAX)
        return OVERRIDE_FULL;
    add(o, jail, option, value);
    return OVERRIDE_PUT;
}

enum override_put
overrides_put_trusted(struct config_overrides *o, struct span jail, struct span option,
                      struct span value)
{
    bool is_known = jail.len ? span_eq(option, SPAN("ignorecommand"))
                             : span_eq(option, SPAN("logtarget"));

    if (!is_known || !is_jail(jail) || span_find_byte(value, '\n') >= 0 ||
        (value.len && !are_patterns(value)))
        return OVERRIDE_REFUSED;
    return override_put_good(o, jail, option, value);
}

enum override_put
overrides_put(struct config_overrides *o, struct span jail, struct span option,
              struct span value)
{
    bool is_pattern = jail.len && span_is_one_of(patterns, ARRAY_LEN(patterns), option);
    bool is_known =
        jail.len ? is_pattern || span_is_one_of(of_jails, ARRAY_LEN(of_jails), option)
                 : span_is_one_of(of_komainu, ARRAY_LEN(of_komainu), option);

    if (span_eq(option, SPAN("logtarget")) && !span_eq(value, SPAN("STDERR")))
        return OVERRIDE_REFUSED; /* a file */
    if (!is_known || !is_jail(jail) ||
        !(is_pattern ? are_patterns(value) : is_value(value)))
        return OVERRIDE_REFUSED;
    return override_put_good(o, jail, option, value);
}

/* --- jails --- */

const struct config_jail *
override_jail_of(const struct config *c, struct span name)
{
    for (size_t i = 0; i < c->jail_count; i++)
        if (span_eq(name, span_of(c->jails[i].name)))
            return &c->jails[i];
    return NULL;
}

enum override_put
overrides_add_jail(struct config_overrides *o, const struct config *c, struct span jail,
                   struct span backend)
{
    static const char *const backends[] = {"auto", "pyinotify", "polling", "systemd"};

    if (span_eq(backend, SPAN("gamin"))) /* files are files */
        backend = SPAN("pyinotify");
    if (!span_is_one_of(backends, ARRAY_LEN(backends), backend) || !jail.len ||
        !is_jail(jail) || override_jail_of(c, jail) || find(o, jail, SPAN("enabled")))
        return OVERRIDE_REFUSED;
    (void)overrides_drop(o, jail); /* of a jail that is in force no more */
    if (o->count + 2 > OVERRIDES_MAX)
        return OVERRIDE_FULL;
    add(o, jail, SPAN(OVERRIDES_ADDED), backend);
    add(o, jail, SPAN("idle"), SPAN("yes"));
    return OVERRIDE_PUT;
}

/* --- the journal --- */

/* The journal that a jail reads, or NULL. */
static const struct config_source *
journal_of(const struct config *c, struct span jail)
{
    const struct config_jail *j = override_jail_of(c, jail);

    for (size_t i = 0; j && i < j->source_count; i++)
        if (c->sources[j->sources[i]].kind == SOURCE_JOURNAL)
            return &c->sources[j->sources[i]];
    return NULL;
}

/* The next group of a normal form: its terms, a line each. */
static bool
next_group(struct span *rest, struct span *group)
{
    struct span all = *rest, line;

    if (rest->len == 0)
        return false;
    *group = span_head(all, 0);
    while (span_line(rest, &line) && !span_eq(line, SPAN("+")))
        *group = span_head(all, (size_t)(line.ptr - all.ptr) + line.len);
    return true;
}

/* Adds the groups of `from`, but for `left_out`; how many there are of that. */
static size_t
add_groups(struct span from, struct span left_out, struct buf *out)
{
    struct span group;
    size_t found = 0;

    while (next_group(&from, &group)) {
        if (span_eq(group, left_out)) {
            found++;
            continue;
        }
        buf_add_text(out, out->len ? "\n+\n" : "");
        buf_add(out, group);
    }
    return found;
}

/* Takes the groups of `less` away from those of `*match`, each of which must be there. */
static bool
take_groups(struct buf *match, struct span less)
{
    struct span group;
    bool is_good = true;

    while (is_good && next_group(&less, &group)) {
        struct buf rest = {0};

        is_good = add_groups(buf_span(match), group, &rest) > 0;
        buf_fini(match);
        *match = rest;
    }
    return is_good && match->len;
}

enum override_put
overrides_change_journal(struct config_overrides *o, const struct config *c,
                         struct span jail, bool is_added, struct span match)
{
    const struct config_source *source = journal_of(c, jail);
    struct buf groups = {0}, own = {0}, text = {0}, why = {0};
    enum override_put outcome = OVERRIDE_REFUSED;

    if (source && journalmatch_add(&own, match, &why) && own.len) {
        (void)add_groups(span_of(source->match), (struct span){0}, &groups); /* all */
        if (is_added ? journalmatch_add(&groups, match, &why)
                     : take_groups(&groups, buf_span(&own))) {
            journalmatch_text(buf_span(&groups), &text);
            if (is_value(buf_span(&text)))
                outcome =
                    override_put_good(o, jail, SPAN("journalmatch"), buf_span(&text));
        }
    }
    buf_fini(&groups);
    buf_fini(&own);
    buf_fini(&text);
    buf_fini(&why);
    return outcome;
}

bool
overrides_drop(struct config_overrides *o, struct span jail)
{
    size_t kept = 0, count = o->count;

    for (size_t i = 0; i < count; i++) {
        if (jail.len == 0 || span_eq(jail, span_of(o->items[i].jail)))
            free_one(&o->items[i]);
        else
            o->items[kept++] = o->items[i];
    }
    o->count = kept;
    return kept != count;
}

bool
overrides_drop_option(struct config_overrides *o, struct span jail, struct span option)
{
    struct config_override *one = find(o, jail, option);

    if (!one)
        return false;
    free_one(one);
    *one = o->items[--o->count];
    return true;
}

/* A percent sign stands for itself; a second line is indented. */
static void
add_value(struct buf *out, const char *value)
{
    for (; *value; value++) {
        buf_add_byte(out, *value);
        if (*value == '%')
            buf_add_byte(out, '%');
        if (*value == '\n')
            buf_add_byte(out, ' ');
    }
}

/* Whether the section it is of is here. A jail that was added is in no file. */
static bool
is_for(const struct config_overrides *o, const struct config_override *one,
       const struct ini *all)
{
    const struct ini_section *s = ini_section(all, span_of(one->jail));

    return s && overrides_is_added(o, span_of(one->jail)) ==
                    (s->file && strcmp(s->file, OVERRIDES_FILE) == 0);
}

void
overrides_append(const struct config_overrides *o, bool is_of_jails, struct ini *all,
                 struct conf_errors *e)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct config_override *one = &o->items[i];
        struct override_action action;
        struct buf text = {0};
        struct ini ini = {0};

        if ((one->jail[0] != 0) != is_of_jails || (is_of_jails && !is_for(o, one, all)) ||
            override_read_action(one, &action) ||
            strcmp(one->option, OVERRIDES_ENCODING) == 0)
            continue;
        buf_printf(&text, "[%s]\n%s = ", is_of_jails ? one->jail : "komainu",
                   one->option);
        add_value(&text, one->value);
        buf_add_byte(&text, '\n');
        ini_parse(&ini, buf_span(&text), OVERRIDES_FILE, e);
        ini_append(all, &ini, e);
        ini_fini(&ini);
        buf_fini(&text);
    }
}
