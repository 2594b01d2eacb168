#include <time.h>

#include "base/mem.h"
#include "compat/regex_parts.h"
#include "match/pattern.h"

static const char *const names[] = {"matched", "ignored", "missed"};
static const char *const titles[] = {"Matched", "Ignored", "Missed"};

static unsigned
limit_of(const struct tool *t)
{
    return t->o.maxlines ? t->o.maxlines : TOOL_LIST;
}

void
tool_keep(struct tool *t, enum tool_kind kind, struct span line)
{
    struct tool_lines *l = &t->lines[kind];

    l->count++;
    if (t->o.prints_no[kind] ||
        (!t->o.prints_all[kind] && (kind == TOOL_MATCHED || l->count > limit_of(t) + 1)))
        return;
    l->kept = mem_realloc(l->kept, l->kept_count + 1, sizeof(*l->kept));
    l->kept[l->kept_count++] = mem_copy_text(line.len ? line.ptr : "", line.len);
}

void
tool_unmiss(struct tool *t, struct span line)
{
    struct tool_lines *l = &t->lines[TOOL_MISSED];
    size_t i = 0;

    l->count -= l->count > 0;
    while (i < l->kept_count && !span_eq(span_of(l->kept[i]), line))
        i++;
    if (i == l->kept_count)
        return;
    mem_free(l->kept[i]);
    l->kept_count--;
    memmove(&l->kept[i], &l->kept[i + 1], (l->kept_count - i) * sizeof(*l->kept));
}

/* Text for the screen: a line of a log may hold anything. */
static void
add_line(struct buf *out, struct span text)
{
    while (text.len && strchr(" \t\r", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
        text.len--;
    tool_text(out, text);
}

/* An expression with its tags replaced. */
static void
add_expanded(struct buf *out, const char *text)
{
    struct pattern e = {0};
    struct buf why = {0};
    size_t at;

    if (pattern_expand(span_of(text), &e, &why, &at))
        buf_add(out, buf_span(&e.text));
    else
        buf_add_text(out, text);
    pattern_fini(&e);
    buf_fini(&why);
}

static void
print_prefix(struct tool *t)
{
    for (size_t i = 0; i < t->filter->regex_count; i++) {
        if (t->filter->regexes[i].kind != REGEX_PREFIX)
            continue;
        buf_printf(&t->out, "\nPrefregex: %llu total\n|  ",
                   (unsigned long long)t->prefix_hits);
        add_expanded(&t->out, t->filter->regexes[i].pattern);
        buf_add_byte(&t->out, '\n');
        buf_add(&t->out, buf_span(&t->prefix_groups));
        buf_add_text(&t->out, "`-\n");
    }
}

static void
add_found(struct buf *out, const struct tool *t, const struct tool_who *who)
{
    time_t when =
        (time_t)((who->has_time ? who->time_us : t->env->screen.now_us) / 1000000);
    struct tm tm;
    char text[64];

    if (!localtime_r(&when, &tm) ||
        strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Y", &tm) == 0)
        (void)snprintf(text, sizeof(text), "%lld", (long long)when);
    buf_add_text(out, "|      ");
    tool_text(out, span_of(who->id));
    buf_printf(out, "  %s%s\n", text, who->is_several ? " (multiple regex matched)" : "");
}

static bool
is_counted(enum regex_kind kind, bool is_ignore)
{
    return is_ignore ? kind == REGEX_IGNORE : kind == REGEX_FAIL || kind == REGEX_TELL;
}

static void
print_regexes(struct tool *t, const char *title, bool is_ignore)
{
    struct buf list = {0};
    uint64_t total = 0;
    size_t n = 0;

    for (size_t i = 0; i < t->filter->regex_count; i++) {
        const struct tool_regex *r = &t->regexes[i];

        if (!is_counted(t->filter->regexes[i].kind, is_ignore))
            continue;
        n++;
        total += r->hits;
        if (!r->hits && !t->o.verbose)
            continue;
        buf_printf(&list, "|  %2zu) [%llu] %s\n", n, (unsigned long long)r->hits,
                   t->filter->regexes[i].pattern);
        for (size_t k = 0; k < r->found_count; k++)
            add_found(&list, t, &r->found[k]);
    }
    buf_printf(&t->out, "\n%s: %llu total\n", title, (unsigned long long)total);
    if (list.len) {
        buf_add_text(&t->out, "|-  #) [# of hits] regular expression\n");
        buf_add(&t->out, buf_span(&list));
        buf_add_text(&t->out, "`-\n");
    }
    buf_fini(&list);
}

static void
print_template(struct tool *t, size_t i)
{
    buf_printf(&t->out, "|  [%llu] ", (unsigned long long)dates_hits(t->dates, i));
    tool_date_name(&t->out, span_of(dates_name(t->dates, i)));
    buf_add_byte(&t->out, '\n');
}

/* Those that were used come first, as fail2ban moves them to the front. */
static void
print_dates(struct tool *t)
{
    size_t count = t->tested && t->o.verbose ? dates_count(t->dates) : 0;

    if (tool_is_journal(t) && !(t->filter->datepattern && t->filter->datepattern[0]))
        return; /* an entry has its time */
    buf_add_text(&t->out, "\nDate template hits:\n");
    if (count + t->template_count == 0)
        return;
    buf_add_text(&t->out, "|- [# of hits] date format\n");
    for (size_t i = 0; i < t->template_count; i++)
        print_template(t, t->templates[i]);
    for (size_t i = 0; i < count; i++)
        if (dates_hits(t->dates, i) == 0)
            print_template(t, i);
    buf_add_text(&t->out, "`-\n");
}

/* As in the address of a page. */
static void
add_quoted(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            (c && strchr("_.-~", c)))
            buf_add_byte(out, c);
        else if (c == ' ')
            buf_add_byte(out, '+');
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

/* A line with the address of a page that shows each expression on it. */
static void
print_debuggex(struct tool *t, enum tool_kind kind, const char *line)
{
    struct buf text = {0};

    for (size_t i = 0; i < t->filter->regex_count; i++) {
        const struct config_regex *r = &t->filter->regexes[i];

        if (!is_counted(r->kind, kind == TOOL_IGNORED))
            continue;
        buf_clear(&text);
        add_expanded(&text, r->pattern);
        buf_add_text(&t->out, "|  ");
        add_line(&t->out, span_of(line));
        buf_printf(&t->out, " | %s |  https://www.debuggex.com/?re=", r->pattern);
        add_quoted(&t->out, buf_span(&text));
        buf_add_text(&t->out, "&str=");
        add_quoted(&t->out, span_of(line));
        buf_printf(&t->out, "&flavor=python%s\n",
                   t->filter->maxlines > 1 ? "&flags=m" : "");
    }
    buf_fini(&text);
}

static void
print_lines(struct tool *t, enum tool_kind kind)
{
    const struct tool_lines *l = &t->lines[kind];

    if (l->count == 0)
        return;
    if (l->count >= limit_of(t) && !t->o.prints_all[kind]) {
        buf_printf(&t->out,
                   "%s line(s): too many to print.  Use --print-all-%s to print all %llu "
                   "lines\n",
                   titles[kind], names[kind], (unsigned long long)l->count);
        return;
    }
    if (l->kept_count == 0)
        return;
    buf_printf(&t->out, "|- %s line(s):\n", titles[kind]);
    for (size_t i = 0; i < l->kept_count; i++) {
        if (t->o.has_debuggex) {
            print_debuggex(t, kind, l->kept[i]);
            continue;
        }
        buf_add_text(&t->out, "|  ");
        add_line(&t->out, span_of(l->kept[i]));
        buf_add_byte(&t->out, '\n');
    }
    buf_add_text(&t->out, "`-\n");
}

void
tool_print(struct tool *t)
{
    int64_t spent_us = t->env->boot_us() - t->start_us;

    buf_add_text(&t->out, "\nResults\n=======\n");
    print_prefix(t);
    print_regexes(t, "Failregex", false);
    print_regexes(t, "Ignoreregex", true);
    print_dates(t);
    buf_printf(&t->out, "\nLines: %llu lines, %llu ignored, %llu matched, %llu missed\n",
               (unsigned long long)t->tested,
               (unsigned long long)t->lines[TOOL_IGNORED].count,
               (unsigned long long)t->lines[TOOL_MATCHED].count,
               (unsigned long long)t->lines[TOOL_MISSED].count);
    buf_printf(&t->out, "[processed in %lld.%02lld sec]\n\n",
               (long long)(spent_us / 1000000), (long long)(spent_us / 10000 % 100));
    if (t->o.prints_all[TOOL_MATCHED])
        print_lines(t, TOOL_MATCHED);
    if (!t->o.prints_no[TOOL_IGNORED])
        print_lines(t, TOOL_IGNORED);
    if (!t->o.prints_no[TOOL_MISSED])
        print_lines(t, TOOL_MISSED);
}
