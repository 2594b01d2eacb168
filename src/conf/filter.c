#include "conf/filter.h"

#include "base/mem.h"
#include "conf/filter_assembly.h"
#include "conf/filter_tags.h"
#include "conf/journalmatch.h"

const char *const filter_options[] = {"failregex", "ignoreregex", "prefregex",
                                      "maxlines",  "datepattern", "journalmatch",
                                      "usedns",    "logtimezone"};
const size_t filter_options_count = ARRAY_LEN(filter_options);

bool
filter_read(struct filter *f, const struct layers *l, struct conf_errors *e)
{
    char name[CONFIG_NAME_MAX + 16];

    (void)snprintf(name, sizeof(name), "filter.d/%s", f->name);
    return layers_read(l, name, &f->ini, e) > 0;
}

/* Whether the expression is what stands for a mode that the filter does not have; told
 * once. */
static bool
refuse_mode(struct assembly *a, struct span pattern)
{
    struct buf mode = {0}, right = buf_bounded(FILTER_WHERE_MAX / 2);
    bool is_wrong;

    buf_add_text(&right, "write ");
    is_wrong = assembly_tag(a, SPAN("mode"), &mode) == TAG_FOUND &&
               filter_lacks_mode(&a->filter->ini, pattern, buf_span(&mode), &right);
    if (is_wrong && !a->is_mode_wrong)
        assembly_refuse(a, "mode", buf_span(&mode), right.ptr);
    a->is_mode_wrong |= is_wrong;
    /* Without other modes to name there is nothing more to say. */
    is_wrong |= a->is_mode_wrong && filter_is_lone_tag(pattern);
    buf_fini(&mode);
    buf_fini(&right);
    return is_wrong;
}

/* A copy of the expression. */
static char *
pattern_text(const struct assembly *a, struct span pattern)
{
    struct buf out = {0};
    struct span before;

    while (a->out->usedns == USEDNS_NO &&
           span_cut(pattern, SPAN("<HOST>"), &before, &pattern)) {
        buf_add(&out, before);
        buf_add_text(&out, "<ADDR>");
    }
    buf_add(&out, pattern);
    return buf_detach(&out);
}

/* What the expressions of one option are. */
struct expressions {
    enum regex_kind kind;
    enum event_kind event;
};

static void
add_regex(struct assembly *a, const struct expressions *e, const struct ini_option *o,
          unsigned line, struct span pattern)
{
    struct config_filter *f = a->out;
    struct buf where = buf_bounded(FILTER_WHERE_MAX);

    if (pattern.len > CONFIG_REGEX_MAX) {
        conf_error(a->errors, o->file, line,
                   "an expression of `%s` is longer than %d bytes when it is expanded",
                   o->name, CONFIG_REGEX_MAX);
        return;
    }
    if (refuse_mode(a, pattern) || !filter_takes_tags(a->errors, o, line, pattern))
        return;
    if (f->regex_count == CONFIG_REGEXES_MAX) {
        if (!a->is_full)
            conf_error(a->errors, o->file, line, "more than %d expressions in one filter",
                       CONFIG_REGEXES_MAX);
        a->is_full = true;
        return;
    }
    f->regexes = mem_realloc(f->regexes, f->regex_count + 1, sizeof(*f->regexes));
    buf_printf(&where, "%s:%u: %s", o->file, line, o->name);
    f->regexes[f->regex_count++] =
        (struct config_regex){.kind = e->kind,
                              .event = e->event,
                              .pattern = pattern_text(a, pattern),
                              .where = buf_detach(&where)};
}

/* Adds the expressions of one option, one a line, each with its own place. */
static void
add_regexes(struct assembly *a, const struct expressions *e, const struct expand *x,
            const struct ini_option *o)
{
    struct span rest = span_of(o->value), text, expanded, pattern;
    struct buf out;

    for (size_t i = 0; i < o->line_count && span_line(&rest, &text); i++) {
        if (text.len == 0)
            continue;
        if (assembly_expand_line(a, x, o, o->lines[i], text, &out)) {
            expanded = buf_span(&out);
            while (span_line(&expanded, &pattern))
                if (span_trim(pattern).len)
                    add_regex(a, e, o, o->lines[i], span_trim(pattern));
        }
        buf_fini(&out);
    }
}

/* The expression of an argument; what %(...)s stood in it the jail has expanded. */
static void
add_argument(struct assembly *a, const struct expressions *e, const char *name,
             const char *value)
{
    struct spot at = assembly_spot(a, name);
    char key[CONFIG_NAME_MAX];
    struct ini_option o = {.name = key, .file = at.file};
    struct buf out;

    (void)snprintf(key, sizeof(key), "%s in an argument", name); /* it fits */
    if (assembly_expand_line(a, NULL, &o, at.line, span_of(value), &out) &&
        span_trim(buf_span(&out)).len)
        add_regex(a, e, &o, at.line, span_trim(buf_span(&out)));
    buf_fini(&out);
}

/* The expressions of one kind: of an argument, of the jail, else of the filter. */
static void
add_kind(struct assembly *a, enum regex_kind kind, const char *name)
{
    struct expressions e = {.kind = kind, .event = a->out->event};
    struct place p = assembly_find(a, name);

    if (p.option)
        add_regexes(a, &e, &p.expand, p.option);
    else if (p.argument)
        add_argument(a, &e, name, p.argument);
}

/* The options PREFIX.KIND of [Definition], in the order of the file. */
static void
add_dotted(struct assembly *a, enum regex_kind kind, struct span prefix)
{
    const struct ini_section *s = ini_section(&a->filter->ini, DEFINITION);
    struct expressions e = {.kind = kind};
    struct expand x = assembly_expand(a, DEFINITION);

    for (size_t i = 0; s && i < s->count; i++) {
        const struct ini_option *o = s->options[i];
        struct span name = span_of(o->name);

        if (!span_take(&name, prefix))
            continue;
        if (event_kind_parse(name, &e.event))
            add_regexes(a, &e, &x, o);
        else
            conf_error(a->errors, o->file, o->lines[0],
                       "`%s`: there is no event `%.*s`; write for example `%.*s%s`",
                       o->name, SPAN_FMT(name), SPAN_FMT(prefix),
                       event_kind_name(EVENT_AUTH_FAIL));
    }
}

/* The text of a single-valued option, or `fallback`. False after telling an error. */
static bool
option_text(struct assembly *a, const char *name, const char *fallback, size_t max,
            struct buf *out)
{
    struct place p = assembly_find(a, name);
    const struct ini_option *o = p.option;

    if (!o) {
        buf_add_text(out, p.argument ? p.argument : fallback);
        return true;
    }
    if (!assembly_expand_line(a, &p.expand, o, o->lines[0], span_of(o->value), out))
        return false;
    if (out->len <= max)
        return true;
    conf_error(a->errors, o->file, o->lines[0], "`%s` is longer than %zu bytes", name,
               max);
    return false;
}

static void
set_event(struct assembly *a)
{
    struct buf text = {0};

    if (option_text(a, "event", event_kind_name(EVENT_AUTH_FAIL), CONFIG_NAME_MAX,
                    &text) &&
        !event_kind_parse(buf_span(&text), &a->out->event))
        assembly_refuse(a, "event", buf_span(&text),
                        "that is no event; write for example `auth_fail`");
    buf_fini(&text);
}

/* `_daemon` is for tags where an expression begins with ^<PREFIX>; in fail2ban's own
 * filters it is a name like any other, which their expressions hold or do not. */
static bool
uses_tag(const struct config_filter *f)
{
    for (size_t i = 0; i < f->regex_count; i++)
        if (span_find(span_of(f->regexes[i].pattern), SPAN("<PREFIX>")) >= 0)
            return true;
    return false;
}

static void
set_daemon(struct assembly *a)
{
    struct buf text = {0};

    if (!uses_tag(a->out) || !option_text(a, "_daemon", "", FILTER_DAEMON_MAX, &text))
        buf_clear(&text);
    a->out->daemon = mem_copy_text(text.ptr ? text.ptr : "", text.len);
    buf_fini(&text);
}

static void
set_maxlines(struct assembly *a)
{
    struct buf text = {0};
    uint64_t n = 1;

    if (option_text(a, "maxlines", "1", CONFIG_NAME_MAX, &text) &&
        !span_u64(span_trim(buf_span(&text)), 1, CONFIG_LINES_MAX, &n))
        assembly_refuse(a, "maxlines", buf_span(&text),
                        "write how many lines an expression sees, from 1 to 1000");
    a->out->maxlines = (uint32_t)n;
    buf_fini(&text);
}

/* A text of the filter, "" when it is not set; the match layer reads it. */
static char *
take_text(struct assembly *a, const char *name, size_t max)
{
    struct buf text = {0};
    struct span lines;
    char *copy;

    if (!option_text(a, name, "", max, &text))
        buf_clear(&text);
    lines = span_trim(buf_span(&text));
    copy = mem_copy_text(lines.ptr ? lines.ptr : "", lines.len);
    buf_fini(&text);
    return copy;
}

/* With `usedns = no` <HOST> stands for an address alone. <DNS> stays, as in fail2ban. */
static void
set_usedns(struct assembly *a)
{
    struct buf text = {0};

    if (option_text(a, "usedns", "", CONFIG_NAME_MAX, &text) && text.len) {
        enum usedns u = USEDNS_RAW;

        while (u < USEDNS_WARN &&
               !span_eq_nocase(buf_span(&text), span_of(config_usedns_name(u))))
            u++;
        if (!span_eq_nocase(buf_span(&text), span_of(config_usedns_name(u))))
            assembly_refuse(a, "usedns", buf_span(&text), "write no, yes, warn or raw");
        a->out->usedns = u;
    }
    buf_fini(&text);
}

bool
filter_has_journalmatch(const struct filter *f)
{
    struct assembly a = {.filter = f};
    struct place p = assembly_find(&a, "journalmatch");

    return p.option || p.argument;
}

/* What is wanted of a journal, each line with its place. */
static void
set_journalmatch(struct assembly *a)
{
    struct place p = assembly_find(a, "journalmatch");
    struct buf match = {0}, text, why = {0};
    struct span rest, line;

    if (p.argument && !journalmatch_add(&match, span_of(p.argument), &why))
        assembly_refuse(a, "journalmatch", span_of(p.argument), why.ptr);
    rest = span_of(p.option ? p.option->value : "");
    for (size_t i = 0; p.option && i < p.option->line_count && span_line(&rest, &line);
         i++) {
        if (assembly_expand_line(a, &p.expand, p.option, p.option->lines[i], line,
                                 &text) &&
            !journalmatch_add(&match, buf_span(&text), &why))
            conf_error(a->errors, p.option->file, p.option->lines[i],
                       "`journalmatch`: %s", why.ptr);
        buf_clear(&why);
        buf_fini(&text);
    }
    if (p.option || p.argument)
        a->out->journalmatch = mem_copy_text(match.len ? match.ptr : "", match.len);
    buf_fini(&match);
    buf_fini(&why);
}

/* A filter needs something to match, and at most one prefregex. */
static void
check_expressions(struct assembly *a)
{
    size_t counts[REGEX_KINDS] = {0};

    for (size_t i = 0; i < a->out->regex_count; i++)
        counts[a->out->regexes[i].kind]++;
    if (counts[REGEX_PREFIX] > 1)
        conf_error(a->errors, a->filter->ini.files[a->filter->ini.file_count - 1], 0,
                   "`prefregex` has %zu lines; it is a single expression",
                   counts[REGEX_PREFIX]);
    if (counts[REGEX_FAIL] + counts[REGEX_TELL] == 0 && !a->filter->may_be_empty)
        conf_error(a->errors, a->filter->ini.files[a->filter->ini.file_count - 1], 0,
                   "the filter has no `failregex`; write one in [Definition]");
}

void
filter_assemble(const struct filter *f, const struct expand *jail,
                struct config_filter *out, struct conf_errors *e)
{
    struct assembly a = {.filter = f, .out = out, .errors = e, .jail = *jail};
    size_t errors_before = e->count;

    a.jail.known = &f->ini;
    *out = (struct config_filter){.name = mem_copy_text(f->name, strlen(f->name))};
    set_event(&a);
    set_maxlines(&a);
    set_usedns(&a);
    out->datepattern = take_text(&a, "datepattern", CONFIG_DATES_MAX);
    out->dates_where = assembly_where(&a, "datepattern");
    out->timezone = take_text(&a, "logtimezone", CONFIG_NAME_MAX - 1);
    out->timezone_where = assembly_where(&a, "logtimezone");
    set_journalmatch(&a);
    add_kind(&a, REGEX_PREFIX, "prefregex");
    add_kind(&a, REGEX_FAIL, "failregex");
    add_dotted(&a, REGEX_FAIL, SPAN("failregex."));
    add_dotted(&a, REGEX_TELL, SPAN("eventregex."));
    add_kind(&a, REGEX_IGNORE, "ignoreregex");
    set_daemon(&a);
    if (e->count == errors_before)
        check_expressions(&a);
}
