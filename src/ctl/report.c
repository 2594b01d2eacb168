#include "ctl/report.h"

#include "base/mem.h"
#include "ctl/args.h"
#include "ctl/journal_entries.h"
#include "ctl/report_counting.h"
#include "ctl/report_logs.h"
#include "ctl/report_mail.h"
#include "ctl/report_rules.h"
#include "ctl/report_schedule.h"
#include "ctl/report_store.h"
#include "ctl/report_where.h"
#include "ctl/when.h"
#include "report/digest.h"
#include "report/print.h"

enum { NAMES_MAX = 16, REPORT_MAX = 256 << 20 };

struct work {
    const struct ctl_env *env;
    const struct ctl_args *args;
    enum language language;
    struct report_logs logs;
    struct report_rules *rules; /* NULL: nobody judges */
    struct report_counting counting;
    struct report_lane lane; /* to those who count */
    struct report_where where;
    int64_t began_us;               /* of what was counted, or 0 */
    bool is_sent;                   /* the mail */
    char *instances[NAMES_MAX + 1]; /* of Postfix, beside postfix*; NULL at the end */
};

/* --- options --- */

static bool
take_language(struct work *w, struct buf *error)
{
    const char *wanted = w->args->value[OPT_LANGUAGE];

    w->language = w->env->language == CTL_JAPANESE ? LANGUAGE_JAPANESE : LANGUAGE_ENGLISH;
    if (!w->args->given[OPT_LANGUAGE])
        return true;
    for (int l = 0; l < LANGUAGES; l++) {
        if (strcmp(language_code((enum language)l), wanted) != 0)
            continue;
        w->language = (enum language)l;
        return true;
    }
    buf_add_text(error, "--language is en or ja");
    return false;
}

/* The local midnight behind the day that begins at `wall_us`. */
static int64_t
next_midnight(int64_t wall_us)
{
    struct civil c = clock_to_civil(wall_us, clock_local_offset_s(wall_us));
    struct civil next =
        clock_to_civil((clock_days(c.year, c.month, c.day) + 1) * DAY_US, 0);

    return clock_from_local(&next);
}

/* A day by its name or number: "yesterday", "2026-11-21". */
static bool
take_day(const struct work *w, struct span text, int64_t *wall_us)
{
    bool is_name = span_eq(text, SPAN("today")) || span_eq(text, SPAN("yesterday"));

    return (is_name || text.len == strlen("2026-11-21")) &&
           when_parse(text, w->env->screen.now_us, wall_us);
}

/* "yesterday", "2026-11-20..2026-11-21", either end open. */
static bool
take_days(struct work *w, struct buf *error)
{
    struct span text = span_of(w->args->value[OPT_DAY]), from = text, to = text;
    bool is_range = span_cut(text, SPAN(".."), &from, &to);
    int64_t first_us = 0, last_us = 0;

    if ((from.len == 0 && to.len == 0) || (!is_range && from.len == 0) ||
        (from.len && !take_day(w, from, &first_us)) ||
        (to.len && !take_day(w, to, &last_us)) ||
        (from.len && to.len && last_us < first_us)) {
        buf_add_text(error, "-d takes today, yesterday, 2026-11-21 or "
                            "2026-11-20..2026-11-21");
        return false;
    }
    if (from.len)
        w->logs.from_us = first_us;
    if (to.len)
        w->logs.until_us = next_midnight(last_us);
    return true;
}

/* "mx1,mx2" */
static bool
take_names(struct work *w, struct buf *error)
{
    struct span rest = span_of(w->args->value[OPT_SYSLOG_NAME]), name;
    size_t count = 0;
    bool is_good = true;

    while (is_good && rest.len) {
        if (!span_cut(rest, SPAN(","), &name, &rest)) {
            name = rest;
            rest = (struct span){0};
        }
        is_good = name.len && span_find_byte(name, '/') < 0 && count < NAMES_MAX;
        if (is_good)
            w->instances[count++] = mem_copy_text(name.ptr, name.len);
    }
    if (!is_good || count == 0)
        buf_printf(error, "--syslog-name takes 1 to %d names with commas between them",
                   NAMES_MAX);
    return is_good && count > 0;
}

/* Whether the options go together. */
static bool
options_agree(const struct work *w, struct buf *error)
{
    const bool *given = w->args->given;
    int formats =
        given[OPT_JSON] + given[OPT_HTML] + given[OPT_PROMETHEUS] + given[OPT_MAIL_TO];

    if (formats > 1) {
        buf_add_text(error, "only one of --json, --html, --prometheus and --mail-to");
        return false;
    }
    if (given[OPT_DAY] && (given[OPT_SINCE] || given[OPT_UNTIL])) {
        buf_add_text(error, "-d and --since or --until exclude each other");
        return false;
    }
    if (given[OPT_MAIL_TO] && !report_mail_is_to(span_of(w->args->value[OPT_MAIL_TO]))) {
        buf_add_text(error, "--mail-to takes addresses with commas between them");
        return false;
    }
    if (given[OPT_COMPARE] && !given[OPT_DAY] && !given[OPT_SINCE]) {
        buf_add_text(error, "--compare needs -d or --since: what is compared");
        return false;
    }
    if (given[OPT_JOURNAL] && (given[OPT_ROTATED] || w->args->word_count > 1)) {
        buf_add_text(error, "--journal takes at most one folder, and no --rotated");
        return false;
    }
    return true;
}

static bool
take_options(struct work *w, struct buf *error)
{
    const bool *given = w->args->given;

    if (!options_agree(w, error))
        return false;
    if (!args_range(w->args, w->env->screen.now_us, &w->logs.from_us, &w->logs.until_us,
                    error))
        return false;
    if (given[OPT_SYSLOG_NAME] && !take_names(w, error))
        return false;
    if (!take_language(w, error) || (given[OPT_DAY] && !take_days(w, error)))
        return false;
    if (given[OPT_COMPARE] && w->logs.from_us == 0) {
        buf_add_text(error, "--compare needs a day to begin with");
        return false;
    }
    return !given[OPT_FROM_STORE] ||
           report_store_may(w->args, w->logs.from_us, w->logs.until_us, error);
}

/* --- lines --- */

static void
add_line(struct work *w, struct report_lane_line *l, int64_t wall_us)
{
    l->period = report_periods_of(&w->counting.periods, wall_us);
    l->wall_us = wall_us;
    report_lane_add(&w->lane);
}

static void
take_line(void *ctx, struct span raw, struct line *line, int64_t wall_us)
{
    struct work *w = ctx;

    add_line(w, report_lane_lend(&w->lane, raw, line), wall_us);
}

/* The log reads on. */
static void
release_lines(void *ctx)
{
    struct work *w = ctx;

    report_lane_release(&w->lane);
}

static void
read_logs(struct work *w, struct buf *error)
{
    static const char *const standard_in[] = {"-"};
    const char *const *words = w->args->word_count ? w->args->words : standard_in;
    size_t count = w->args->word_count ? w->args->word_count : 1;
    struct buf why = {0};

    for (size_t i = 0; i < count; i++) {
        bool is_rotated = w->args->given[OPT_ROTATED] && strcmp(words[i], "-") != 0;

        buf_clear(&why);
        if (is_rotated ? report_logs_add_rotated(&w->logs, words[i], &why)
                       : report_logs_add(&w->logs, words[i], &why))
            continue;
        buf_add_text(error, error->len ? "\n" : "");
        buf_add(error, buf_span(&why));
    }
    buf_fini(&why);
    w->logs.release = release_lines;
    report_logs_read(&w->logs, take_line, w, error);
}

/* What rsyslog would write into mail.log. */
#define MAIL_FACILITY "SYSLOG_FACILITY=2"

static bool
take_entry(void *ctx, struct span raw, struct line *line, int64_t time_us)
{
    struct work *w = ctx;

    if (time_us >= w->logs.from_us && time_us < w->logs.until_us)
        add_line(w, report_lane_room(&w->lane, raw, line), time_us);
    return true;
}

static void
read_journal(struct work *w, struct buf *error)
{
    const struct journal_wanted wanted = {
        .libexec = w->env->libexec,
        .folder = w->args->word_count ? w->args->words[0] : "",
        .match = MAIL_FACILITY,
        .since_us = w->logs.from_us};

    if (!journal_entries_read(&wanted, take_entry, w, error) && error->len == 0)
        buf_add_text(error, "the journal cannot be read to its end");
}

/* --- the report --- */

static void
make_document(const struct work *w, struct document *d)
{
    const struct report_period *now = &w->counting.periods.all[PERIOD_NOW];
    const struct report_day *day = now->day, *before;
    struct digest g = {.tally = day->tally,
                       .deeds = day->deeds,
                       .rows = w->args->given[OPT_ALL] ? SIZE_MAX : DIGEST_ROWS,
                       .judged = day->judged,
                       .visits = day->visits,
                       .checks = day->checks,
                       .where = report_where_known(&w->where),
                       .is_compared = w->args->given[OPT_COMPARE]};

    for (size_t i = 0; i < COMPARISONS; i++) {
        before = w->counting.periods.all[1 + i].day;
        if (report_periods_has(&w->counting.periods, 1 + i))
            g.before[i] = (struct digest_before){before->tally, before->deeds};
    }
    document_init(d);
    if (day->machine_len)
        document_of(d, (struct span){day->machine, day->machine_len});
    d->from_us = now->from_us ? now->from_us : day->deeds->first_us;
    d->until_us = now->until_us < INT64_MAX ? now->until_us : day->deeds->last_us;
    d->began_us = w->began_us;
    digest_make(&g, d);
}

static void
print(const struct work *w, const struct document *d, struct buf *out)
{
    const bool *given = w->args->given;
    struct screen screen = w->env->screen;

    if (given[OPT_WIDE])
        screen.columns = 0;
    else if (screen.columns == 0) /* no terminal: a file, a mail */
        screen.columns = CTL_COLUMNS_DEFAULT;
    if (given[OPT_JSON])
        print_json(d, w->language, out);
    else if (given[OPT_PROMETHEUS])
        print_prometheus(d, out);
    else if (given[OPT_HTML])
        print_html(d, w->language, HTML_PAGE, out);
    else
        print_text(d, w->language, &screen, out);
}

static enum ctl_exit
mail(struct work *w, const struct document *d, struct buf *error)
{
    const struct report_day *day = w->counting.periods.all[PERIOD_NOW].day;
    struct report_mail m = {.to = w->args->value[OPT_MAIL_TO],
                            .host = {day->machine, day->machine_len},
                            .language = w->language,
                            .now_us = w->env->screen.now_us};
    struct buf text = buf_bounded(REPORT_MAX), said = {0};
    enum ctl_exit code = CTL_DONE;

    report_mail_build(d, &m, &text);
    if (text.is_cut || !report_mail_send(REPORT_SENDMAIL, buf_span(&text), &said)) {
        buf_add_text(error, error->len ? "\n" : "");
        buf_add_text(error, "the mail was not sent: ");
        text_foreign(error,
                     text.is_cut ? SPAN("it is too long") : span_trim(buf_span(&said)));
        code = CTL_INTERNAL;
    }
    w->is_sent = code == CTL_DONE;
    buf_fini(&text);
    buf_fini(&said);
    return code;
}

/* Reads and judges all lines. */
static void
count(struct work *w, struct buf *error)
{
    const struct report_takers takers = report_counting_begin(&w->counting);

    w->logs.from_us = report_periods_from(&w->counting.periods);
    report_lane_init(&w->lane, &takers, w->env->cores);
    w->logs.crew = &w->lane.crew;
    if (w->args->given[OPT_JOURNAL])
        read_journal(w, error);
    else
        read_logs(w, error);
    report_lane_finish(&w->lane);
    report_counting_end(&w->counting);
}

/* Takes what the guard has counted; false when there is nothing of the kind. What is to
 * be told of it is in `notes`. */
static bool
take_stored(struct work *w, struct buf *notes)
{
    struct report_day *d = report_store_read(w->args, w->logs.from_us,
                                             w->env->screen.now_us, &w->began_us, notes);

    if (!d)
        return false;
    report_periods_take(&w->counting.periods, d);
    return true;
}

/* Counts, or takes what was counted; false with its error when nothing can be told. */
static bool
count_all(struct work *w, struct buf *error, struct buf *notes)
{
    report_periods_init(&w->counting.periods, w->logs.from_us, w->logs.until_us,
                        w->env->screen.now_us);
    if (w->args->given[OPT_FROM_STORE]) {
        if (take_stored(w, notes))
            return true;
        buf_add(error, buf_span(notes));
        return false;
    }
    if (w->args->given[OPT_COMPARE])
        report_periods_compare(&w->counting.periods);
    count(w, error);
    return true;
}

static void
end_counts(struct work *w)
{
    attacks_free(w->counting.attacks);
    report_rules_free(w->rules);
    report_periods_fini(&w->counting.periods);
}

static enum ctl_exit
tell(struct work *w, struct ctl_output *o)
{
    enum ctl_exit code = CTL_DONE;
    struct document d;

    make_document(w, &d);
    if (w->args->given[OPT_MAIL_TO])
        code = mail(w, &d, &o->error);
    else
        print(w, &d, &o->out);
    if (o->error.len)
        code = CTL_INTERNAL;
    else if (w->args->given[OPT_CHECK] && d.weight >= WEIGHT_LOOK)
        code = CTL_NO_MATCH;
    document_fini(&d);
    return code;
}

static enum ctl_exit
report(struct work *w, struct ctl_output *o)
{
    enum ctl_exit code = CTL_INTERNAL;
    struct buf notes = {0};

    if (!w->args->given[OPT_FROM_STORE] && !w->args->given[OPT_NO_ATTACKS]) {
        w->rules = report_rules_load(w->args, &o->error);
        if (!w->rules)
            return CTL_USAGE;
        w->counting.attacks = attacks_new(&w->rules->rules, w->logs.from_us);
    }
    if (count_all(w, &o->error, &notes)) {
        report_where_open(&w->where, w->args, &notes);
        code = tell(w, o);
        report_where_close(&w->where);
        buf_add(&o->error, span_trim(buf_span(&notes)));
    }
    end_counts(w);
    buf_fini(&notes);
    return code;
}

enum ctl_exit
report_command(const struct ctl_env *env, const struct ctl_args *args,
               struct ctl_output *o)
{
    bool is_sent;

    return args->given[OPT_SCHEDULED] ? report_scheduled(env, args, o)
                                      : report_run(env, args, o, &is_sent);
}

enum ctl_exit
report_run(const struct ctl_env *env, const struct ctl_args *args, struct ctl_output *o,
           bool *is_sent)
{
    struct work w = {.env = env,
                     .args = args,
                     .logs = {.env = env, .until_us = INT64_MAX},
                     .counting = {.instances = (const char *const *)w.instances,
                                  .unprocessed = REPORT_UNPROCESSED_NONE}};
    const char *unprocessed = args->value[OPT_UNPROCESSED];
    enum ctl_exit code = CTL_USAGE;

    if (args->given[OPT_PFLOGSUMM]) {
        buf_add_text(&o->error, args->given[OPT_FROM_STORE]
                                    ? "--pflogsumm counts otherwise than --from-store: "
                                      "name a log"
                                    : "--pflogsumm must come first");
    } else if (take_options(&w, &o->error)) {
        code = CTL_INTERNAL;
        if (!args->given[OPT_UNPROCESSED] ||
            report_unprocessed_open(&w.counting.unprocessed, unprocessed, &o->error)) {
            code = report(&w, o);
            report_unprocessed_close(&w.counting.unprocessed, unprocessed, &o->error);
            code = w.counting.unprocessed.error ? CTL_INTERNAL : code;
        }
    }
    *is_sent = w.is_sent;
    for (size_t i = 0; w.instances[i]; i++)
        mem_free(w.instances[i]);
    report_logs_fini(&w.logs);
    return code;
}
