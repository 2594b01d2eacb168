#include "report/keeper_internal.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"

#define HALF_YEAR_US (182 * DAY_US)

struct keeper *
keeper_new(int folder, uint32_t days_max, const struct attack_rules *rules)
{
    struct keeper *k = mem_zalloc(1, sizeof(*k));

    must(days_max >= 1 && days_max <= KEEPER_DAYS_MAX);
    k->folder = folder;
    k->days_max = days_max;
    k->rules = rules;
    k->rules_print = rules ? attack_rules_print(rules->config) : 0;
    k->sources = mem_zalloc(KEEPER_SOURCES_MAX, sizeof(*k->sources));
    return k;
}

void
keeper_open_free(struct keeper_open *open)
{
    keeper_judge_end(open);
    report_day_free(open->day);
}

static void
forget_all(struct keeper *k)
{
    for (size_t i = 0; i < k->open_count; i++)
        keeper_open_free(&k->open[i]);
    for (size_t i = 0; i < k->source_count; i++)
        mem_free(k->sources[i].path);
    memset(k->sources, 0, KEEPER_SOURCES_MAX * sizeof(*k->sources));
    k->open_count = k->source_count = k->kept_count = k->last = 0;
    k->begin_us = k->checked_us = k->began_us = k->started_us = 0;
    k->misdated = 0;
}

void
keeper_free(struct keeper *k)
{
    if (!k)
        return;
    forget_all(k);
    mem_free(k->sources);
    mem_free(k);
}

bool
keeper_is_journal(const struct keeper_source *s)
{
    return s->path[0] != '/';
}

struct keeper_source *
keeper_source(struct keeper *k, const char *path)
{
    size_t i = 0;

    while (i < k->source_count && strcmp(k->sources[i].path, path) != 0)
        i++;
    if (i == KEEPER_SOURCES_MAX)
        return NULL;
    if (i == k->source_count) {
        k->sources[i].path = mem_copy_text(path, strlen(path));
        k->source_count++;
    }
    k->sources[i].is_wanted = true;
    return &k->sources[i];
}

void
keeper_want(const struct keeper *k, struct keeper_source *s, int64_t since_us)
{
    s->wanted_us = since_us;
    s->is_first |= k->checked_us == 0;
}

/* --- days --- */

int64_t
keeper_midnight_us(int64_t day)
{
    struct civil c = clock_to_civil(day * DAY_US, 0);

    return clock_from_local(&c);
}

int64_t
keeper_day_of(int64_t wall_us, int64_t *from_us, int64_t *until_us)
{
    int64_t local_us = wall_us + clock_local_offset_s(wall_us) * SECOND_US;
    int64_t day = local_us / DAY_US - (local_us % DAY_US < 0);

    /* Where the clocks change at midnight a day can begin before or behind its date. */
    if (wall_us < keeper_midnight_us(day))
        day--;
    else if (wall_us >= keeper_midnight_us(day + 1))
        day++;
    *from_us = keeper_midnight_us(day);
    *until_us = keeper_midnight_us(day + 1);
    return day;
}

size_t
keeper_find_kept(const struct keeper *k, int64_t day)
{
    size_t i = 0;

    while (i < k->kept_count && k->kept[i].day != day)
        i++;
    return i;
}

/* The day out of its file, or an empty one; NULL: it is not to be had again so soon, or
 * cannot be read. */
static struct report_day *
fetch(struct keeper *k, int64_t day)
{
    size_t kept = keeper_find_kept(k, day);
    struct report_day *d;

    if (kept == k->kept_count) {
        d = report_day_new(day, 0);
        keeper_judge_begin(k, d);
        return d;
    }
    if (k->opened_again == KEEPER_AGAIN_MAX)
        return NULL;
    k->opened_again++;
    if (keeper_read_file(k, day, &d) != 0)
        return NULL;
    d->gaps += k->kept[kept].missed;
    return d;
}

/* Whether a day that could not be opened may be after a save. */
static bool
waits(const struct keeper *k)
{
    return k->open_count == KEEPER_OPEN_MAX || k->opened_again == KEEPER_AGAIN_MAX;
}

/* A line of a day that cannot be opened. */
static void
miss(struct keeper *k, int64_t wall_us)
{
    int64_t from_us, until_us, day = keeper_day_of(wall_us, &from_us, &until_us);

    k->misdated++;
    if (keeper_find_kept(k, day) == k->kept_count)
        keeper_note_kept(k, day, 0);
    k->kept[keeper_find_kept(k, day)].missed++;
    keeper_drop_days(k);
}

/* The open day of a line, or NULL. */
static struct keeper_open *
day_of_line(struct keeper *k, int64_t wall_us)
{
    struct keeper_open new = {.has_changed = true};
    size_t i;

    for (i = 0; i < k->open_count; i++)
        if (wall_us >= k->open[i].from_us && wall_us < k->open[i].until_us) {
            k->last = i;
            return &k->open[i];
        }
    if (k->open_count == KEEPER_OPEN_MAX)
        return NULL;
    new.day = fetch(k, keeper_day_of(wall_us, &new.from_us, &new.until_us));
    if (!new.day)
        return NULL;
    new.is_again = keeper_find_kept(k, new.day->day) < k->kept_count;
    k->open[i] = new;
    k->open_count++;
    k->last = i;
    return &k->open[i];
}

/* --- lines --- */

/* Dates without a year: of a line written just now, near now; of others, near the one
 * before. */
static int64_t
reference_us(const struct keeper_source *s, const struct keeper_read *read)
{
    int64_t near_us = s->time_us + HALF_YEAR_US;

    return read->is_live || s->time_us == 0 || near_us > read->now_us ? read->now_us
                                                                      : near_us;
}

static void
gap_at(struct keeper *k, int64_t wall_us)
{
    struct keeper_open *open = day_of_line(k, wall_us);

    if (open) {
        open->day->gaps++;
        open->has_changed = true;
    } else {
        miss(k, wall_us);
    }
}

/* The first line of a log that was wanted from an older one on: those between may be in
 * files that nobody could read, as packed ones. Where counting has just begun the log may
 * as well be new: what is before is not in, and that is all there is to say. */
static void
look_before(struct keeper *k, struct keeper_source *s)
{
    int64_t from_us, until_us, wanted_us = s->wanted_us;

    s->wanted_us = 0;
    if (wanted_us < k->begin_us || wanted_us >= s->time_us)
        return;
    if (s->is_first) {
        int64_t us = s->time_us < k->started_us ? s->time_us : k->started_us;

        k->began_us = us > k->began_us ? us : k->began_us;
        return;
    }
    (void)keeper_day_of(s->time_us, &from_us, &until_us);
    gap_at(k, s->time_us);
    if (wanted_us < from_us)
        gap_at(k, wanted_us);
}

/* Counts a line of that day. */
static void
count(struct keeper *k, struct keeper_open *open, int64_t wall_us,
      const struct line *line)
{
    struct report_line said;

    open->has_changed = true;
    report_line_read(line, NULL, &said);
    report_day_line(open->day, wall_us, &said);
    keeper_judge_line(k, open, wall_us, &said);
}

/* Takes a line that was written at s->time_us; as keeper_line(). */
static bool
take(struct keeper *k, struct keeper_source *s, const struct line *line,
     const struct keeper_read *read)
{
    struct keeper_open *open = &k->open[k->last];

    if (s->wanted_us && s->time_us && s->time_us < read->now_us + DAY_US)
        look_before(k, s);
    if (s->time_us < k->begin_us) {
        k->before++;
        return true;
    }
    if (s->time_us >= read->now_us + DAY_US) {
        k->misdated++;
        return true;
    }
    if (k->open_count == 0 || s->time_us < open->from_us || s->time_us >= open->until_us)
        open = day_of_line(k, s->time_us);
    if (open)
        count(k, open, s->time_us, line);
    else if (read->may_wait && waits(k))
        return false;
    else
        miss(k, s->time_us);
    return true;
}

bool
keeper_line(struct keeper *k, struct keeper_source *s, struct span raw,
            const struct keeper_read *read)
{
    struct line line;
    int64_t us;

    k->has_changed = true;
    line_split(raw, &line);
    if (line_time_near(&s->minute, &line, reference_us(s, read), &us))
        s->time_us = us;
    return take(k, s, &line, read);
}

bool
keeper_entry(struct keeper *k, struct keeper_source *s, const struct line *line,
             int64_t wall_us, const struct keeper_read *read)
{
    k->has_changed = true;
    s->time_us = wall_us;
    return take(k, s, line, read);
}

void
keeper_gap(struct keeper *k, const struct keeper_source *s, int64_t until_us)
{
    int64_t us = s->time_us > k->checked_us ? s->time_us : k->checked_us;
    int64_t oldest_us = until_us - (int64_t)k->days_max * DAY_US, last_us, day_us,
            next_us;

    k->has_changed = true;
    if (us < oldest_us)
        us = oldest_us;
    if (us < k->begin_us)
        us = k->begin_us;
    (void)keeper_day_of(until_us, &last_us, &next_us);
    for (; us < last_us; us = next_us) {
        gap_at(k, us);
        (void)keeper_day_of(us, &day_us, &next_us);
    }
    gap_at(k, until_us);
}

/* --- from disk --- */

int
keeper_load(struct keeper *k, int64_t now_us)
{
    struct pack p = {.is_walked = k->is_read_only, .rows = k->rows};
    struct keeper_file *file;
    int64_t from_us, until_us;
    int e = keeper_file_open(k->folder, KEEPER_TOTALS, &p, &file);

    if (e == 0) {
        keeper_pack(&p, k);
        e = keeper_file_close(file, &p);
    }
    if (e == 0)
        return 0;
    forget_all(k);
    k->started_us = now_us;
    (void)keeper_day_of(now_us, &from_us, &until_us);
    (void)keeper_day_of(from_us - 1, &k->begin_us, &until_us);
    return e == -ENOENT ? 0 : e;
}
