#include "ctl/pflogsumm.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/pflogsumm_args.h"
#include "ctl/report_logs.h"
#include "report/pflogsumm.h"

enum { DATE_TEXT_MAX = 32, UNPROCESSED_FLUSH = 1 << 16 };

struct run {
    const struct ctl_env *env;
    struct pflogsumm_args args;
    struct pflogsumm_options layout;
    struct tally_options options;
    struct tally *tally;
    struct report_logs logs;
    const char *instances[2]; /* beside those that begin with "postfix" */
    char date[DATE_TEXT_MAX];
    int unprocessed; /* a file, or -1 */
    struct buf unprocessed_text;
    uint64_t unknown;
    int write_error; /* negative errno */
    bool is_damaged; /* a log could not be read to its end */
};

bool
pflogsumm_is_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return strcmp(slash ? slash + 1 : name, "pflogsumm") == 0;
}

/* --- options --- */

static int
rows(const struct pflogsumm_args *a, enum pflogsumm_option id)
{
    if (a->given[id] && a->number[id] != PFLOGSUMM_ALL)
        return a->number[id];
    return a->given[PF_DETAIL] ? a->number[PF_DETAIL] : PFLOGSUMM_ALL;
}

/* Of a list that an old option without a number switches off. */
static int
rows_or_none(const struct pflogsumm_args *a, enum pflogsumm_option id,
             enum pflogsumm_option none)
{
    return a->given[none] ? 0 : rows(a, id);
}

static void
take_options(struct run *r)
{
    const struct pflogsumm_args *a = &r->args;

    r->layout = (struct pflogsumm_options){
        .hosts = rows(a, PF_HOSTS),
        .users = rows(a, PF_USERS),
        .bounces = rows_or_none(a, PF_BOUNCE_DETAIL, PF_NO_BOUNCE_DETAIL),
        .deferrals = rows_or_none(a, PF_DEFERRAL_DETAIL, PF_NO_DEFERRAL_DETAIL),
        .rejects = rows_or_none(a, PF_REJECT_DETAIL, PF_NO_REJECT_DETAIL),
        .unreached = rows(a, PF_SMTP_DETAIL),
        .warnings = rows_or_none(a, PF_SMTPD_WARNING_DETAIL, PF_NO_SMTPD_WARNINGS),
        .is_problems_first = a->given[PF_PROBLEMS_FIRST],
        .is_quiet = a->given[PF_QUIET],
        .is_iso = a->given[PF_ISO_DATE_TIME],
        .fills_zeros = a->given[PF_ZERO_FILL],
        .hides_unsized = a->given[PF_NO_NO_MSG_SIZE],
    };
    r->options = (struct tally_options){
        .address = {.ignores_case = a->given[PF_IGNORE_CASE],
                    .swaps_bangs = a->given[PF_UUCP_MUNG],
                    .verp =
                        a->given[PF_VERP_MUNG] ? a->number[PF_VERP_MUNG] > 1 ? 2 : 1 : 0},
        .instance = a->text[PF_SYSLOG_NAME],
        .width = a->given[PF_COLWIDTH] ? (unsigned)a->number[PF_COLWIDTH] : TALLY_WIDTH,
        .is_verbose = a->given[PF_VERBOSE_MSG_DETAIL],
        .adds_sender = a->given[PF_REJ_ADD_FROM],
        .adds_recipient = a->given[PF_REJ_ADD_TO],
        .uses_orig_to = a->given[PF_USE_ORIG_TO],
        .is_whole = true,
        .has_messages = a->given[PF_MESSAGES],
        .has_sessions = a->given[PF_SMTPD_STATS],
    };
    r->instances[0] = a->text[PF_SYSLOG_NAME];
}

/* What pflogsumm says of options that have a better name. */
static void
say_deprecated(const struct pflogsumm_args *a, struct buf *error)
{
    static const struct {
        enum pflogsumm_option id;
        const char *old, *new;
    } names[] = {
        {PF_NO_BOUNCE_DETAIL, "no_bounce_detail", "bounce-detail=0"},
        {PF_NO_DEFERRAL_DETAIL, "no_deferral_detail", "deferral-detail=0"},
        {PF_NO_REJECT_DETAIL, "no_reject_detail", "reject-detail=0"},
        {PF_NO_SMTPD_WARNINGS, "no_smtpd_warnings", "smtpd-warning-detail=0"},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (a->given[names[i].id])
            buf_printf(error, "pflogsumm: \"%s\" is deprecated, use \"%s\" instead\n",
                       names[i].old, names[i].new);
}

/* --- days --- */

static struct civil
today(const struct run *r)
{
    int64_t now_us = r->env->screen.now_us;
    struct civil c = clock_to_civil(now_us, clock_local_offset_s(now_us));

    return (struct civil){.year = c.year, .month = c.month, .day = c.day};
}

/* The local midnight `days` days after the one with which the day `c` begins. */
static int64_t
midnight(struct civil c, int64_t days)
{
    struct civil day =
        clock_to_civil((clock_days(c.year, c.month, c.day) + days) * DAY_US, 0);

    return clock_from_local(&day);
}

static bool
read_day(struct span text, struct civil *out)
{
    struct civil c = {0};
    struct span year, month;
    uint64_t y, m, d;

    if (!span_cut(text, SPAN("-"), &year, &text) ||
        !span_cut(text, SPAN("-"), &month, &text) || year.len != 4 || month.len != 2 ||
        text.len != 2 || !span_u64(year, 1970, 9999, &y) || !span_u64(month, 1, 12, &m) ||
        !span_u64(text, 1, 31, &d))
        return false;
    c = (struct civil){.year = (int)y, .month = (int)m, .day = (int)d};
    if (!clock_civil_is_valid(&c))
        return false;
    *out = c;
    return true;
}

/* Days by their numbers: "2026-11-20", "2026-11-20..2026-11-21", ".." without one end. */
static bool
take_days(struct run *r, struct span text)
{
    struct civil first = {0}, last = {0};
    struct span from = text, to = text;
    bool is_range = span_cut(text, SPAN(".."), &from, &to);

    if ((from.len == 0 && to.len == 0) || (!is_range && from.len == 0))
        return false;
    if (from.len && !read_day(from, &first))
        return false;
    if (to.len && !read_day(to, &last))
        return false;
    if (from.len)
        r->logs.from_us = midnight(first, 0);
    if (to.len)
        r->logs.until_us = midnight(last, 1);
    (void)snprintf(r->date, sizeof(r->date), "%.*s%s%.*s", SPAN_FMT(from),
                   is_range ? ".." : "", SPAN_FMT(is_range ? to : (struct span){0}));
    return r->logs.from_us < r->logs.until_us;
}

static bool
take_date(struct run *r)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct span text = span_of(r->args.text[PF_DATE]);
    int64_t back = span_eq(text, SPAN("yesterday"));
    struct civil c = today(r);

    if (!r->args.given[PF_DATE])
        return true;
    r->layout.date = r->date;
    if (!back && !span_eq(text, SPAN("today")))
        return take_days(r, text);
    r->logs.from_us = midnight(c, -back);
    r->logs.until_us = midnight(c, 1 - back);
    c = clock_to_civil((clock_days(c.year, c.month, c.day) - back) * DAY_US, 0);
    (void)snprintf(r->date, sizeof(r->date), "%s %2d", months[c.month - 1], c.day);
    return true;
}

/* --- lines --- */

static void
keep_unprocessed(struct run *r, struct span raw)
{
    r->unknown++;
    if (r->unprocessed < 0)
        return;
    buf_add(&r->unprocessed_text, raw);
    buf_add_byte(&r->unprocessed_text, '\n');
    if (r->unprocessed_text.len >= UNPROCESSED_FLUSH && r->write_error == 0)
        r->write_error = ctl_flush(r->unprocessed, &r->unprocessed_text);
}

static void
take_line(void *ctx, struct span raw, struct line *line, int64_t wall_us)
{
    struct run *r = ctx;
    struct mail_line mail;
    uint32_t times = mail_line_repeated(&line->message);

    mail_line_read(line, r->instances, &mail);
    if (mail.kind == MAIL_UNKNOWN)
        keep_unprocessed(r, raw);
    tally_line(r->tally, wall_us, line, &mail, times);
}

/* --- running --- */

static void
flush_report(void *ctx, struct buf *text)
{
    struct run *r = ctx;
    int rc = ctl_flush(r->env->out, text);

    if (r->write_error == 0)
        r->write_error = rc;
}

static void
add_logs(struct run *r, struct buf *error)
{
    const char *const standard_in[] = {"-"};
    const char *const *files = r->args.file_count ? r->args.files : standard_in;
    size_t count = r->args.file_count ? r->args.file_count : 1;
    struct buf why = {0};

    for (size_t i = 0; i < count; i++) {
        bool is_rotated = r->args.given[PF_ROTATED] && strcmp(files[i], "-") != 0;

        buf_clear(&why);
        if (is_rotated ? report_logs_add_rotated(&r->logs, files[i], &why)
                       : report_logs_add(&r->logs, files[i], &why))
            continue;
        buf_add_text(error, "Can't open ");
        buf_add(error, buf_span(&why));
        buf_add_byte(error, '\n');
    }
    buf_fini(&why);
}

/* mailq(1) on the same descriptors. */
static void
show_queue(const struct run *r, struct buf *error)
{
    static char name[] = "mailq";
    static const char title[] = "\nCurrent Mail Queue\n------------------\n";
    char *argv[] = {name, NULL};
    struct buf text = {0};
    pid_t pid;
    int rc, status;

    buf_add_text(&text, title);
    rc = -ctl_flush(r->env->out, &text);
    buf_fini(&text);
    if (rc == 0)
        rc = posix_spawnp(&pid, name, NULL, NULL, argv, environ);
    while (rc == 0 && waitpid(pid, &status, 0) < 0)
        rc = errno == EINTR ? 0 : errno;
    if (rc != 0)
        buf_printf(error, "pflogsumm: mailq: %s\n", strerror(rc));
}

/* What is damaged is told, and makes the report fail; what came before it counts. */
static void
read_logs(struct run *r, struct buf *error)
{
    struct buf why = {0};
    struct span rest, line;

    report_logs_read(&r->logs, take_line, r, &why);
    rest = buf_span(&why);
    r->is_damaged = rest.len > 0;
    while (span_line(&rest, &line))
        buf_printf(error, "pflogsumm: %.*s\n", SPAN_FMT(line));
    buf_fini(&why);
}

static void
report(struct run *r, struct buf *error)
{
    struct buf text = {0};
    struct pflogsumm_out out = {.text = &text, .flush = flush_report, .ctx = r};
    uint64_t dropped;

    r->tally = tally_new(&r->options);
    add_logs(r, error);
    read_logs(r, error);
    pflogsumm_print(r->tally, &r->layout, &out);
    if (r->unprocessed >= 0 && r->write_error == 0)
        r->write_error = ctl_flush(r->unprocessed, &r->unprocessed_text);
    dropped = tally_dropped(r->tally);
    if (dropped)
        buf_printf(error, "pflogsumm: %llu names and messages found no room\n",
                   (unsigned long long)dropped);
    if (r->args.given[PF_MAILQ])
        show_queue(r, error);
    tally_free(r->tally);
    buf_fini(&text);
}

/* False: it cannot be written. */
static bool
open_unprocessed(struct run *r, struct buf *error)
{
    const char *name = r->args.text[PF_UNPROCESSED];

    r->unprocessed = -1;
    if (!name)
        return true;
    r->unprocessed =
        open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    if (r->unprocessed < 0)
        buf_printf(error, "pflogsumm: %s: %s\n", name, strerror(errno));
    return r->unprocessed >= 0;
}

static int
run_report(struct run *r, struct buf *error)
{
    if (!open_unprocessed(r, error))
        return CTL_INTERNAL;
    report(r, error);
    if (r->unprocessed >= 0 && close(r->unprocessed) != 0 && r->write_error == 0)
        r->write_error = -errno;
    if (r->write_error == 0)
        return r->is_damaged ? CTL_INTERNAL : CTL_DONE;
    buf_printf(error, "pflogsumm: cannot write: %s\n", strerror(-r->write_error));
    return CTL_INTERNAL;
}

int
pflogsumm_main(int argc, char **argv, const struct ctl_env *env)
{
    struct run r = {.env = env, .logs = {.env = env, .until_us = INT64_MAX}};
    struct buf error = {0}, out = {0};
    int code = CTL_DONE;

    if (!pflogsumm_args_read(argc, argv, &r.args, &error)) {
        buf_add_text(&error, pflogsumm_usage);
        code = CTL_USAGE;
    } else if (r.args.given[PF_HELP]) {
        buf_add_text(&out, pflogsumm_usage);
    } else if (r.args.given[PF_VERSION]) {
        buf_add_text(&out, "pflogsumm 1.1.5 (komainu " KOMAINU_VERSION ")\n");
    } else {
        take_options(&r);
        say_deprecated(&r.args, &error);
        if (take_date(&r)) {
            code = run_report(&r, &error);
        } else {
            buf_add_text(&error, pflogsumm_usage);
            code = CTL_USAGE;
        }
    }
    if (ctl_flush(env->out, &out) != 0)
        code = CTL_INTERNAL;
    if (ctl_flush(env->err, &error) != 0)
        buf_clear(&error); /* nobody is left to tell */
    buf_fini(&out);
    buf_fini(&error);
    buf_fini(&r.unprocessed_text);
    report_logs_fini(&r.logs);
    pflogsumm_args_fini(&r.args);
    return code;
}
