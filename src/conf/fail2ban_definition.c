#include "conf/fail2ban_internal.h"
#include "conf/tags.h"

const struct fail2ban_wanted fail2ban_of_filter[] = {
    {"usedns", FAIL2BAN_TEXT, NULL},      {"prefregex", FAIL2BAN_TEXT, NULL},
    {"ignoreregex", FAIL2BAN_TEXT, NULL}, {"failregex", FAIL2BAN_TEXT, NULL},
    {"maxlines", FAIL2BAN_NUMBER, NULL},  {"datepattern", FAIL2BAN_TEXT, NULL},
    {"journalmatch", FAIL2BAN_TEXT, NULL}};
const size_t fail2ban_of_filter_count = ARRAY_LEN(fail2ban_of_filter);

const struct fail2ban_wanted fail2ban_of_action[] = {
    {"actionstart", FAIL2BAN_TEXT, NULL},  {"actionstart_on_demand", FAIL2BAN_BOOL, NULL},
    {"actionstop", FAIL2BAN_TEXT, NULL},   {"actionflush", FAIL2BAN_TEXT, NULL},
    {"actionreload", FAIL2BAN_TEXT, NULL}, {"actioncheck", FAIL2BAN_TEXT, NULL},
    {"actionrepair", FAIL2BAN_TEXT, NULL}, {"actionrepair_on_unban", FAIL2BAN_BOOL, NULL},
    {"actionban", FAIL2BAN_TEXT, NULL},    {"actionprolong", FAIL2BAN_TEXT, NULL},
    {"actionreban", FAIL2BAN_TEXT, NULL},  {"actionunban", FAIL2BAN_TEXT, NULL},
    {"norestored", FAIL2BAN_BOOL, NULL}};
const size_t fail2ban_of_action_count = ARRAY_LEN(fail2ban_of_action);

static struct fail2ban_scope
scope_of(const struct fail2ban_definition *d, struct span section,
         const struct fail2ban_options *vars)
{
    return (struct fail2ban_scope){
        .r = d->r, .ini = &d->set->ini, .section = section, .vars = vars};
}

/* Appends the value of an option that is there. False after telling that it cannot be
 * had, which is also so when the condition of its section has capitals: Python looks for
 * names in small letters. */
static bool
get_own(const struct fail2ban_scope *s, const struct ini_option *o, struct buf *value,
        struct fail2ban_place *place)
{
    enum fail2ban_got got = fail2ban_get(s, span_of(o->name), value, place);

    if (got == FAIL2BAN_GOT_NONE)
        fail2ban_fail(s->r, (struct fail2ban_place){o->file, o->lines[0]},
                      "`%.*s` has capitals in its condition; write small letters",
                      INI_NAME_MAX, o->name);
    return got == FAIL2BAN_GOT;
}

/* What [Init] says, where no argument does; and as known/NAME in any case. */
static bool
read_init(struct fail2ban_definition *d)
{
    const struct ini_section *init = ini_section(&d->set->ini, SPAN("Init"));
    struct fail2ban_scope scope = scope_of(d, SPAN("Init"), NULL);
    struct buf value = {0}, known = {0};
    bool is_good = true;

    for (size_t i = 0; init && i < init->count && is_good; i++) {
        struct span name = span_of(init->options[i]->name);
        struct fail2ban_place place = {0};

        buf_clear(&value);
        is_good = get_own(&scope, init->options[i], &value, &place);
        if (!is_good)
            break;
        buf_clear(&known);
        buf_printf(&known, "known/%s", init->options[i]->name);
        if (!span_starts(name, SPAN("known/")))
            fail2ban_options_set(&d->init, buf_span(&known), buf_span(&value), place);
        if (!fail2ban_options_find(&d->init, name))
            fail2ban_options_set(&d->init, name, buf_span(&value), place);
    }
    buf_fini(&value);
    buf_fini(&known);
    return is_good;
}

/* All other options of [Definition]. */
static bool
read_rest(struct fail2ban_definition *d)
{
    const struct ini_section *own = ini_section(&d->set->ini, SPAN("Definition"));
    struct fail2ban_scope scope = scope_of(d, SPAN("Definition"), NULL);
    bool is_good = true;

    for (size_t i = 0; own && i < own->count && is_good; i++) {
        struct span name = span_of(own->options[i]->name);
        struct fail2ban_place place = {0};
        struct buf value = {0};

        if (fail2ban_options_find(&d->own, name))
            continue;
        is_good = get_own(&scope, own->options[i], &value, &place);
        if (is_good)
            fail2ban_options_set(&d->own, name, buf_span(&value), place);
        buf_fini(&value);
    }
    return is_good;
}

bool
fail2ban_definition_read(struct fail2ban_definition *d,
                         const struct fail2ban_options *jail, bool wants_all)
{
    struct fail2ban_scope scope = scope_of(d, SPAN("Definition"), &d->vars);

    fail2ban_options_fini(&d->own);
    fail2ban_options_fini(&d->vars);
    fail2ban_options_merge(&d->vars, jail);
    fail2ban_options_merge(&d->vars, &d->init);
    return fail2ban_get_wanted(&scope, d->wanted, d->wanted_count, &d->own) &&
           read_init(d) && (!wants_all || read_rest(d));
}

/* The value of a tag that no option is: SECTION/NAME, known/NAME or one of [Definition].
 */
static enum fail2ban_got
get_tag(struct fail2ban_definition *d, struct span name, struct buf *out,
        struct fail2ban_place *place)
{
    struct fail2ban_scope scope = scope_of(d, SPAN("Definition"), &d->vars);
    enum fail2ban_got got = FAIL2BAN_GOT_NONE;
    struct span section, option;

    if (span_cut(name, SPAN("/"), &section, &option) && option.len) {
        bool is_known = span_eq_nocase(section, SPAN("known"));
        const struct ini_option *o =
            is_known ? ini_own(&d->set->ini, scope.section, option, 0) : NULL;
        struct fail2ban_options before = {0};
        struct fail2ban_scope there = scope_of(d, section, NULL);

        if (span_eq_nocase(section, SPAN("default")))
            there.section = SPAN(INI_DEFAULT);
        if (is_known)
            there.section = scope.section;
        if (o && o->before)
            fail2ban_options_set(
                &before, option, span_of(o->before->value),
                (struct fail2ban_place){o->before->file, o->before->lines[0]});
        there.known = &before;
        if (ini_section(&d->set->ini, there.section))
            got = fail2ban_get(&there, option, out, place);
        fail2ban_options_fini(&before);
    }
    if (got == FAIL2BAN_GOT_NONE)
        got = fail2ban_get(&scope, name, out, place);
    return got;
}

struct tag_reading {
    struct fail2ban_definition *d;
    const struct fail2ban_options *options;
    const char *const *ignore;
};

static bool
is_listed(const char *const *names, struct span name)
{
    for (; *names; names++)
        if (span_eq(span_of(*names), name))
            return true;
    return false;
}

/* Whether an option NAME?CONDITION is among them, so that NAME, which is a word, is
 * settled later. */
static bool
is_conditional(const struct fail2ban_options *o, struct span name)
{
    if (span_find_byte(name, '/') >= 0 || span_find_byte(name, '-') >= 0 ||
        span_find_byte(name, '.') >= 0)
        return false;
    for (size_t i = 0; i < o->count; i++) {
        struct span text = span_of(o->at[i].name);

        if (span_take(&text, name) && text.len > 1 && text.ptr[0] == '?')
            return true;
    }
    return false;
}

static enum tag_found
find_tag(void *ctx, struct span name, struct buf *value)
{
    struct tag_reading *t = ctx;
    struct fail2ban_place place = {0};
    const struct fail2ban_option *o;
    enum fail2ban_got got;
    struct buf text = {0};

    if (is_listed(t->ignore, name) || is_conditional(t->options, name))
        return TAG_UNKNOWN;
    o = fail2ban_options_find(t->options, name);
    if (!o)
        o = fail2ban_options_find(&t->d->cache, name);
    if (!o) {
        got = get_tag(t->d, name, &text, &place);
        if (got == FAIL2BAN_GOT_BROKEN) {
            buf_fini(&text);
            return TAG_BROKEN;
        }
        fail2ban_options_set(&t->d->cache, name, buf_span(&text), place);
        buf_fini(&text);
        o = fail2ban_options_find(&t->d->cache, name);
        if (got == FAIL2BAN_GOT_NONE)
            fail2ban_option_none(fail2ban_options_find(&t->d->cache, name));
    }
    if (o->type == FAIL2BAN_NONE)
        return TAG_UNKNOWN;
    buf_add_text(value, o->text);
    return TAG_FOUND;
}

bool
fail2ban_definition_combine(struct fail2ban_definition *d, const char *const *ignore,
                            struct fail2ban_options *out)
{
    struct fail2ban_options all = {0};
    struct tag_reading t = {.d = d, .options = &all, .ignore = ignore};
    enum tags_result result = TAGS_OK;

    fail2ban_options_merge(&all, &d->own);
    fail2ban_options_merge(&all, &d->init);
    for (size_t i = 0; i < all.count && result == TAGS_OK; i++) {
        const struct fail2ban_option *o = &all.at[i];
        struct fail2ban_place place = {o->file, o->line};
        struct buf text = buf_bounded(FAIL2BAN_TEXT_MAX);

        if (o->type != FAIL2BAN_TEXT || is_listed(ignore, span_of(o->name)) ||
            is_conditional(&all, span_of(o->name)) || !strchr(o->text, '<')) {
            fail2ban_options_copy(out, o);
            continue;
        }
        buf_add_text(&text, o->text);
        result = tags_replace(&text, find_tag, &t);
        if (result == TAGS_OK)
            fail2ban_options_set(out, span_of(o->name), buf_span(&text), place);
        else
            fail2ban_fail(d->r, place, "`%s`: %s", o->name, tags_result_text(result));
        buf_fini(&text);
    }
    fail2ban_options_fini(&all);
    fail2ban_convert(d->wanted, d->wanted_count, out);
    return result == TAGS_OK;
}

void
fail2ban_definition_fini(struct fail2ban_definition *d)
{
    fail2ban_options_fini(&d->init);
    fail2ban_options_fini(&d->own);
    fail2ban_options_fini(&d->vars);
    fail2ban_options_fini(&d->cache);
}
