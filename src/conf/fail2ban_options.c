#include "conf/fail2ban_options.h"

#include "base/mem.h"

struct fail2ban_option *
fail2ban_options_find(const struct fail2ban_options *o, struct span name)
{
    for (size_t i = 0; i < o->count; i++)
        if (span_eq(span_of(o->at[i].name), name))
            return &o->at[i];
    return NULL;
}

const struct fail2ban_option *
fail2ban_option(const struct fail2ban_options *o, const char *name)
{
    return fail2ban_options_find(o, span_of(name));
}

const char *
fail2ban_text(const struct fail2ban_options *o, const char *name, const char *fallback)
{
    const struct fail2ban_option *found = fail2ban_option(o, name);

    return found && found->type != FAIL2BAN_NONE ? found->text : fallback;
}

/* The option called so, which is added when it is new; its text is gone. */
static struct fail2ban_option *
place_for(struct fail2ban_options *o, struct span name)
{
    struct fail2ban_option *found = fail2ban_options_find(o, name);

    if (found) {
        mem_free(found->text);
        return found;
    }
    if (o->count == o->room) {
        o->room = o->room ? 2 * o->room : 16;
        o->at = mem_realloc(o->at, o->room, sizeof(*o->at));
    }
    found = &o->at[o->count++];
    *found = (struct fail2ban_option){.name = mem_copy_text(name.ptr, name.len)};
    return found;
}

void
fail2ban_options_set(struct fail2ban_options *o, struct span name, struct span text,
                     struct fail2ban_place place)
{
    char *copy = mem_copy_text(text.len ? text.ptr : "", text.len);
    struct fail2ban_option *to = place_for(o, name);

    to->type = FAIL2BAN_TEXT;
    to->text = copy;
    to->file = place.file;
    to->line = place.line;
}

static void
copy_as(struct fail2ban_options *o, struct span name, const struct fail2ban_option *from)
{
    char *copy = mem_copy_text(from->text, strlen(from->text));
    struct fail2ban_option *to = place_for(o, name), kept = *to;

    *to = *from;
    to->name = kept.name;
    to->text = copy;
}

void
fail2ban_options_copy(struct fail2ban_options *o, const struct fail2ban_option *from)
{
    copy_as(o, span_of(from->name), from);
}

void
fail2ban_options_set_prefixed(struct fail2ban_options *o, const char *prefix,
                              const struct fail2ban_option *from)
{
    struct buf name = {0};

    buf_printf(&name, "%s%s", prefix, from->name);
    copy_as(o, buf_span(&name), from);
    buf_fini(&name);
}

void
fail2ban_options_merge(struct fail2ban_options *o, const struct fail2ban_options *from)
{
    for (size_t i = 0; i < from->count; i++)
        fail2ban_options_copy(o, &from->at[i]);
}

static void
set_text(struct fail2ban_option *o, enum fail2ban_type type, const char *text)
{
    mem_free(o->text);
    o->type = type;
    o->text = mem_copy_text(text, strlen(text));
}

void
fail2ban_option_none(struct fail2ban_option *o)
{
    set_text(o, FAIL2BAN_NONE, "");
}

void
fail2ban_option_bool(struct fail2ban_option *o)
{
    static const char *const words[] = {"1", "on", "true", "yes"};

    o->number = 0;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(span_of(o->text), span_of(words[i])))
            o->number = 1;
    set_text(o, FAIL2BAN_BOOL, o->number ? "True" : "False");
}

/* The digits of a whole number, between which single _ may stand; -1: it is none. */
static int64_t
digits_value(struct span text)
{
    char digits[20];
    size_t count = 0;
    uint64_t n;

    for (size_t i = 0; i < text.len; i++) {
        bool is_between = i > 0 && i + 1 < text.len && text.ptr[i - 1] != '_';

        if (text.ptr[i] == '_' && is_between)
            continue;
        if (count == 18)
            return -1;
        digits[count++] = text.ptr[i];
    }
    return span_u64((struct span){digits, count}, 0, INT64_MAX, &n) ? (int64_t)n : -1;
}

bool
fail2ban_option_number(struct fail2ban_option *o)
{
    struct span text = span_trim(span_of(o->text));
    bool is_negative = span_take(&text, SPAN("-"));
    struct buf out = {0};
    int64_t n;

    if (!is_negative)
        (void)span_take(&text, SPAN("+")); /* it says nothing */
    n = digits_value(text);
    if (n < 0) {
        fail2ban_option_none(o);
        return false;
    }
    o->number = is_negative ? -n : n;
    buf_printf(&out, "%lld", (long long)o->number);
    set_text(o, FAIL2BAN_NUMBER, out.ptr);
    buf_fini(&out);
    return true;
}

void
fail2ban_options_fini(struct fail2ban_options *o)
{
    for (size_t i = 0; i < o->count; i++) {
        mem_free(o->at[i].name);
        mem_free(o->at[i].text);
    }
    mem_free(o->at);
    *o = (struct fail2ban_options){0};
}

static void
action_fini(struct fail2ban_action *a)
{
    mem_free(a->name);
    mem_free(a->file);
    mem_free(a->path);
    fail2ban_options_fini(&a->options);
}

void
fail2ban_actions_fini(struct fail2ban_action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        action_fini(&actions[i]);
    mem_free(actions);
}
