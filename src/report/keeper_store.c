/* The files of keeper. */
#include "report/keeper_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "report/best.h"

/* Lines may come so late: hosts that disagree, a message repeated. */
#define SLACK_US HOUR_US

enum {
    PATH_BYTES_MAX = 4096,
    EVENTS_DAYS = 2, /* that are over, and have their events still */
    EVENTS_LEFT = 8, /* older ones that an end of the process may have left */
};

const char *
keeper_name(int64_t day, char dst[KEEPER_NAME_MAX])
{
    struct civil c = clock_to_civil(day * DAY_US, 0);

    (void)snprintf(dst, KEEPER_NAME_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
    return dst;
}

/* --- as bytes --- */

static void
pack_source(struct pack *p, struct keeper_source *s)
{
    struct span path = span_of(s->path), cursor = span_of(s->cursor);
    uint64_t len = s->place.fingerprint_len;

    pack_text(p, &path, PATH_BYTES_MAX);
    if (!p->out)
        s->path = mem_copy_text(path.ptr, path.len);
    pack_text(p, &cursor, JOURNAL_CURSOR_MAX);
    if (!p->out && !span_cstr(cursor, s->cursor, sizeof(s->cursor)))
        p->is_bad = true;
    pack_u64(p, &s->place.device);
    pack_u64(p, &s->place.inode);
    pack_u64(p, &s->place.fingerprint);
    pack_u64(p, &len);
    p->is_bad |= len > TAIL_PRINT_MAX;
    s->place.fingerprint_len = p->is_bad ? 0 : (uint16_t)len;
    pack_u64(p, &s->place.offset);
    pack_i64(p, &s->time_us);
    pack_i64(p, &s->wanted_us);
    pack_bool(p, &s->is_first);
}

static void
pack_sources(struct pack *p, struct keeper *k)
{
    uint64_t count = 0;

    for (size_t i = 0; i < k->source_count; i++)
        count += k->sources[i].is_wanted;
    pack_count(p, &count, KEEPER_SOURCES_MAX);
    if (!p->out)
        k->source_count = count;
    for (size_t i = 0; i < k->source_count; i++)
        if (!p->out || k->sources[i].is_wanted)
            pack_source(p, &k->sources[i]);
}

static void
pack_kept(struct pack *p, struct keeper *k)
{
    uint64_t count = k->kept_count;

    pack_count(p, &count, KEEPER_DAYS_MAX);
    k->kept_count = count;
    for (size_t i = 0; i < count; i++) {
        pack_i64(p, &k->kept[i].day);
        pack_u64(p, &k->kept[i].bytes);
        pack_u64(p, &k->kept[i].missed);
    }
}

static void
pack_open(struct pack *p, struct keeper *k)
{
    uint64_t count = k->open_count;

    pack_count(p, &count, KEEPER_OPEN_MAX);
    for (size_t i = 0; i < count; i++) {
        struct keeper_open *open = &k->open[i];

        pack_i64(p, &open->from_us);
        pack_i64(p, &open->until_us);
        if (!p->out) {
            open->day = report_day_new(0, 0);
            k->open_count++;
        }
        report_day_pack(p, open->day);
    }
}

void
keeper_pack(struct pack *p, struct keeper *k)
{
    pack_begin(p);
    pack_i64(p, &k->begin_us);
    pack_i64(p, &k->checked_us);
    pack_i64(p, &k->started_us);
    pack_i64(p, &k->began_us);
    pack_u64(p, &k->misdated);
    pack_sources(p, k);
    pack_kept(p, k);
    pack_open(p, k);
}

/* --- files of days --- */

void
keeper_note_kept(struct keeper *k, int64_t day, uint64_t bytes)
{
    size_t i = keeper_find_kept(k, day);

    if (i < k->kept_count) {
        k->kept[i] = (struct keeper_kept){.day = day, .bytes = bytes};
        return;
    }
    must(k->kept_count < ARRAY_LEN(k->kept));
    while (i > 0 && k->kept[i - 1].day > day) {
        k->kept[i] = k->kept[i - 1];
        i--;
    }
    k->kept[i] = (struct keeper_kept){.day = day, .bytes = bytes};
    k->kept_count++;
}

/* The oldest file leaves: nothing of that day, or before, is counted any more. */
static void
drop_oldest(struct keeper *k)
{
    int64_t until_us = keeper_midnight_us(k->kept[0].day + 1);
    char name[KEEPER_NAME_MAX];

    if (k->begin_us < until_us)
        k->begin_us = until_us;
    /* One that stays is seen by nobody: it is not in "totals". */
    (void)unlinkat(k->folder, keeper_name(k->kept[0].day, name), 0);
    keeper_events_remove(k->folder, k->kept[0].day);
    memmove(k->kept, k->kept + 1, (k->kept_count - 1) * sizeof(k->kept[0]));
    k->kept_count--;
}

static uint64_t
kept_bytes(const struct keeper *k)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < k->kept_count; i++)
        bytes += k->kept[i].bytes;
    return bytes;
}

void
keeper_drop_days(struct keeper *k)
{
    while (k->kept_count > k->days_max ||
           (k->kept_count > 1 && kept_bytes(k) > KEEPER_BYTES_MAX))
        drop_oldest(k);
}

/* Writes one open day to its file. */
static int
write_day(struct keeper *k, const struct keeper_open *open)
{
    struct buf bytes = buf_bounded(KEEPER_FILE_MAX);
    struct pack p = {.out = &bytes};
    char name[KEEPER_NAME_MAX];
    int e;

    pack_begin(&p);
    report_day_pack(&p, open->day);
    e = bytes.is_cut ? -EFBIG
                     : keeper_file_write(k->folder, keeper_name(open->day->day, name),
                                         buf_span(&bytes));
    if (e == 0) {
        keeper_note_kept(k, open->day->day, bytes.len);
        keeper_drop_days(k);
    }
    buf_fini(&bytes);
    return e;
}

/* Which days need not be open any more: those that are over, and the oldest of too many.
 * One out of a file stays until "totals" has it: whoever begins between the two writes
 * takes it from there, and not from the file, in which its new lines are already. */
static bool
is_over(const struct keeper *k, const struct keeper_open *open, int64_t now_us,
        bool is_caught_up)
{
    size_t younger = 0;

    if (open->is_again)
        return false;
    for (size_t i = 0; i < k->open_count; i++)
        younger += k->open[i].from_us > open->from_us;
    return younger > 2 || (is_caught_up && now_us >= open->until_us + SLACK_US);
}

bool
keeper_is_over(const struct keeper *k, int64_t now_us)
{
    for (size_t i = 0; i < k->open_count; i++)
        if (is_over(k, &k->open[i], now_us, true))
            return true;
    return now_us >= k->due_us;
}

static int
write_totals(struct keeper *k)
{
    struct buf bytes = buf_bounded(KEEPER_FILE_MAX);
    struct pack p = {.out = &bytes};
    int e;

    keeper_pack(&p, k);
    e = bytes.is_cut ? -EFBIG
                     : keeper_file_write(k->folder, KEEPER_TOTALS, buf_span(&bytes));
    k->saved_bytes = bytes.len;
    buf_fini(&bytes);
    return e;
}

/* Those that are over, behind the others. */
static size_t
part(struct keeper *k, int64_t now_us, bool is_caught_up)
{
    struct keeper_open sorted[KEEPER_OPEN_MAX] = {0};
    size_t all = 0, count;

    for (size_t i = 0; i < k->open_count; i++)
        if (!is_over(k, &k->open[i], now_us, is_caught_up))
            sorted[all++] = k->open[i];
    count = all;
    for (size_t i = 0; i < k->open_count; i++)
        if (is_over(k, &k->open[i], now_us, is_caught_up))
            sorted[all++] = k->open[i];
    memcpy(k->open, sorted, all * sizeof(sorted[0]));
    k->last = 0;
    return count;
}

static bool
is_open(const struct keeper *k, int64_t day)
{
    for (size_t i = 0; i < k->open_count; i++)
        if (k->open[i].day->day == day)
            return true;
    return false;
}

/* Removes the events of days of which no late lines are expected any more. */
static void
drop_events(struct keeper *k)
{
    size_t last = k->kept_count > EVENTS_DAYS ? k->kept_count - EVENTS_DAYS : 0;

    for (size_t i = last > EVENTS_LEFT ? last - EVENTS_LEFT : 0; i < last; i++)
        if (!is_open(k, k->kept[i].day))
            keeper_events_remove(k->folder, k->kept[i].day);
}

int
keeper_save(struct keeper *k, int64_t now_us, bool is_caught_up)
{
    size_t all = k->open_count, count = part(k, now_us, is_caught_up);
    int64_t checked_us, from_us;
    int e = 0;

    for (size_t i = 0; i < all && e == 0; i++)
        e = keeper_judge_save(k, &k->open[i]);
    for (size_t i = count; i < all && e == 0; i++)
        e = write_day(k, &k->open[i]);
    if (e)
        return e;
    k->open_count = count;
    checked_us = k->checked_us;
    if (is_caught_up)
        k->checked_us = now_us;
    e = write_totals(k);
    if (e) {
        k->open_count = all; /* "totals" has them still */
        k->checked_us = checked_us;
        return e;
    }
    if (is_caught_up)
        (void)keeper_day_of(now_us, &from_us, &k->due_us);
    for (size_t i = count; i < all; i++)
        keeper_open_free(&k->open[i]);
    for (size_t i = 0; i < count; i++)
        k->open[i].is_again = false;
    if (count < all)
        drop_events(k);
    k->opened_again = k->wakes = 0;
    k->has_changed = false;
    return 0;
}

/* --- who reads --- */

int
keeper_read_file(const struct keeper *k, int64_t day, struct report_day **out)
{
    struct pack p = {.is_walked = k->is_read_only, .rows = k->rows};
    struct keeper_file *file;
    struct report_day *d;
    char name[KEEPER_NAME_MAX];
    int e = keeper_file_open(k->folder, keeper_name(day, name), &p, &file);

    if (e)
        return e;
    d = report_day_new(day, 0);
    pack_begin(&p);
    report_day_pack(&p, d);
    e = keeper_file_close(file, &p);
    if (e == 0 && d->day != day)
        e = -EBADMSG;
    if (e)
        report_day_free(d);
    else
        *out = d;
    return e;
}

/* Whether a log has lines that are not counted yet. */
static bool
is_behind(const struct keeper *k)
{
    struct stat st;

    for (size_t i = 0; i < k->source_count; i++) {
        const struct tail_place *place = &k->sources[i].place;

        if (!keeper_is_journal(&k->sources[i]) && stat(k->sources[i].path, &st) == 0 &&
            st.st_size > 0 &&
            (st.st_ino != place->inode || (uint64_t)st.st_size > place->offset))
            return true;
    }
    return false;
}

/* What is told about a day. */
static void
tell(const struct keeper *k, int64_t day, struct keeper_told *told)
{
    *told = (struct keeper_told){
        .begin_us = k->begin_us, .checked_us = k->checked_us, .is_behind = is_behind(k)};
    if (keeper_midnight_us(day) < k->began_us)
        told->began_us = k->began_us;
    for (size_t i = 0; i < k->source_count; i++)
        told->is_journal |= keeper_is_journal(&k->sources[i]);
}

int
keeper_read_day(int folder, int64_t day, size_t rows, struct report_day **out,
                struct keeper_told *told)
{
    struct keeper *k = keeper_new(folder, KEEPER_DAYS_MAX, NULL);
    struct report_day *d = NULL;
    size_t kept;
    int e;

    must(rows <= BEST_MAX);
    k->is_read_only = true;
    k->rows = rows;
    e = keeper_load(k, 0);
    /* keeper_load() takes a folder without "totals" for one that is new. */
    if (e == 0 && k->source_count == 0)
        e = -ENOENT;
    *told = (struct keeper_told){0};
    if (e == 0)
        tell(k, day, told);
    for (size_t i = 0; e == 0 && i < k->open_count; i++)
        if (k->open[i].day->day == day) {
            d = k->open[i].day;
            k->open[i].day = NULL;
        }
    kept = keeper_find_kept(k, day);
    if (e == 0 && !d && kept < k->kept_count)
        e = keeper_read_file(k, day, &d);
    if (e == 0 && d && kept < k->kept_count)
        d->gaps += k->kept[kept].missed;
    if (e == -ENOENT && k->source_count)
        e = -ENODATA; /* it was removed, or leaves just now */
    keeper_free(k);
    if (e == 0)
        *out = d;
    return e;
}

int
keeper_read_state(int folder, struct keeper_told *told, int64_t *saved_us,
                  struct buf *logs)
{
    struct keeper *k = keeper_new(folder, KEEPER_DAYS_MAX, NULL);
    struct stat st;
    int e;

    k->is_read_only = true;
    e = keeper_load(k, 0);
    if (e == 0 && k->source_count == 0)
        e = -ENOENT; /* a folder without "totals" is taken for one that is new */
    if (e == 0 && fstatat(folder, KEEPER_TOTALS, &st, AT_SYMLINK_NOFOLLOW) != 0)
        e = -errno;
    if (e == 0) {
        tell(k, 0, told);
        *saved_us = (int64_t)st.st_mtim.tv_sec * SECOND_US;
    }
    for (size_t i = 0; e == 0 && i < k->source_count; i++)
        buf_printf(logs, "%s%s", i ? " " : "", k->sources[i].path);
    keeper_free(k);
    return e;
}
