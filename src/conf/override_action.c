/* override_action: what a client changed of the actions of a jail. Each change is an
 * override of its own: "action:NAME" is "new" or "gone", "action:NAME:PROPERTY" a value.
 */
#include "base/mem.h"
#include "conf/fail2ban.h"
#include "conf/fail2ban_time.h"
#include "conf/override_internal.h"

#define PREFIX "action:"
#define IS_NEW "new"
#define IS_GONE "gone"

enum { PROPERTY_MAX = 128 };

bool
override_read_action(const struct config_override *one, struct override_action *out)
{
    struct span rest = span_of(one->option);
    ptrdiff_t colon;

    if (!span_starts(rest, SPAN(PREFIX)))
        return false;
    rest = span_from(rest, strlen(PREFIX));
    colon = span_find_byte(rest, ':');
    *out = (struct override_action){
        .name = span_head(rest, colon < 0 ? rest.len : (size_t)colon),
        .value = span_of(one->value)};
    if (colon >= 0)
        out->property = span_from(rest, (size_t)colon + 1);
    out->is_new = colon < 0 && span_eq(out->value, SPAN(IS_NEW));
    return true;
}

/* A word as fail2ban has for actions and their properties ("actionban?family=inet6"). */
static bool
is_word(struct span text, size_t max, const char *more)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && !strchr(more, c))
            return false;
    }
    return text.len && text.len <= max;
}

/* A command may have several lines. */
static bool
is_text(struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];

        if (((unsigned char)c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
            return false;
    }
    return value.len <= OVERRIDE_VALUE_MAX;
}

static bool
has_action(const struct config *c, struct span jail, struct span name)
{
    const struct config_jail *j = override_jail_of(c, jail);

    for (size_t i = 0; j && i < j->told_action_count; i++)
        if (span_eq(name, span_of(j->told_actions[i].name)))
            return true;
    return false;
}

/* Drops all that was changed of an action; the order of the others stays. */
static void
drop(struct config_overrides *o, struct span jail, struct span name)
{
    size_t kept = 0, count = o->count;

    for (size_t i = 0; i < count; i++) {
        struct config_override *one = &o->items[i];
        struct override_action a;

        if (!span_eq(jail, span_of(one->jail)) || !override_read_action(one, &a) ||
            !span_eq(name, a.name)) {
            o->items[kept++] = *one;
            continue;
        }
        mem_free(one->jail);
        mem_free(one->option);
        mem_free(one->value);
    }
    o->count = kept;
}

static enum override_put
put(struct config_overrides *o, struct span jail, const struct override_action *a)
{
    struct buf option = {0};
    enum override_put outcome;

    buf_printf(&option, PREFIX "%.*s%s%.*s", SPAN_FMT(a->name),
               a->property.len ? ":" : "", SPAN_FMT(a->property));
    outcome = override_put_good(o, jail, buf_span(&option), a->value);
    buf_fini(&option);
    return outcome;
}

enum override_put
overrides_add_action(struct config_overrides *o, const struct config *c, struct span jail,
                     struct span name)
{
    const struct config_jail *j = override_jail_of(c, jail);

    if (!j || !j->is_rate || !is_word(name, CONFIG_ACTION_NAME_MAX, "-_.") ||
        has_action(c, jail, name))
        return OVERRIDE_REFUSED;
    drop(o, jail, name);
    return put(o, jail, &(struct override_action){.name = name, .value = SPAN(IS_NEW)});
}

enum override_put
overrides_delete_action(struct config_overrides *o, const struct config *c,
                        struct span jail, struct span name)
{
    if (!has_action(c, jail, name))
        return OVERRIDE_REFUSED;
    drop(o, jail, name);
    return put(o, jail, &(struct override_action){.name = name, .value = SPAN(IS_GONE)});
}

/* A time, as seconds. False: it is none, or commands may not take so long. */
static bool
read_timeout(struct span text, struct buf *out)
{
    struct fail2ban_seconds s = {0};
    struct buf why = {0};
    bool is_good = fail2ban_time(text, &s, &why) && s.seconds >= 1 &&
                   s.seconds <= CONFIG_TIMEOUT_MAX_S;

    if (is_good)
        buf_printf(out, "%lld", (long long)s.seconds);
    buf_fini(&why);
    return is_good;
}

enum override_put
overrides_set_action(struct config_overrides *o, const struct config *c, struct span jail,
                     const struct override_action *a)
{
    struct override_action own = *a;
    struct buf seconds = {0};
    enum override_put outcome = OVERRIDE_REFUSED;

    if (!has_action(c, jail, a->name) || !is_word(a->property, PROPERTY_MAX, "-_.?=") ||
        !is_text(a->value))
        return OVERRIDE_REFUSED;
    if (!span_eq(a->property, SPAN("timeout")))
        return put(o, jail, a);
    if (read_timeout(a->value, &seconds)) {
        own.value = buf_span(&seconds);
        outcome = put(o, jail, &own);
    }
    buf_fini(&seconds);
    return outcome;
}
