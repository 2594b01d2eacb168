#include "base/grid.h"
#include "base/json.h"
#include "ctl/test_filter_internal.h"

enum { SECOND_NS = 1000000000, MILLISECOND_NS = 1000000, MICROSECOND_NS = 1000 };

static const struct {
    enum line_form form;
    const char *name;
} forms[] = {
    {LINE_RFC3164, "RFC 3164"}, {LINE_RFC3339, "RFC 3339"},
    {LINE_RFC5424, "RFC 5424"}, {LINE_MONTH, "RFC 3164 with a year"},
    {LINE_ISO, "ISO"},          {LINE_TAI64N, "TAI64N"},
    {LINE_EPOCH, "epoch"},      {LINE_APACHE, "Apache"},
};

static const struct grid_column expression_columns[] = {{"#", 1, 4, true},
                                                        {"KIND", 8, 28, false},
                                                        {"HITS", 4, 12, true},
                                                        {"SEARCHED", 8, 12, true},
                                                        {"EACH", 5, 8, true},
                                                        {"TIME", 4, 4, true},
                                                        {"EXPRESSION", 20, 200, false}};

static const struct grid_column hit_columns[] = {
    {"LINE", 4, 12, true},       {"#", 1, 4, true},         {"EVENT", 9, 16, false},
    {"TIME", 19, 19, false},     {"ADDRESS", 9, 43, false}, {"ACCOUNT", 7, 64, false},
    {"RECIPIENT", 9, 64, false}, {"DETAIL", 6, 64, false}};

const char *
tested_name(enum tested result)
{
    static const char *const names[] = {[TESTED_MATCHED] = "matched",
                                        [TESTED_TOLD] = "told",
                                        [TESTED_IGNORED] = "ignored",
                                        [TESTED_MISSED] = "missed"};

    return names[result];
}

static const char *
kind_name(const struct config_regex *r)
{
    switch (r->kind) {
    case REGEX_PREFIX:
        return "prefregex";
    case REGEX_IGNORE:
        return "ignoreregex";
    case REGEX_FAIL:
    case REGEX_TELL:
    case REGEX_KINDS:
        break;
    }
    return event_kind_name(r->event);
}

static void
json_filled(struct buf *out, const char *name, struct span value)
{
    if (value.len == 0)
        return;
    json_key(out, name);
    json_span(out, value);
}

/* All that the groups of the expressions caught. */
static void
json_facts(struct buf *out, const struct facts *f)
{
    json_key(out, "fields");
    json_open(out, '{');
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->list[i].name, FACTS_USERS) == 0)
            continue;
        json_key(out, f->list[i].name);
        if (f->list[i].is_none)
            json_null(out);
        else
            json_span(out, buf_span(&f->list[i].value));
    }
    json_close(out, '}');
    json_key(out, "users");
    json_open(out, '[');
    for (size_t i = 0; i < f->users.count; i++)
        json_span(out, buf_span(&f->users.texts[i]));
    json_close(out, ']');
    json_key(out, "attempts");
    json_u64(out, f->lines.count);
}

static void
print_jsonl(const struct tested_line *line, struct buf *out)
{
    json_open(out, '{');
    if (line->log) {
        json_key(out, "log");
        json_text(out, line->log);
    }
    json_key(out, "line");
    json_u64(out, line->number);
    json_key(out, "result");
    json_text(out, tested_name(line->result));
    if (line->expression != SIZE_MAX) {
        json_key(out, "expression");
        json_u64(out, line->expression + 1);
    }
    if (line->why) {
        json_key(out, "why");
        json_text(out, line->why);
    }
    if (line->hit) {
        json_key(out, "kind");
        json_text(out, event_kind_name(line->hit->kind));
        if (line->hit->peer.family)
            json_who(out, &line->hit->peer);
        json_filled(out, "host", line->hit->host);
        json_filled(out, "id", line->hit->fid);
        json_filled(out, "account", line->hit->account);
        json_filled(out, "recipient", line->hit->recipient);
        json_filled(out, "detail", line->hit->detail);
        json_filled(out, "port", line->hit->port);
    }
    if (line->has_time) {
        json_key(out, "time");
        json_time(out, line->time_us);
    }
    json_filled(out, "id", line->unresolved);
    if ((line->hit || line->unresolved.len) && line->facts)
        json_facts(out, line->facts);
    json_close(out, '}');
    buf_add_byte(out, '\n');
}

static bool
is_listed(const struct tester *t, enum tested result)
{
    const bool *given = t->args->given;
    bool is_any = given[OPT_MATCHED] || given[OPT_IGNORED] || given[OPT_MISSED];

    switch (result) {
    case TESTED_MATCHED:
    case TESTED_TOLD:
        return given[OPT_MATCHED] || (given[OPT_ALL] && !is_any);
    case TESTED_IGNORED:
        return given[OPT_IGNORED] || (given[OPT_ALL] && !is_any);
    case TESTED_MISSED:
        return given[OPT_MISSED] || (given[OPT_ALL] && !is_any);
    case TESTED_RESULTS:
        break;
    }
    return false;
}

void
tested_print_line(struct tester *t, const struct tested_line *line)
{
    struct buf *out = &t->o->out, text = {0};
    const struct screen *s = &t->env->screen;
    size_t used = out->len;

    if (t->args->given[OPT_JSONL]) {
        print_jsonl(line, out);
        return;
    }
    if (t->args->given[OPT_JSON] || !is_listed(t, line->result) ||
        (t->results[line->result] > TESTED_LIST && !t->args->given[OPT_ALL]))
        return;
    if (line->log) {
        text_foreign(out, span_of(line->log));
        buf_add_byte(out, ':');
    }
    buf_printf(out, "%llu: %s", (unsigned long long)line->number,
               tested_name(line->result));
    if (line->expression != SIZE_MAX)
        buf_printf(out, " by %zu", line->expression + 1);
    if (line->why)
        buf_printf(out, " (%s)", line->why);
    buf_add_text(out, ": ");
    used = out->len - used;
    text_foreign(&text, line->raw);
    if (s->columns > used + 1)
        (void)text_cut(out, buf_span(&text), s->columns - used);
    else
        buf_add(out, buf_span(&text));
    buf_add_byte(out, '\n');
    buf_fini(&text);
}

/* "340 ns", "1.2 us", "15 ms". */
static void
add_ns(struct buf *out, int64_t ns)
{
    static const struct {
        int64_t unit;
        const char *name;
    } units[] = {{SECOND_NS, "s"}, {MILLISECOND_NS, "ms"}, {MICROSECOND_NS, "us"}};

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (ns < units[i].unit)
            continue;
        buf_printf(out, "%lld.%lld %s", (long long)(ns / units[i].unit),
                   (long long)(ns % units[i].unit * 10 / units[i].unit), units[i].name);
        return;
    }
    buf_printf(out, "%lld ns", (long long)ns);
}

static int64_t
total_ns(const struct tester *t)
{
    struct match_spent spent;
    int64_t ns = 0;

    for (size_t i = 0; i < t->filter->regex_count; i++) {
        matcher_spent(t->matcher, 0, i, &spent);
        ns += spent.ns;
    }
    return ns;
}

/* With its backslashes as they are, so that it can be copied. */
static void
add_pattern(struct buf *out, struct span pattern)
{
    struct span part;

    while (span_cut(pattern, SPAN("\\"), &part, &pattern)) {
        text_foreign(out, part);
        buf_add_byte(out, '\\');
    }
    text_foreign(out, pattern);
}

static void
print_expressions(struct tester *t)
{
    struct grid g = {.columns = expression_columns,
                     .count = ARRAY_LEN(expression_columns)};
    int64_t all_ns = total_ns(t);
    struct match_spent spent;

    for (size_t i = 0; i < t->filter->regex_count; i++) {
        const struct config_regex *r = &t->filter->regexes[i];

        matcher_spent(t->matcher, 0, i, &spent);
        buf_printf(grid_cell(&g), "%zu", i + 1);
        buf_add_text(grid_cell(&g), kind_name(r));
        if (r->kind == REGEX_TELL)
            buf_add_text(&g.text, " (told)");
        text_number(grid_cell(&g), spent.matches);
        text_number(grid_cell(&g), spent.searches);
        if (spent.searches)
            add_ns(grid_cell(&g), spent.ns / (int64_t)spent.searches);
        else
            buf_add_byte(grid_cell(&g), '-');
        if (all_ns)
            buf_printf(grid_cell(&g), "%u%%", (unsigned)(spent.ns * 100 / all_ns));
        else
            buf_add_byte(grid_cell(&g), '-');
        add_pattern(grid_cell(&g), span_of(r->pattern));
    }
    grid_print(&g, &t->env->screen, &t->o->out);
    grid_fini(&g);
}

static void
print_hits(const struct tester *t)
{
    struct grid g = {.columns = hit_columns, .count = ARRAY_LEN(hit_columns)};
    uint64_t first = t->hits > TESTED_LAST ? t->hits - TESTED_LAST : 0;
    char text[ADDR_TEXT_MAX];

    if (t->hits == 0)
        return;
    for (uint64_t i = first; i < t->hits; i++) {
        const struct tested_hit *h = &t->last[i % TESTED_LAST];

        text_number(grid_cell(&g), h->line);
        buf_printf(grid_cell(&g), "%zu", h->expression + 1);
        buf_add_text(grid_cell(&g), event_kind_name(h->kind));
        if (h->has_time)
            text_time(grid_cell(&g), h->time_us);
        else
            buf_add_text(grid_cell(&g), "no date");
        buf_add_text(grid_cell(&g), h->peer.family ? addr_text(&h->peer, text) : "-");
        text_foreign(grid_cell(&g), span_of(h->account));
        text_foreign(grid_cell(&g), span_of(h->recipient));
        text_foreign(grid_cell(&g), span_of(h->detail));
    }
    buf_add_text(&t->o->out, t->hits > TESTED_LAST ? "\nThe last hits:\n" : "\nHits:\n");
    grid_print(&g, &t->env->screen, &t->o->out);
    grid_fini(&g);
}

static void
print_counts(const struct tester *t)
{
    struct buf *out = &t->o->out;
    const char *comma = "";

    buf_add_byte(out, '\n');
    text_count(out, t->lines, "line");
    buf_add_text(out, ": ");
    for (size_t i = 0; i < TESTED_RESULTS; i++) {
        text_number(out, t->results[i]);
        buf_printf(out, " %s%s", tested_name((enum tested)i),
                   i + 1 < TESTED_RESULTS ? ", " : "\n");
    }
    buf_add_text(out, "Dates: ");
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (t->forms[forms[i].form] == 0)
            continue;
        buf_add_text(out, comma);
        text_number(out, t->forms[forms[i].form]);
        buf_printf(out, " %s", forms[i].name);
        comma = ", ";
    }
    if (t->undated || !comma[0]) {
        buf_add_text(out, comma);
        text_number(out, t->undated);
        buf_add_text(out, " without one that is read");
    }
    buf_add_byte(out, '\n');
}

static void
print_warnings(const struct tester *t)
{
    struct tested_warning warnings[TESTED_WARNINGS_MAX];
    size_t count = tested_warnings(t, warnings);
    struct buf *out = &t->o->out;

    if (count)
        buf_add_byte(out, '\n');
    for (size_t i = 0; i < count; i++) {
        text_paint(out, &t->env->screen, PAINT_YELLOW, "Warning: ");
        if (warnings[i].expression != SIZE_MAX)
            buf_printf(out, "expression %zu: ", warnings[i].expression + 1);
        buf_printf(out, "%s\n", warnings[i].text);
    }
}

static void
json_expressions(const struct tester *t, struct buf *out)
{
    struct match_spent spent;

    json_key(out, "expressions");
    json_open(out, '[');
    for (size_t i = 0; i < t->filter->regex_count; i++) {
        const struct config_regex *r = &t->filter->regexes[i];

        matcher_spent(t->matcher, 0, i, &spent);
        json_open(out, '{');
        json_key(out, "expression");
        json_u64(out, i + 1);
        json_key(out, "kind");
        json_text(out, kind_name(r));
        json_key(out, "where");
        json_text(out, r->where);
        json_key(out, "pattern");
        json_text(out, r->pattern);
        json_key(out, "searches");
        json_u64(out, spent.searches);
        json_key(out, "matches");
        json_u64(out, spent.matches);
        json_key(out, "limit_hits");
        json_u64(out, spent.limit_hits);
        json_key(out, "ns");
        json_i64(out, spent.ns);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void
json_warnings(const struct tester *t, struct buf *out)
{
    struct tested_warning warnings[TESTED_WARNINGS_MAX];
    size_t count = tested_warnings(t, warnings);

    json_key(out, "warnings");
    json_open(out, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(out, '{');
        json_key(out, "expression");
        if (warnings[i].expression != SIZE_MAX)
            json_u64(out, warnings[i].expression + 1);
        else
            json_null(out);
        json_key(out, "text");
        json_text(out, warnings[i].text);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void
json_summary(const struct tester *t, struct buf *out)
{
    struct match_counts counts = matcher_counts(t->matcher);

    json_key(out, "filter");
    json_text(out, t->filter->name);
    json_key(out, "lines");
    json_u64(out, t->lines);
    for (size_t i = 0; i < TESTED_RESULTS; i++) {
        json_key(out, tested_name((enum tested)i));
        json_u64(out, t->results[i]);
    }
    json_key(out, "limit_hits");
    json_u64(out, counts.limit_hits);
    json_key(out, "too_long");
    json_u64(out, counts.too_long);
    json_key(out, "unresolved");
    json_u64(out, counts.unresolved);
    json_key(out, "dates");
    json_open(out, '{');
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (t->forms[forms[i].form] == 0)
            continue;
        json_key(out, forms[i].name);
        json_u64(out, t->forms[forms[i].form]);
    }
    json_key(out, "none");
    json_u64(out, t->undated);
    json_close(out, '}');
    json_expressions(t, out);
    json_warnings(t, out);
}

void
tested_print_summary(struct tester *t)
{
    struct buf *out = &t->o->out;

    if (t->args->given[OPT_JSONL]) {
        json_open(out, '{');
        json_key(out, "summary");
        json_open(out, '{');
        json_summary(t, out);
        json_close(out, '}');
        json_close(out, '}');
        buf_add_byte(out, '\n');
    } else if (t->args->given[OPT_JSON]) {
        json_begin(out, t->env->screen.now_us);
        json_summary(t, out);
        json_end(out);
    } else {
        print_expressions(t);
        print_hits(t);
        print_counts(t);
        print_warnings(t);
    }
}
