#include "match/compiled.h"

#include "base/mem.h"

/* What names a failure; one of them, here or in the prefregex, makes a failregex. */
enum {
    ID_ROLES = 1U << ROLE_IP4 | 1U << ROLE_IP6 | 1U << ROLE_DNS | 1U << ROLE_FID |
               1U << ROLE_MLFID,
};

static bool
refuse(struct buf *error, const char *where, const char *what)
{
    buf_printf(error, "%s: %s", where, what);
    return false;
}

static bool
check_prefix(struct compiled *f, const struct config_filter *c, struct buf *error)
{
    for (size_t i = 0; i < f->regex_count; i++) {
        if (f->regexes[i].kind != REGEX_PREFIX) {
            if (f->regexes[i].roles & 1U << ROLE_CONTENT)
                return refuse(error, c->regexes[i].where,
                              "<F-CONTENT> belongs into a prefregex");
            continue;
        }
        if (f->prefix)
            return refuse(error, c->regexes[i].where, "there is another prefregex");
        if (regex_has_tuple(&f->regexes[i], ROLE_CONTENT))
            return refuse(error, c->regexes[i].where,
                          "<F-CONTENT> is one piece of the line: no <F-TUPLE_CONTENT>");
        f->prefix = &f->regexes[i];
        f->has_content = f->prefix->roles & 1U << ROLE_CONTENT;
    }
    return true;
}

static bool
check_event(const struct compiled *f, const struct config_filter *c, size_t i,
            struct buf *error)
{
    const struct regex *r = &f->regexes[i];
    unsigned roles = r->roles | (f->prefix ? f->prefix->roles : 0);

    if (!(roles & ID_ROLES) && !r->is_of_header &&
        !(f->prefix && f->prefix->is_of_header))
        return refuse(error, c->regexes[i].where,
                      strstr(c->regexes[i].pattern, "(?P<host>")
                          ? "names no address: for the (?P<host>...) of fail2ban 0.9 "
                            "write <HOST>"
                          : "names no address: <HOST>, <ADDR>, <F-ID> or the like is "
                            "missing");
    if (f->has_content && r->is_on_message)
        return refuse(error, c->regexes[i].where,
                      "<PREFIX> cannot occur in the <F-CONTENT> of the prefregex");
    return true;
}

static bool
check_events(struct compiled *f, const struct config_filter *c, struct buf *error)
{
    size_t counts[REGEX_KINDS] = {0}; /* of failregexes there may be none yet */

    for (size_t i = 0; i < f->regex_count; i++) {
        const struct regex *r = &f->regexes[i];

        counts[r->kind]++;
        if (f->window.max && (r->is_on_message || r->is_of_header))
            return refuse(error, c->regexes[i].where,
                          "<PREFIX> and <F-MLFID/> look at one line; without `maxlines`");
        if (compiled_is_event(r) && !check_event(f, c, i, error))
            return false;
    }
    f->ignore_count = counts[REGEX_IGNORE];
    f->is_ignored_first = counts[REGEX_IGNORE] + 2 < counts[REGEX_FAIL];
    return true;
}

static bool
compile_daemon(struct compiled *f, const struct config_filter *c, struct buf *error)
{
    struct buf where = {0}, text = {0};
    struct config_regex whole = {.kind = REGEX_FAIL};
    struct regex_use use = {.is_tag = true};
    bool is_good;

    if (!c->daemon || !*c->daemon)
        return true;
    buf_printf(&where, "filter %s: _daemon", c->name);
    /* Compiled alone first, so that a ")(" in it is an error and no other expression. */
    whole.pattern = c->daemon;
    whole.where = where.ptr;
    is_good = regex_init(&f->daemon, &whole, use, error);
    regex_fini(&f->daemon);
    if (is_good) {
        buf_printf(&text, "\\A(?:%s)\\z", c->daemon);
        whole.pattern = text.ptr;
        is_good = regex_init(&f->daemon, &whole, use, error);
    }
    f->has_daemon = is_good;
    buf_fini(&where);
    buf_fini(&text);
    return is_good;
}

/* Whether the patterns are tied to the beginning of the line, and all that they match is
 * cut: a group might cut less. */
static bool
cuts_in_front(struct span patterns)
{
    struct span line;

    while (span_line(&patterns, &line)) {
        line = span_trim(line);
        if (line.len && ((!span_starts(line, SPAN("{^LN-BEG}")) && line.ptr[0] != '^') ||
                         memchr(line.ptr, '(', line.len)))
            return false;
    }
    return true;
}

/* Whether among the patterns is the one for all dates at the beginning of a line, and
 * else only such as fit no date that begins with a month or a year. */
static bool
are_usual(struct span patterns)
{
    static const char *const others[] = {"", "TAI64N", "EPOCH", "LEPOCH"};
    struct span line;
    bool is_usual = false;

    while (span_line(&patterns, &line)) {
        bool is_other = false;

        line = span_trim(line);
        if (span_eq(line, SPAN("{^LN-BEG}")) || span_eq(line, SPAN("^{DATE}")) ||
            span_eq(line, SPAN("{DEFAULT}"))) {
            is_usual = true;
            continue;
        }
        if (!span_take(&line, SPAN("{^LN-BEG}")))
            (void)span_take(&line, SPAN("^")); /* neither is fine */
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
            is_other |= span_eq(line, span_of(others[i]));
        if (!is_other)
            return false;
    }
    return is_usual;
}

static bool
compile_dates(struct compiled *f, const struct config_filter *c, struct buf *error)
{
    struct buf why = {0};

    if (c->timezone && !dates_zone_parse(span_of(c->timezone), &f->zone)) {
        buf_printf(error, "%s: `", c->timezone_where);
        buf_escaped(error, span_of(c->timezone));
        buf_add_text(error, "` is no zone with a fixed offset; write for example "
                            "UTC+0100 or CET, or nothing for local time");
        return false;
    }
    if (!c->datepattern || !*c->datepattern) {
        f->zoned = f->zone.is_fixed ? dates_new(SPAN(""), f->zone, &why) : NULL;
        must(why.len == 0); /* the templates of all are ours */
        return true;
    }
    f->dates = dates_new(span_of(c->datepattern), f->zone, &why);
    if (!f->dates)
        buf_printf(error, "%s: %s", c->dates_where, why.ptr);
    buf_fini(&why);
    f->has_usual_dates = f->dates && are_usual(span_of(c->datepattern));
    f->is_cut_in_front = f->dates && cuts_in_front(span_of(c->datepattern)) &&
                         dates_are_in_front(f->dates);
    return f->dates != NULL;
}

bool
compiled_init(struct compiled *f, const struct config_filter *c, struct buf *error)
{
    bool has_window = c->maxlines > 1;
    struct regex_use use = {.dialect = c->dialect, .is_multiline = has_window};

    f->looks_up = config_looks_up(c);
    f->is_of_bytes = c->dialect == FILTER_BYTES;
    f->keeps_groups = c->keeps_groups;
    f->has_ids = c->is_optional && c->usedns == USEDNS_RAW;
    if (!compile_dates(f, c, error))
        return false;

    if (has_window)
        window_init(&f->window, c->maxlines);
    f->regexes = mem_zalloc(c->regex_count + 1, sizeof(*f->regexes));
    for (size_t i = 0; i < c->regex_count; i++) {
        f->regex_count = i + 1;
        use.has_line_ends = has_window && (c->regexes[i].kind == REGEX_FAIL ||
                                           c->regexes[i].kind == REGEX_TELL);
        if (!regex_init(&f->regexes[i], &c->regexes[i], use, error))
            return false;
    }
    return check_prefix(f, c, error) && check_events(f, c, error) &&
           compile_daemon(f, c, error);
}

void
compiled_fini(struct compiled *f)
{
    for (size_t i = 0; i < f->regex_count; i++)
        regex_fini(&f->regexes[i]);
    mem_free(f->regexes);
    regex_fini(&f->daemon);
    window_fini(&f->window);
    dates_free(f->dates);
    dates_free(f->zoned);
    *f = (struct compiled){0};
}
