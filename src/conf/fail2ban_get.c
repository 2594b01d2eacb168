#include "base/mem.h"
#include "conf/fail2ban_internal.h"

enum { NAME_MAX_BYTES = 2 * INI_NAME_MAX };

/* A copy in lower case, as Python's parser keeps names. */
static struct span
fold(struct span name, char out[NAME_MAX_BYTES])
{
    size_t len = name.len < NAME_MAX_BYTES ? name.len : NAME_MAX_BYTES;

    for (size_t i = 0; i < len; i++) {
        char c = name.ptr[i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    return (struct span){out, len};
}

static bool
take_option(const struct fail2ban_options *o, struct span name, struct span *value,
            struct fail2ban_place *place)
{
    const struct fail2ban_option *found = o ? fail2ban_options_find(o, name) : NULL;

    if (!found || found->type == FAIL2BAN_NONE)
        return false;
    *value = span_of(found->text);
    *place = (struct fail2ban_place){found->file, found->line};
    return true;
}

static bool
take_ini(const struct ini_option *o, struct span *value, struct fail2ban_place *place)
{
    if (!o)
        return false;
    *value = span_of(o->value);
    *place = (struct fail2ban_place){o->file, o->lines[0]};
    return true;
}

/* What `name` is in options whose names Python folds when it looks there: the last one.
 */
static bool
take_folded(const struct fail2ban_options *o, struct span name, struct span *value,
            struct fail2ban_place *place)
{
    for (size_t i = o ? o->count : 0; i-- > 0;)
        if (span_eq_nocase(span_of(o->at[i].name), name))
            return take_option(o, span_of(o->at[i].name), value, place);
    return false;
}

/* What stands for a folded name: Python's chain of dictionaries. */
static bool
look_up(const struct fail2ban_scope *s, struct span name, struct span *value,
        struct fail2ban_place *place)
{
    return take_folded(s->vars, name, value, place) ||
           take_option(s->known, name, value, place) ||
           take_ini(ini_own(s->ini, s->section, name, 0), value, place) ||
           take_option(s->defaults, name, value, place) ||
           take_ini(ini_own(s->ini, SPAN(INI_DEFAULT), name, 0), value, place);
}

static bool
is_word(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return text.len > 0;
}

/* SECTION/NAME: of that section, of what was read before (known), else of DEFAULT. In
 * capitals it is never found: Python folds what it looks for, and not what is there. */
static bool
look_up_section(const struct fail2ban_scope *s, struct span raw, struct span *value)
{
    struct fail2ban_place place;
    struct span section, name;
    char folded[NAME_MAX_BYTES];
    const struct ini_option *o = NULL;

    if (!span_eq(fold(raw, folded), raw) || !span_cut(raw, SPAN("/"), &section, &name) ||
        !is_word(section))
        return false;
    if (span_eq(section, SPAN("known"))) {
        o = ini_own(s->ini, s->section, name, 0);
        o = o ? o->before : NULL;
    } else if (!span_eq(section, SPAN("default"))) {
        if (!ini_section(s->ini, section))
            return false;
        o = ini_own(s->ini, section, name, 0);
    }
    return take_ini(o, value, &place) || take_option(s->defaults, name, value, &place) ||
           take_ini(ini_own(s->ini, SPAN(INI_DEFAULT), name, 0), value, &place);
}

static bool
find_name(void *ctx, struct span raw, struct span *value)
{
    const struct fail2ban_scope *s = ctx;
    struct fail2ban_place place;
    char folded[NAME_MAX_BYTES];
    struct span name = fold(raw, folded);

    if (span_eq(name, SPAN("__name__"))) {
        *value = s->section;
        return true;
    }
    return look_up(s, name, value, &place) || look_up_section(s, raw, value);
}

enum fail2ban_got
fail2ban_get(const struct fail2ban_scope *s, struct span name, struct buf *out,
             struct fail2ban_place *place)
{
    struct fail2ban_scope scope = *s;
    char key[NAME_MAX_BYTES + 1] = "";
    struct ini_option o = {.name = key};
    struct expand x = {.find = find_name, .ctx = &scope, .errors = s->r->errors};
    struct span value;

    if (name.len > NAME_MAX_BYTES || !look_up(s, fold(name, key), &value, place))
        return FAIL2BAN_GOT_NONE;
    if (span_find_byte(value, '%') < 0) {
        buf_add(out, value);
        return FAIL2BAN_GOT;
    }
    o.file = place->file;
    out->limit = FAIL2BAN_TEXT_MAX;
    if (expand_text(&x, &o, place->line, value, out))
        return FAIL2BAN_GOT;
    if (out->is_cut)
        conf_error(s->r->errors, place->file, place->line,
                   "`%s` is longer than %d bytes when it is expanded", key,
                   FAIL2BAN_TEXT_MAX);
    fail2ban_fail(s->r, *place, "`%s` cannot be expanded", key);
    return FAIL2BAN_GOT_BROKEN;
}

bool
fail2ban_get_wanted(const struct fail2ban_scope *s, const struct fail2ban_wanted *wanted,
                    size_t count, struct fail2ban_options *out)
{
    bool has_section = ini_section(s->ini, s->section) != NULL;
    enum fail2ban_got got = FAIL2BAN_GOT;

    for (size_t i = 0; i < count && got != FAIL2BAN_GOT_BROKEN; i++) {
        struct span name = span_of(wanted[i].name);
        struct fail2ban_place place = {0};
        struct buf text = {0};

        if (s->vars && fail2ban_options_find(s->vars, name))
            continue;
        got = has_section ? fail2ban_get(s, name, &text, &place) : FAIL2BAN_GOT_NONE;
        if (got == FAIL2BAN_GOT)
            fail2ban_options_set(out, name, buf_span(&text), place);
        else if (got == FAIL2BAN_GOT_NONE && (wanted[i].fallback || !has_section))
            fail2ban_options_set(out, name, span_of(wanted[i].fallback), place);
        if (got == FAIL2BAN_GOT_NONE && !has_section && !wanted[i].fallback)
            fail2ban_option_none(fail2ban_options_find(out, name));
        buf_fini(&text);
    }
    return got != FAIL2BAN_GOT_BROKEN;
}

void
fail2ban_convert(const struct fail2ban_wanted *wanted, size_t count,
                 struct fail2ban_options *options)
{
    for (size_t i = 0; i < count; i++) {
        struct fail2ban_option *o =
            fail2ban_options_find(options, span_of(wanted[i].name));

        if (!o || o->type != FAIL2BAN_TEXT)
            continue;
        if (wanted[i].type == FAIL2BAN_BOOL)
            fail2ban_option_bool(o);
        else if (wanted[i].type == FAIL2BAN_NUMBER)
            (void)fail2ban_option_number(o); /* else it is None, as there */
    }
}
