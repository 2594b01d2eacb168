#include "ctl/report.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/args.h"
#include "ctl/report_logs.h"
#include "ctl/report_mail.h"
#include "ctl/when.h"
#include "report/digest.h"
#include "report/print.h"

enum { UNPROCESSED_FLUSH = 1 << 16, MACHINE_MAX = 255, REPORT_MAX = 256 << 20 };

struct work {
    const struct ctl_env *env;
    const struct ctl_args *args;
    enum language language;
    struct report_logs logs;
    struct tally *tally;
    struct deeds *deeds;
    char machine[MACHINE_MAX]; /* the host of the first line of mail */
    size_t machine_len;
    int unprocessed; /* a file, or -1 */
    struct buf unprocessed_text;
    int write_error; /* negative errno of that file */
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

static bool
take_options(struct work *w, struct buf *error)
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
    if (!args_range(w->args, w->env->screen.now_us, &w->logs.from_us, &w->logs.until_us,
                    error))
        return false;
    return take_language(w, error) && (!given[OPT_DAY] || take_days(w, error));
}

/* --- lines --- */

static void
keep_unprocessed(struct work *w, struct span raw)
{
    buf_add(&w->unprocessed_text, raw);
    buf_add_byte(&w->unprocessed_text, '\n');
    if (w->unprocessed_text.len < UNPROCESSED_FLUSH)
        return;
    if (w->write_error == 0)
        w->write_error = ctl_flush(w->unprocessed, &w->unprocessed_text);
    buf_clear(&w->unprocessed_text);
}

static void
take_line(void *ctx, struct span raw, struct line *line, int64_t wall_us)
{
    struct work *w = ctx;
    struct line one = *line;
    struct mail_line mail;
    uint32_t times = mail_line_repeated(&one.message);

    mail_line_read(&one, NULL, &mail);
    if (mail.kind == MAIL_UNKNOWN && w->unprocessed >= 0)
        keep_unprocessed(w, raw);
    if (w->machine_len == 0 && mail.kind != MAIL_FOREIGN && one.host.len) {
        w->machine_len = one.host.len < MACHINE_MAX ? one.host.len : MACHINE_MAX;
        memcpy(w->machine, one.host.ptr, w->machine_len);
    }
    tally_line(w->tally, wall_us, &one, &mail, times);
    deeds_line(w->deeds, wall_us, &mail, times);
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
    report_logs_read(&w->logs, take_line, w, error);
}

/* --- the report --- */

static void
make_document(const struct work *w, struct document *d)
{
    const struct deeds *f = w->deeds;

    document_init(d);
    if (w->machine_len)
        document_of(d, (struct span){w->machine, w->machine_len});
    d->made_us = w->env->screen.now_us;
    d->from_us = w->logs.from_us ? w->logs.from_us : f->first_us;
    d->until_us = w->logs.until_us < INT64_MAX ? w->logs.until_us : f->last_us;
    digest_make(
        &(struct digest){w->tally, f, w->args->given[OPT_ALL] ? SIZE_MAX : DIGEST_ROWS},
        d);
}

static void
print(const struct work *w, const struct document *d, struct buf *out)
{
    const bool *given = w->args->given;

    if (given[OPT_JSON])
        print_json(d, w->language, out);
    else if (given[OPT_PROMETHEUS])
        print_prometheus(d, out);
    else if (given[OPT_HTML])
        print_html(d, w->language, HTML_PAGE, out);
    else
        print_text(d, w->language, &w->env->screen, out);
}

static enum ctl_exit
mail(const struct work *w, const struct document *d, struct buf *error)
{
    struct report_mail m = {.to = w->args->value[OPT_MAIL_TO],
                            .host = {w->machine, w->machine_len},
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
    buf_fini(&text);
    buf_fini(&said);
    return code;
}

static enum ctl_exit
report(struct work *w, struct ctl_output *o)
{
    enum ctl_exit code = CTL_DONE;
    struct document d;

    w->tally = tally_new(&(struct tally_options){0});
    w->deeds = deeds_new();
    read_logs(w, &o->error);
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
    deeds_free(w->deeds);
    tally_free(w->tally);
    return code;
}

/* False: it cannot be written. */
static bool
open_unprocessed(struct work *w, struct buf *error)
{
    const char *name = w->args->value[OPT_UNPROCESSED];

    w->unprocessed = -1;
    if (!w->args->given[OPT_UNPROCESSED])
        return true;
    w->unprocessed =
        open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    if (w->unprocessed < 0)
        buf_printf(error, "%s: %s", name, strerror(errno));
    return w->unprocessed >= 0;
}

static void
close_unprocessed(struct work *w, struct buf *error)
{
    if (w->unprocessed < 0)
        return;
    if (w->write_error == 0)
        w->write_error = ctl_flush(w->unprocessed, &w->unprocessed_text);
    if (close(w->unprocessed) != 0 && w->write_error == 0)
        w->write_error = -errno;
    if (w->write_error)
        buf_printf(error, "%s%s: %s", error->len ? "\n" : "",
                   w->args->value[OPT_UNPROCESSED], strerror(-w->write_error));
}

enum ctl_exit
report_command(const struct ctl_env *env, const struct ctl_args *args,
               struct ctl_output *o)
{
    struct work w = {.env = env,
                     .args = args,
                     .logs = {.env = env, .until_us = INT64_MAX},
                     .unprocessed = -1};
    enum ctl_exit code = CTL_USAGE;

    if (args->given[OPT_PFLOGSUMM]) {
        buf_add_text(&o->error, "--pflogsumm must come first");
    } else if (take_options(&w, &o->error)) {
        code = CTL_INTERNAL;
        if (open_unprocessed(&w, &o->error)) {
            code = report(&w, o);
            close_unprocessed(&w, &o->error);
            code = w.write_error ? CTL_INTERNAL : code;
        }
    }
    report_logs_fini(&w.logs);
    buf_fini(&w.unprocessed_text);
    return code;
}
