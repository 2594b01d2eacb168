#include "conf/override.h"

#include "base/mem.h"

/* What may be set: nothing here has a file opened or a command run. */
static const char *const of_jails[] = {
    "enabled",         "maxretry",        "findtime",
    "bantime",         "maxmatches",      "ignoreip",
    "ignoreself",      "usedns",          "bantime.increment",
    "bantime.factor",  "bantime.formula", "bantime.multipliers",
    "bantime.maxtime", "bantime.rndtime", "bantime.overalljails"};
static const char *const of_komainu[] = {"loglevel", "dbpurgeage"};

static bool
is_in(const char *const *names, size_t count, struct span option)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(option, span_of(names[i])))
            return true;
    return false;
}

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
overrides_put(struct config_overrides *o, struct span jail, struct span option,
              struct span value)
{
    bool is_known = jail.len ? is_in(of_jails, ARRAY_LEN(of_jails), option)
                             : is_in(of_komainu, ARRAY_LEN(of_komainu), option);
    struct config_override *one;

    if (!is_known || !is_jail(jail) || !is_value(value))
        return OVERRIDE_REFUSED;
    one = find(o, jail, option);
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

/* A percent sign stands for itself. */
static void
add_value(struct buf *out, const char *value)
{
    for (; *value; value++) {
        buf_add_byte(out, *value);
        if (*value == '%')
            buf_add_byte(out, '%');
    }
}

void
overrides_append(const struct config_overrides *o, bool is_of_jails, struct ini *all,
                 struct conf_errors *e)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct config_override *one = &o->items[i];
        struct buf text = {0};
        struct ini ini = {0};

        if ((one->jail[0] != 0) != is_of_jails ||
            (is_of_jails && !ini_section(all, span_of(one->jail))))
            continue;
        buf_printf(&text, "[%s]\n%s = ", is_of_jails ? one->jail : "komainu",
                   one->option);
        add_value(&text, one->value);
        buf_add_byte(&text, '\n');
        ini_parse(&ini, buf_span(&text), "fail2ban-client", e);
        ini_append(all, &ini, e);
        ini_fini(&ini);
        buf_fini(&text);
    }
}
