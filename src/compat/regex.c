#include "compat/regex.h"

#include <netdb.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "compat/regex_parts.h"
#include "ctl/log_reader.h"

enum { USAGE_ERROR = 255, SHOWN_LINES = 5, FLUSH_BYTES = 1 << 16 };

/* A line without a date has that of the line before, when it is not older. */
#define STALE_US (60 * INT64_C(1000000))

bool
regex_is_name(const char *name)
{
    struct span path = span_of(name);

    return span_eq(span_from(path, (size_t)(span_find_last(path, '/') + 1)),
                   SPAN("fail2ban-regex"));
}

/* --- what was found --- */

static void
keep_who(struct tool_regex *r, const struct tool_who *who)
{
    r->found = mem_realloc(r->found, r->found_count + 1, sizeof(*r->found));
    r->found[r->found_count] = *who;
    r->found[r->found_count++].id = mem_copy_text(who->id, strlen(who->id));
}

/* One failure, of one address or name. */
static void
take_who(struct tool *t, const struct look_seen *seen, const struct facts *f,
         struct span id)
{
    struct tool_regex *r = &t->regexes[seen->regex];
    struct tool_who who = {.id = mem_copy_text(id.ptr, id.len),
                           .time_us = seen->hit->time_us,
                           .has_time = seen->hit->has_time || t->is_entry,
                           .is_whole = t->is_zoned,
                           .is_counted = t->is_counted,
                           .is_several = t->failures > 1};

    t->found++;
    r->hits++;
    if (t->o.verbose && !t->o.out)
        keep_who(r, &who);
    t->failures += !f->is_nofail;
    t->is_nofail |= f->is_nofail;
    if (t->o.out && !f->is_nofail)
        tool_out(t, f, id, &who);
    mem_free(who.id);
}

/* The addresses of a host by its name. */
static void
look_up(struct tool *t, const struct look_seen *seen, const struct facts *f,
        struct span name)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char *text = mem_copy_text(name.ptr, name.len);
    struct addrinfo *all = NULL;
    char address[NI_MAXHOST];

    if (getaddrinfo(text, NULL, &hints, &all) == 0) {
        for (const struct addrinfo *one = all; one; one = one->ai_next)
            if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof(address), NULL,
                            0, NI_NUMERICHOST) == 0)
                take_who(t, seen, f, span_of(address));
        freeaddrinfo(all);
    }
    mem_free(text);
}

static bool
is_way(const struct tool *t, const char *way)
{
    return t->o.usedns && span_eq_nocase(span_of(t->o.usedns), span_of(way));
}

static bool
has(const struct facts *f, const char *name)
{
    const struct fact *one = facts_find(f, name);

    return one && one->value.len;
}

/* The id in the form that an address has. */
static struct span
plain(const struct facts *f, char text[ADDR_TEXT_MAX])
{
    const struct fact *cidr = facts_find(f, "cidr");
    struct span id = facts_id(f);
    struct addr a;
    uint64_t bits;

    if (!addr_parse(id, &a))
        return id;
    if (cidr && !facts_find(f, "fid") &&
        span_u64(buf_span(&cidr->value), 0, addr_width(&a), &bits))
        a = addr_mask(a, (unsigned)bits);
    return span_of(addr_text(&a, text));
}

static void
take_failure(struct tool *t, const struct look_seen *seen, const struct facts *f)
{
    bool is_session = facts_find(f, "mlfid") != NULL, stops = t->o.checks_one || t->o.out;
    char text[ADDR_TEXT_MAX];

    if (stops && is_session && f->is_nofail)
        return;
    if (facts_id(f).len == 0) {
        if (!t->o.out && is_session) /* else it is nobody's */
            take_who(t, seen, f, SPAN("None"));
    } else if (has(f, "fid") || has(f, "ip4") || has(f, "ip6") || t->o.is_raw ||
               is_way(t, "raw")) {
        take_who(t, seen, f, plain(f, text));
    } else if (!is_way(t, "no")) {
        look_up(t, seen, f, facts_id(f));
    }
}

/* With -v: what the prefregex caught. */
static void
take_prefix(struct tool *t, const struct look_seen *seen)
{
    struct buf *out = &t->prefix_groups;

    t->prefix_hits++;
    if (!t->o.verbose || t->prefix_shown > TOOL_LIST)
        return;
    buf_add_text(out, "|      ");
    if (t->prefix_shown++ == TOOL_LIST) {
        buf_add_text(out, "...\n");
        return;
    }
    for (size_t i = 0; i < seen->field_count; i++) {
        buf_add_text(out, i ? ", " : "{");
        fail2ban_repr(seen->fields[i].name, out);
        buf_add_text(out, ": ");
        if (seen->fields[i].value.ptr)
            fail2ban_repr(seen->fields[i].value, out);
        else
            buf_add_text(out, "None");
    }
    buf_add_text(out, seen->field_count ? "}\n" : "{}\n");
}

static void
take_match(void *ctx, const struct look_seen *seen)
{
    struct tool *t = ctx;
    const struct facts *f = facts_take(t->book, seen);

    if (seen->kind == REGEX_PREFIX)
        take_prefix(t, seen);
    if (seen->kind == REGEX_IGNORE) {
        t->is_ignored = true;
        t->regexes[seen->regex].hits++;
    }
    if (!f)
        return;
    /* Lines before this one were missed, and have matched now. */
    for (size_t i = 0; i < seen->taken_count && i < f->lines.count; i++) {
        if (seen->taken[i] == 0)
            continue;
        if (t->o.prints_all[TOOL_MATCHED])
            tool_keep(t, TOOL_MATCHED, buf_span(&f->lines.texts[i]));
        else
            t->lines[TOOL_MATCHED].count++;
        tool_unmiss(t, buf_span(&f->lines.texts[i]));
    }
    take_failure(t, seen, f);
}

/* --- lines --- */

/* Remembers which templates were used, the first one first. */
static void
note_template(struct tool *t, size_t template)
{
    for (size_t i = 0; i < t->template_count; i++)
        if (t->templates[i] == template)
            return;
    if (t->template_count < DATES_TEMPLATES_MAX)
        t->templates[t->template_count++] = (uint16_t) template;
}

/* Counts the template, and makes the line known with the date it has. */
static void
take_date(struct tool *t, struct span raw)
{
    int64_t now_us = t->env->screen.now_us;
    struct buf text = {0};
    struct date_cut cut;
    bool is_found = dates_find(t->dates, raw, now_us, &cut) == DATES_FOUND;

    if (is_found)
        note_template(t, cut.template);
    if (is_found && cut.has_time) {
        t->is_zoned = cut.is_zoned;
        t->is_counted = cut.is_counted;
        t->has_date = true;
        t->date_us = cut.wall_us;
        buf_clear(&t->date_text);
        buf_add(&t->date_text, span_head(span_from(raw, cut.at), cut.len));
    } else if (t->has_date && t->date_us > now_us - STALE_US) {
        buf_add(&text, buf_span(&t->date_text));
    }
    buf_add(&text, raw);
    facts_line(t->book, buf_span(&text));
    buf_fini(&text);
}

/* Matches a line that is shown as `raw`. */
static void
match_line(struct tool *t, const struct line *line, int64_t now_us, struct span raw)
{
    struct match_hit hits[MATCH_HITS_MAX];

    (void)matcher_line(t->matcher, 1, line, now_us, hits); /* t->look hears */
    if (t->o.out)
        return;
    tool_keep(t,
              t->is_ignored || t->is_nofail ? TOOL_IGNORED
              : t->failures                 ? TOOL_MATCHED
                                            : TOOL_MISSED,
              raw);
}

static void
begin_line(struct tool *t)
{
    t->found = t->failures = 0;
    t->is_ignored = t->is_nofail = false;
    t->tested++;
}

static void
test_line(struct tool *t, struct span raw)
{
    struct line line;

    while (raw.len && (raw.ptr[raw.len - 1] == '\r' || raw.ptr[raw.len - 1] == '\n'))
        raw.len--;
    if (raw.len == 0 || raw.ptr[0] == '#')
        return;
    begin_line(t);
    take_date(t, raw);
    line_split(raw, &line);
    match_line(t, &line, t->env->screen.now_us, raw);
}

/* As Python writes the time: without a fraction that is none. */
void
tool_test_entry(struct tool *t, const struct line *entry, int64_t time_us)
{
    char date[CLOCK_TEXT_MAX];
    struct span text = span_of(clock_text(time_us, date));
    struct buf raw = {0};
    ptrdiff_t zone = span_find_byte(text, '+');

    if (zone < 0)
        zone = span_find_last(text, '-');
    buf_add(&raw, span_head(text, (size_t)zone));
    if (time_us % SECOND_US)
        buf_printf(&raw, ".%06lld", (long long)(time_us % SECOND_US));
    buf_add(&raw, span_from(text, (size_t)zone));
    buf_printf(&raw, " %.*s", SPAN_FMT(entry->body));
    begin_line(t);
    t->is_zoned = false;
    t->is_counted = t->is_entry = true;
    facts_line(t->book, buf_span(&raw));
    match_line(t, entry, time_us, buf_span(&raw));
    buf_fini(&raw);
}

static int
flush(struct tool *t)
{
    int e = ctl_flush(t->env->out, &t->out);

    return e == 0 ? ctl_flush(t->env->err, &t->err) : e;
}

bool
tool_flush(struct tool *t)
{
    return t->out.len < FLUSH_BYTES || flush(t) == 0;
}

static bool
test_log(struct tool *t, const char *name)
{
    struct log_reader r = {0};
    struct buf why = {0};
    enum log_next next;
    struct span raw;
    bool is_good = log_reader_open(&r, name, t->env->in, &why);

    while (is_good && (next = log_reader_next(&r, &raw)) != LOG_END) {
        if (next == LOG_LINE)
            test_line(t, raw);
        is_good = tool_flush(t);
    }
    if (is_good && r.error) {
        buf_printf(&why, "%s", r.why);
        is_good = false;
    }
    if (!is_good)
        buf_printf(&t->err, "fail2ban-regex: %s\n", why.len ? why.ptr : "cannot write");
    log_reader_close(&r);
    buf_fini(&why);
    return is_good;
}

/* A log, and not a line: a file; a pipe that is named as one. */
static bool
is_log(const char *word)
{
    struct stat st;

    return stat(word, &st) == 0 &&
           (S_ISREG(st.st_mode) || (word[0] == '/' && !S_ISDIR(st.st_mode)));
}

static void
add_short(struct buf *out, struct span text)
{
    tool_text(out, text.len > 53 ? span_head(text, 50) : text);
    buf_add_text(out, text.len > 53 ? "...\n" : "\n");
}

static void
say_lines(struct tool *t, struct span rest, size_t count)
{
    struct span line;

    buf_printf(&t->out, "Use      multi line : %zu line(s)\n", count);
    for (size_t i = 0; i < count && span_line(&rest, &line); i++) {
        if (i == SHOWN_LINES) {
            buf_add_text(&t->out, "| ...\n");
            break;
        }
        buf_printf(&t->out, "| %2zu: ", i + 1);
        add_short(&t->out, line);
    }
    buf_add_text(&t->out, "`-\n");
}

/* The first word: a log, or lines themselves. */
static bool
test_word(struct tool *t, const char *word)
{
    struct span text = span_of(word), rest = text, line;
    bool is_file = is_log(word), is_said = !t->o.out;
    size_t count = 0;

    while (!is_file && span_line(&rest, &line))
        count++;
    if (is_said && is_file) {
        buf_printf(&t->out, "Use         log file : %s\nUse         encoding : UTF-8\n",
                   word);
    } else if (is_said && count <= 1 && t->filter->maxlines <= 1) {
        buf_add_text(&t->out, "Use      single line : ");
        add_short(&t->out, text);
    } else if (is_said) {
        say_lines(t, text, count);
    }
    if (is_said)
        buf_add_byte(&t->out, '\n');
    if (is_file)
        return test_log(t, word);
    while (span_line(&text, &line))
        test_line(t, line);
    return true;
}

/* --- the program --- */

static int
test(struct tool *t)
{
    bool is_good;

    t->regexes = mem_zalloc(t->filter->regex_count + 1, sizeof(*t->regexes));
    t->book = facts_book_new(t->filter->maxlines);
    t->look = (struct look){
        .tries_all = !t->o.checks_one && !t->o.out, .seen = take_match, .ctx = t};
    matcher_explain(t->matcher, NULL);
    matcher_look(t->matcher, &t->look);
    t->start_us = t->env->boot_us();
    is_good = tool_is_journal(t) ? tool_test_journal(t) : test_word(t, t->o.words[0]);
    if (is_good && !t->o.out)
        tool_print(t);
    return is_good ? 0 : USAGE_ERROR;
}

static void
fini(struct tool *t)
{
    for (size_t i = 0; t->regexes && i < t->filter->regex_count; i++) {
        for (size_t k = 0; k < t->regexes[i].found_count; k++)
            mem_free(t->regexes[i].found[k].id);
        mem_free(t->regexes[i].found);
    }
    for (size_t i = 0; i < TOOL_KINDS; i++) {
        for (size_t k = 0; k < t->lines[i].kept_count; k++)
            mem_free(t->lines[i].kept[k]);
        mem_free(t->lines[i].kept);
    }
    mem_free(t->regexes);
    matcher_free(t->matcher);
    facts_book_free(t->book);
    dates_free(t->dates);
    config_fini(&t->config);
    buf_fini(&t->date_text);
    buf_fini(&t->prefix_groups);
    buf_fini(&t->out);
    buf_fini(&t->err);
}

int
regex_main(int argc, char **argv, const struct ctl_env *env)
{
    struct tool t = {.env = env};
    int code = tool_options(&t, argc, argv);

    if (code < 0) {
        if (!t.o.out)
            buf_add_text(&t.out, "\nRunning tests\n=============\n\n");
        code = tool_filter(&t) ? test(&t) : USAGE_ERROR;
    }
    if (flush(&t) != 0)
        code = USAGE_ERROR;
    fini(&t);
    return code;
}
