#include "ctl/report_schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/config.h"
#include "ctl/local.h"
#include "ctl/report.h"
#include "ctl/report_store.h"

#define MARK "report-sent"
#define MARK_NEXT MARK ".new"

enum {
    DAY_TEXT_MAX = 32,
    /* A mark so far in the future is of a clock that was wrong. */
    FUTURE_DAYS_MAX = 8,
};

/* "2026-11-22" */
static void
day_text(int64_t day, char dst[DAY_TEXT_MAX])
{
    struct civil c = clock_to_civil(day * DAY_US, 0);

    (void)snprintf(dst, DAY_TEXT_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* --- the mark --- */

/* For which day a report was sent; INT64_MIN: for none. */
static int64_t
read_mark(int folder)
{
    int fd = openat(folder, MARK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char bytes[DAY_TEXT_MAX];
    uint64_t year, month, day;
    ssize_t n;

    if (fd < 0)
        return INT64_MIN;
    n = read(fd, bytes, sizeof(bytes));
    (void)close(fd); /* only read from */
    if (n < 10 || !span_u64((struct span){bytes, 4}, 1970, 9999, &year) ||
        !span_u64((struct span){bytes + 5, 2}, 1, 12, &month) ||
        !span_u64((struct span){bytes + 8, 2}, 1, 31, &day))
        return INT64_MIN;
    return clock_days((int)year, (int)month, (int)day);
}

/* Makes the next mark ready. 0, or a negative errno. */
static int
prepare_mark(int folder, int64_t day)
{
    char text[DAY_TEXT_MAX];
    struct buf line = {0};
    int e, fd = openat(folder, MARK_NEXT,
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

    if (fd < 0)
        return -errno;
    day_text(day, text);
    buf_printf(&line, "%s\n", text);
    e = ctl_flush(fd, &line);
    if (e == 0 && fsync(fd) != 0)
        e = -errno;
    if (close(fd) != 0 && e == 0)
        e = -errno;
    buf_fini(&line);
    return e;
}

/* --- what is sent --- */

struct mailing {
    const struct ctl_env *env;
    const struct config *config;
    struct schedule_due due;
    struct ctl_args args; /* of the report */
    const char *words[CONFIG_REPORT_LOGS_MAX];
    char days[2 * DAY_TEXT_MAX + 2];
};

/* Whether the totals have all of the day. */
static bool
is_stored(const struct mailing *m)
{
    struct report_day *d;
    struct buf missing = {0};
    int64_t began_us = 0;
    bool is_whole;

    if (!config_has_store(m->config) || m->config->report.schedule.is_weekly)
        return false;
    d = report_store_read(&m->args, m->due.from_us, m->env->screen.now_us, &began_us,
                          &missing);
    is_whole = d && missing.len == 0 && began_us == 0;
    report_day_free(d);
    buf_fini(&missing);
    return is_whole;
}

/* The command that a person would write. */
static void
make_args(struct mailing *m)
{
    const struct config_report *r = &m->config->report;
    char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];
    int64_t days = r->schedule.is_weekly ? 7 : 1;

    day_text(m->due.day - days, from);
    day_text(m->due.day - 1, to);
    (void)snprintf(m->days, sizeof(m->days), "%s..%s", from, to);
    m->args.given[OPT_SCHEDULED] = false;
    m->args.given[OPT_MAIL_TO] = m->args.given[OPT_LANGUAGE] = true;
    m->args.given[OPT_DAY] = true;
    m->args.value[OPT_MAIL_TO] = r->mail_to;
    m->args.value[OPT_LANGUAGE] = r->is_japanese ? "ja" : "en";
    m->args.value[OPT_DAY] = m->days;
    if (is_stored(m)) {
        m->args.given[OPT_FROM_STORE] = true;
        return;
    }
    m->args.words = m->words;
    if (r->journal) {
        m->args.given[OPT_JOURNAL] = true;
        if (r->journal[0])
            m->words[m->args.word_count++] = r->journal;
        return;
    }
    m->args.given[OPT_ROTATED] = true;
    for (size_t i = 0; i < r->source_count; i++)
        m->words[m->args.word_count++] = m->config->sources[r->sources[i]].path;
}

/* Sends it, and notes that. */
static enum ctl_exit
send(struct mailing *m, int folder, struct ctl_output *o)
{
    int e = prepare_mark(folder, m->due.day);
    bool is_sent = false;
    enum ctl_exit code;

    if (e) {
        buf_printf(&o->error, "%s cannot be written, so nothing is sent: %s", MARK_NEXT,
                   strerror(-e));
        return CTL_INTERNAL;
    }
    make_args(m);
    code = report_run(m->env, &m->args, o, &is_sent);
    if (is_sent && renameat(folder, MARK_NEXT, folder, MARK) != 0) {
        buf_printf(&o->error, "%s: %s", MARK, strerror(errno));
        code = CTL_INTERNAL;
    }
    return code;
}

static enum ctl_exit
send_if_due(const struct ctl_env *env, const struct ctl_args *args,
            const struct config *config, struct ctl_output *o)
{
    struct mailing m = {.env = env, .config = config, .args = *args};
    const char *state = args->given[OPT_STATE] ? args->value[OPT_STATE] : STATE_DEFAULT;
    enum ctl_exit code = CTL_DONE;
    int64_t mark;
    int folder;

    folder = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        buf_printf(&o->error, "%s: %s", state, strerror(errno));
        return CTL_INTERNAL;
    }
    schedule_last(&config->report.schedule, env->screen.now_us, &m.due);
    mark = read_mark(folder);
    if (mark < m.due.day || mark > m.due.day + FUTURE_DAYS_MAX)
        code = send(&m, folder, o);
    (void)close(folder); /* nothing was written through it */
    return code;
}

enum ctl_exit
report_scheduled(const struct ctl_env *env, const struct ctl_args *args,
                 struct ctl_output *o)
{
    struct config config = {0};
    enum ctl_exit code;

    if (args->word_count) {
        buf_add_text(&o->error, "--scheduled takes no log: report-logs has them");
        return CTL_USAGE;
    }
    if (!local_load(args, &config, &o->error))
        return CTL_INTERNAL;
    if (config.report.is_mailed) {
        code = send_if_due(env, args, &config, o);
    } else {
        buf_add_text(&o->error, "report-mail-to in komainu.conf names nobody");
        code = CTL_USAGE;
    }
    config_fini(&config);
    return code;
}
