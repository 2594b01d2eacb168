#include "ctl/test_filter.h"

#include <sys/stat.h>

#include "ctl/filter_find.h"
#include "ctl/log_reader.h"
#include "ctl/test_filter_internal.h"

enum { PROGRESS_EVERY_US = 200000, FLUSH_BYTES = 1 << 16 };

static void
keep_field(char out[TESTED_FIELD_MAX], struct span s)
{
    s = span_head(s, TESTED_FIELD_MAX - 1);
    if (s.len)
        memcpy(out, s.ptr, s.len);
    out[s.len] = '\0';
}

static void
keep_hit(struct tester *t, const struct tested_line *line)
{
    struct tested_hit *kept = &t->last[t->hits++ % TESTED_LAST];

    *kept = (struct tested_hit){.line = line->number,
                                .expression = line->expression,
                                .kind = line->hit->kind,
                                .peer = line->hit->peer,
                                .time_us = line->time_us,
                                .has_time = line->has_time};
    keep_field(kept->account, line->hit->account);
    keep_field(kept->recipient, line->hit->recipient);
    keep_field(kept->detail, line->hit->detail);
}

/* What became of the line of a hit. */
static void
judge_hit(const struct match_hit *hit, struct tested_line *out)
{
    static const struct {
        enum tested result;
        const char *why;
    } meanings[] = {
        [MATCH_FAILURE] = {TESTED_MATCHED, NULL},
        [MATCH_TOLD] = {TESTED_TOLD, NULL},
        [MATCH_HELD] = {TESTED_IGNORED, "held for its session"},
        [MATCH_IGNORED] = {TESTED_IGNORED, "ignoreregex"},
        [MATCH_NAMED] = {TESTED_MATCHED, NULL},
        [MATCH_UNRESOLVED] = {TESTED_IGNORED, "a host name, not an address"},
    };

    out->expression = hit->regex;
    out->result = meanings[hit->what].result;
    out->why = meanings[hit->what].why;
    if (!out->why)
        out->hit = hit;
    if (hit->what == MATCH_UNRESOLVED)
        out->unresolved = hit->fid;
}

/* When the line was written, as the filter reads it; where that does not say, the date of
 * the line before, as for a replay. */
static void
read_date(struct tester *t, const struct line *l, struct tested_line *out)
{
    bool is_own = false;

    out->has_time = matcher_time(t->matcher, 0, &out->time_us, &is_own);
    if (is_own)
        t->forms[l->form]++;
    else
        t->undated++;
    if (!out->has_time) {
        out->has_time = t->has_last;
        out->time_us = t->last_us;
    }
    t->has_last = out->has_time;
    t->last_us = out->time_us;
}

/* Hears of each match of the line at hand. */
static void
take_match(void *ctx, const struct look_seen *seen)
{
    struct tester *t = ctx;
    const struct facts *facts = facts_take(t->book, seen);

    if (facts)
        t->facts = facts;
}

static void
test_line(struct tester *t, struct span raw, const char *log, int64_t reference_us)
{
    struct match_hit hits[MATCH_HITS_MAX];
    struct tested_line out = {.number = ++t->lines,
                              .log = log,
                              .raw = raw,
                              .result = TESTED_MISSED,
                              .expression = SIZE_MAX};
    struct line l;

    if (t->args->given[OPT_JOURNAL])
        line_of_journal(raw, &l);
    else
        line_split(raw, &l);
    t->facts = NULL;
    if (t->book)
        facts_line(t->book, raw);
    if (matcher_line(t->matcher, 1, &l, reference_us, hits) > 0)
        judge_hit(&hits[0], &out);
    out.facts = t->facts;
    read_date(t, &l, &out);
    t->results[out.result]++;
    if (out.hit)
        keep_hit(t, &out);
    tested_print_line(t, &out);
    if (t->o->out.len > FLUSH_BYTES && t->write_error == 0)
        t->write_error = ctl_flush(t->env->out, &t->o->out);
}

static void
show_progress(struct tester *t, const struct log_reader *r)
{
    struct buf line = {0};
    int64_t now_us;

    if (!t->env->is_err_tty)
        return;
    now_us = t->env->boot_us();
    if (now_us - t->shown_us < PROGRESS_EVERY_US)
        return;
    t->shown_us = now_us;
    t->is_shown = true;
    buf_add_text(&line, "\r\033[K");
    if (r->size && r->taken <= r->size)
        buf_printf(&line, "%u%%, ", (unsigned)(r->taken * 100 / r->size));
    text_count(&line, t->lines, "line");
    if (ctl_flush(t->env->err, &line) != 0)
        t->shown_us = INT64_MAX / 2; /* the terminal is gone: no more of it */
    buf_fini(&line);
}

static void
end_progress(struct tester *t)
{
    struct buf line = {0};

    if (!t->is_shown)
        return;
    t->is_shown = false;
    buf_add_text(&line, "\r\033[K");
    if (ctl_flush(t->env->err, &line) != 0)
        buf_clear(&line); /* it was only progress */
    buf_fini(&line);
}

static bool
test_log(struct tester *t, const char *name, const char *shown)
{
    int64_t reference_us = t->env->screen.now_us;
    struct log_reader r = {0};
    enum log_next next;
    struct span raw;

    if (!log_reader_open(&r, name, t->env->in, &t->o->error)) {
        buf_add_byte(&t->o->error, '\n');
        return false;
    }
    t->has_last = false;
    if (r.changed_us && r.changed_us < reference_us)
        reference_us = r.changed_us;
    while ((next = log_reader_next(&r, &raw)) != LOG_END && t->write_error == 0) {
        if (next == LOG_LINE)
            test_line(t, raw, shown, reference_us);
        else
            show_progress(t, &r);
    }
    end_progress(t);
    if (r.error) {
        text_foreign(&t->o->error, span_of(name));
        buf_printf(&t->o->error, ": cannot be read on: %s\n", r.why);
    }
    log_reader_close(&r);
    return true;
}

/* A word that is meant as a path, though no file is there, is no line of a log. */
static bool
is_log(const char *word)
{
    struct stat st;

    return span_eq(span_of(word), SPAN("-")) || stat(word, &st) == 0 ||
           (word[0] == '/' && span_find_byte(span_of(word), ' ') < 0);
}

/* One word of the command line: a log, or lines themselves. */
static bool
test_word(struct tester *t, const char *word, bool is_only)
{
    struct span text = span_of(word), line;

    if (is_log(word))
        return test_log(t, word, is_only ? NULL : word);
    while (span_line(&text, &line))
        test_line(t, line, NULL, t->env->screen.now_us);
    return true;
}

static enum ctl_exit
finish(struct tester *t)
{
    if (t->write_error) {
        buf_printf(&t->o->error, "cannot write the output: %s",
                   strerror(-t->write_error));
        return CTL_INTERNAL;
    }
    tested_print_summary(t);
    if (t->o->error.len)
        return CTL_INTERNAL;
    return t->results[TESTED_MATCHED] || t->results[TESTED_TOLD] ? CTL_DONE
                                                                 : CTL_NO_MATCH;
}

static enum ctl_exit
test_words(struct tester *t)
{
    const char **words = t->args->words + 1;
    size_t count = t->args->word_count - 1;

    for (size_t i = 0; i < count && t->write_error == 0; i++)
        if (!test_word(t, words[i], count == 1))
            return CTL_USAGE;
    return finish(t);
}

enum ctl_exit
test_filter_run(const struct ctl_env *env, const struct ctl_args *args,
                struct ctl_output *o)
{
    struct filter_given options = {.directory = args->value[OPT_CONFIG],
                                   .datepattern = args->value[OPT_DATEPATTERN],
                                   .maxlines = args->value[OPT_MAXLINES],
                                   .usedns = args->value[OPT_USEDNS]};
    struct tester t = {.env = env, .args = args, .o = o};
    enum ctl_exit code = CTL_USAGE;
    struct stat st;

    if (options.directory && stat(options.directory, &st) != 0) {
        text_foreign(&o->error, span_of(options.directory));
        buf_add_text(&o->error, ": cannot be read");
        return CTL_USAGE;
    }
    if (!filter_find(args->words[0], &options, &t.config, &o->error))
        return CTL_USAGE;
    t.filter = &t.config.filters[0];
    t.matcher = matcher_new(&t.config, &o->error);
    if (t.matcher) {
        matcher_explain(t.matcher, env->boot_ns);
        matcher_give_names(t.matcher);
        if (args->given[OPT_JSONL]) {
            t.book = facts_book_new(t.filter->maxlines);
            t.look = (struct look){.seen = take_match, .ctx = &t};
            matcher_look(t.matcher, &t.look);
        }
        t.start_us = t.shown_us = env->boot_us();
        code = test_words(&t);
    }
    matcher_free(t.matcher);
    facts_book_free(t.book);
    config_fini(&t.config);
    return code;
}
