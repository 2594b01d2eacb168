#include "ctl/report_store.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "report/digest.h"
#include "report/keeper.h"

bool
report_store_may(const struct ctl_args *args, int64_t from_us, int64_t until_us,
                 struct buf *error)
{
    static const enum ctl_option_id of_logs[] = {
        OPT_SINCE,       OPT_UNTIL,       OPT_ROTATED, OPT_JOURNAL,
        OPT_UNPROCESSED, OPT_SYSLOG_NAME, OPT_COMPARE, OPT_NO_ATTACKS};
    int64_t day_us, next_us;

    for (size_t i = 0; i < ARRAY_LEN(of_logs); i++)
        if (args->given[of_logs[i]]) {
            buf_printf(error, "%s is for logs, and --from-store reads none",
                       ctl_option(of_logs[i])->name);
            return false;
        }
    if (args->word_count) {
        buf_add_text(error, "--from-store reads no log; leave the names out");
        return false;
    }
    (void)keeper_day_of(from_us, &day_us, &next_us);
    if (args->given[OPT_DAY] && day_us == from_us && next_us == until_us)
        return true;
    buf_add_text(error, "--from-store has single days: write -d yesterday. Several days "
                        "together are read from the log");
    return false;
}

int
report_store_open(const struct ctl_args *args, char path[REPORT_STORE_PATH_MAX])
{
    const char *state = args->given[OPT_STATE] ? args->value[OPT_STATE] : STATE_DEFAULT;
    int fd, n = snprintf(path, REPORT_STORE_PATH_MAX, "%s/reporter", state);

    if (n < 0 || n >= REPORT_STORE_PATH_MAX)
        return -ENAMETOOLONG;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static void
say_error(int e, const char *path, struct buf *error)
{
    text_foreign(error, span_of(path));
    if (e == -ENOENT)
        buf_add_text(error,
                     ": nothing is counted here; set report-store = yes, or name a "
                     "log; --journal reads the journal");
    else if (e == -ENODATA)
        buf_add_text(error, ": what was counted of this day is gone; name a log");
    else if (e == -EBADMSG)
        buf_add_text(error, ": the totals are damaged or of another version");
    else
        buf_printf(error, ": %s", strerror(-e));
}

/* What nobody may take for the whole day. */
static void
say_missing(const struct report_day *d, const struct keeper_told *told, int64_t until_us,
            struct buf *error)
{
    char text[CLOCK_TEXT_MAX];

    if (d && d->gaps)
        buf_add_text(
            error,
            "lines of this day may be missing: a log was gone or packed, or the journal "
            "had dropped them, before they were read, or they came too late\n");
    if (told->checked_us < until_us)
        buf_printf(error, "counted until %s only: the guard has not said more since\n",
                   clock_text(told->checked_us, text));
    else if (until_us == 0 && told->is_behind)
        buf_printf(error,
                   "counted until %s: what was written since will be, in five minutes at "
                   "most\n",
                   clock_text(told->checked_us, text));
    else if (until_us == 0 && told->is_journal)
        buf_printf(error,
                   "counted until %s: what came into the journal since, if anything did, "
                   "will be, in five minutes at most\n",
                   clock_text(told->checked_us, text));
}

/* Whether the totals have the day; else why not. */
static bool
is_counted(const struct keeper_told *told, const struct report_day *d, int64_t from_us,
           int64_t until_us, struct buf *error)
{
    bool is_before = from_us < told->begin_us;
    int64_t us = is_before ? told->begin_us : told->checked_us;
    char text[CLOCK_TEXT_MAX];

    if (!is_before && from_us <= told->checked_us) {
        if (d || told->began_us < until_us)
            return true;
        is_before = true;
        us = told->began_us; /* and until then nothing was */
    }
    buf_printf(error,
               "this day is not counted: the totals %s %s; name a log, or write "
               "--journal",
               is_before ? "begin at" : "end at", clock_text(us, text));
    return false;
}

struct report_day *
report_store_read(const struct ctl_args *args, int64_t from_us, int64_t now_us,
                  int64_t *began_us, struct buf *error)
{
    char path[REPORT_STORE_PATH_MAX];
    struct keeper_told told = {0};
    struct report_day *d = NULL;
    int64_t day_us, until_us, day = keeper_day_of(from_us, &day_us, &until_us);
    size_t rows = args->given[OPT_ALL] ? 0 : DIGEST_ROWS;
    int fd = report_store_open(args, path);
    int e = fd < 0 ? fd : keeper_read_day(fd, day, rows, &d, &told);

    if (fd >= 0)
        (void)close(fd); /* only read from */
    if (e) {
        say_error(e, path, error);
        return NULL;
    }
    if (!is_counted(&told, d, from_us, until_us, error)) {
        report_day_free(d);
        return NULL;
    }
    *began_us = told.began_us;
    say_missing(d, &told, until_us < now_us ? until_us : 0, error);
    return d ? d : report_day_new(day, 0);
}
