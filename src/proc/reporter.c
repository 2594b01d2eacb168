/* komainu-reporter: counts what reports are made of, day by day, as logs are written.
 *
 * It runs only with `report-store`, reads logs as the sensor does, of descriptors that
 * komainud hands it, or the journal, of the frames of its reader (reporter_journal.c),
 * and talks to nobody else. What it counts it keeps in its folder (report/keeper.h),
 * where `komainu report --from-store` reads it. It is never in a hurry: logs are looked
 * at every second, and saved so seldom that a busy day does not wear the disk out.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reporter.h"

enum {
    LOOK_US = 1000000,        /* how often logs are looked at */
    SAVE_MIN_US = 5000000,    /* from a change to the save, at least */
    SAVE_MAX_US = 300000000,  /* at most */
    SAVE_AGAIN_US = 20000000, /* when it has failed */
    SAVE_WAITS = 8, /* saves that lines of one chunk wait for: of as many days at once */
    SAVE_BYTES_PER_S = 16384,
    ROUND_CHUNKS = 8,    /* chunks read before komainud has a turn */
    LAST_CHUNKS = 256,   /* read when the guard ends, and packets of the journal */
    ROUND_PACKETS = 16,  /* of the journal, likewise in a turn */
    BACK_BYTES = 1 << 30 /* of a log without any date */
};

struct log {
    struct tail tail;
    struct keeper_source *kept;
    bool is_offered, has_begun; /* everything was offered once */
    bool is_due;
    uint64_t dropped; /* of tail.counts, told by now */
};

/* --- saving --- */

/* Whether all is counted that was written until `*now_us`, which the journal may lower.
 */
static bool
is_caught_up(const struct reporter *r, int64_t *now_us)
{
    for (size_t i = 0; i < r->role.config.source_count; i++)
        if (r->logs[i].kept && (!r->logs[i].has_begun || r->logs[i].is_due))
            return false;
    return reporter_journal_level(r, now_us);
}

bool
reporter_save(struct reporter *r)
{
    int64_t now_us = clock_wall_us();
    bool is_all = is_caught_up(r, &now_us);
    int e = keeper_save(r->keeper, now_us, is_all);

    r->has_failed = e != 0;
    if (!e)
        return true;
    log_line(&r->role.log, LOG_LEVEL_ERROR, "report-not-saved", "error=\"%s\"",
             strerror(-e));
    loop_timer_set(&r->role.loop, &r->save, SAVE_AGAIN_US);
    return false;
}

static void
on_save(void *ctx)
{
    (void)reporter_save(ctx); /* tries again */
}

void
reporter_save_later(struct reporter *r)
{
    int64_t wait_us = (int64_t)(r->keeper->saved_bytes / SAVE_BYTES_PER_S) * SECOND_US;

    if (r->save.due_us)
        return;
    if (wait_us < SAVE_MIN_US)
        wait_us = SAVE_MIN_US;
    loop_timer_set(&r->role.loop, &r->save,
                   wait_us < SAVE_MAX_US ? wait_us : SAVE_MAX_US);
}

/* --- reading --- */

void
reporter_lost(struct reporter *r, const struct keeper_source *s, int64_t until_us,
              const char *what)
{
    log_line(&r->role.log, LOG_LEVEL_WARNING, "report-gap", "path=%s what=\"%s\"",
             s->path, what);
    keeper_gap(r->keeper, s, until_us);
}

static void
lost(struct reporter *r, const struct log *log, const char *what)
{
    reporter_lost(r, log->kept, clock_wall_us(), what);
}

/* Many days at once, after a long time without us: saves what is before the line, so that
 * its day can be opened. */
static bool
save_before(struct reporter *r, struct log *log, const struct tail_chunk *chunk,
            struct span raw)
{
    uint64_t at = chunk->offset + (uint64_t)(raw.ptr - chunk->lines.ptr);

    must(tail_place_now(&log->tail, at, &log->kept->place));
    return reporter_save(r);
}

static void
take_chunk(struct reporter *r, struct log *log, const struct tail_chunk *chunk)
{
    struct keeper_read read = {clock_wall_us(), tail_is_live(&log->tail), false};
    struct span rest = chunk->lines, raw;
    int waits = read.is_live ? 0 : SAVE_WAITS;

    while (span_line(&rest, &raw)) {
        read.may_wait = waits > 0;
        while (!keeper_line(r->keeper, log->kept, raw, &read)) {
            waits = save_before(r, log, chunk, raw) ? waits - 1 : 0;
            read.may_wait = waits > 0;
        }
    }
    must(tail_place_now(&log->tail, chunk->end, &log->kept->place));
    reporter_save_later(r);
}

static void
ask_again(struct reporter *r, uint16_t source)
{
    struct buf packet = {0};

    wire_put_reopen(&packet, &(struct wire_reopen){.source = source});
    role_tell(&r->role, buf_span(&packet));
    buf_fini(&packet);
}

/* Reads one piece of a log. */
static void
read_some(struct reporter *r, struct log *log)
{
    struct tail_chunk chunk;
    enum tail_outcome outcome = tail_read(&log->tail, r->buffer, &chunk);

    log->is_due = outcome == TAIL_LINES || outcome == TAIL_AGAIN;
    if (outcome == TAIL_LINES)
        take_chunk(r, log, &chunk);
    if (outcome == TAIL_TRUNCATED)
        ask_again(r, (uint16_t)(log - r->logs));
    if (log->tail.counts.dropped != log->dropped)
        lost(r, log, "too many files were rotated before they were read");
    log->dropped = log->tail.counts.dropped;
    /* TAIL_FAILED: the next look tries again; the sensor says what is wrong. */
}

/* The log that is farthest behind: so days end in all of them together. */
static struct log *
next_log(struct reporter *r)
{
    struct log *next = NULL;

    for (size_t i = 0; i < r->role.config.source_count; i++) {
        struct log *log = &r->logs[i];

        if (log->has_begun && log->is_due &&
            (!next || log->kept->time_us < next->kept->time_us))
            next = log;
    }
    return next;
}

/* Whether there is more. */
static bool
read_round(struct reporter *r, int chunks)
{
    struct log *log = next_log(r);

    for (int i = 0; log && i < chunks; i++) {
        read_some(r, log);
        log = next_log(r);
    }
    return log != NULL;
}

/* A day has begun, or one is to be closed, and all is counted that shows it. */
static bool
is_over(const struct reporter *r)
{
    int64_t now_us = clock_wall_us();

    return is_caught_up(r, &now_us) && keeper_is_over(r->keeper, now_us);
}

static void
on_more(void *ctx)
{
    struct reporter *r = ctx;
    bool is_more = read_round(r, ROUND_CHUNKS);

    if (r->journal.is_reading)
        is_more |= reporter_journal_read(r, ROUND_PACKETS);
    if (is_more)
        loop_timer_set(&r->role.loop, &r->more, 0);
    else if (!r->has_failed && is_over(r))
        (void)reporter_save(r); /* tries again */
}

static void
on_look(void *ctx)
{
    struct reporter *r = ctx;

    for (size_t i = 0; i < r->role.config.source_count; i++)
        r->logs[i].is_due |= r->logs[i].has_begun;
    loop_timer_set(&r->role.loop, &r->look, LOOK_US);
    on_more(r);
}

/* --- what komainud offers --- */

/* The date of a line, for whoever looks for the first one that is young enough. */
static bool
date_of(void *ctx, struct span text, int64_t *time_us)
{
    const int64_t *now_us = ctx;
    struct line line;

    line_split(text, &line);
    return line_time(&line, *now_us, time_us);
}

/* Just begun: whether the first file is read from its start, so that what is older, and
 * was wanted, may have been in files that were not offered. */
static bool
is_whole(const struct tail *t)
{
    return t->count > 0 && t->files[0].place.offset == 0;
}

static void
begin(struct reporter *r, struct log *log)
{
    int64_t now_us = clock_wall_us();
    /* A log that is named anew, or again, counts from here on: what it has of days that
     * were counted may have been. */
    struct seek seek = {.since_us = r->keeper->checked_us ? r->keeper->checked_us
                                                          : r->keeper->begin_us,
                        .back_bytes = BACK_BYTES,
                        .time = date_of,
                        .ctx = &now_us};
    bool had_place = log->kept->place.inode != 0;
    enum tail_found found = tail_begin(&log->tail, r->buffer, &log->kept->place, &seek);

    log_line(&r->role.log, LOG_LEVEL_DEBUG, "log-begun", "path=%s start=%s",
             log->kept->path, tail_found_name(found));
    if (had_place && (found == TAIL_FOUND_UNKNOWN || found == TAIL_FOUND_REPLACED))
        lost(r, log, "the file read before is gone, and what was not read of it");
    if (found == TAIL_FOUND_FRESH && is_whole(&log->tail))
        keeper_want(r->keeper, log->kept, seek.since_us);
    log->has_begun = log->is_due = true;
}

static struct log *
log_of(struct reporter *r, uint16_t source)
{
    if (source >= r->role.config.source_count || !r->logs[source].kept)
        role_fail(&r->role, "komainud named a log that is not counted", "");
    return &r->logs[source];
}

static void
offered_all(struct reporter *r, uint16_t source)
{
    struct log *log = log_of(r, source);

    if (!log->has_begun)
        begin(r, log);
    else if (tail_update(&log->tail) == TAIL_FOUND_REPLACED)
        lost(r, log, "the file was emptied, and what was not read of it is gone");
    log->is_due = true;
    loop_timer_set(&r->role.loop, &r->more, 0);
}

static void
take_offer(struct reporter *r, const struct wire_source_fd *offer, int fd)
{
    struct log *log = log_of(r, offer->source);

    /* What is no file is left out, as if it were not there. */
    if (tail_offer(&log->tail, fd, offer->is_sibling) != 0)
        log_line(&r->role.log, LOG_LEVEL_DEBUG, "log-not-offered", "path=%s",
                 log->kept->path);
}

static void
on_frame(struct role *role, const struct wire_frame *f, int passed)
{
    struct reporter *r = role->ctx;
    struct wire_source_fd source;
    struct wire_source_end end;
    struct wire_neighbour neighbour;

    if (f->type == WIRE_NEIGHBOUR && wire_get_neighbour(f->fields, &neighbour) &&
        neighbour.role == ROLE_JOURNAL && passed >= 0)
        reporter_journal_take(r, passed);
    else if (f->type == WIRE_SOURCE_FD && wire_get_source_fd(f->fields, &source) &&
             passed >= 0)
        take_offer(r, &source, passed);
    else if (f->type == WIRE_SOURCE_END && wire_get_source_end(f->fields, &end))
        offered_all(r, end.source);
    else
        role_fail(role, "bad frame from komainud", wire_type_name(f->type));
}

/* The guard ends: what is written already is counted now, not at the next start. */
static void
on_orphan(struct role *role)
{
    struct reporter *r = role->ctx;

    for (size_t i = 0; i < role->config.source_count; i++)
        r->logs[i].is_due |= r->logs[i].has_begun;
    (void)read_round(r, LAST_CHUNKS); /* the rest is read then */
    (void)reporter_journal_read(r, LAST_CHUNKS);
    (void)reporter_save(r); /* likewise */
}

/* --- the start --- */

/* Those of this machine, or those that a report would judge by. */
static void
take_rules(struct reporter *r)
{
    bool is_built_in = !attack_rules_judge_mail(&r->role.config);
    struct buf error = {0};

    if (is_built_in && !attack_rules_load_built_in(&r->built_in, &error))
        role_fail(&r->role, "cannot read the rules that are built in", error.ptr);
    attack_rules_init(&r->rules, is_built_in ? &r->built_in : &r->role.config,
                      is_built_in);
    buf_fini(&error);
}

static void
open_keeper(struct reporter *r)
{
    const struct config *c = &r->role.config;
    int e;

    r->folder =
        r->role.folder ? open(r->role.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (r->folder < 0 || !config_has_store(c))
        role_fail(&r->role, "there is no folder to count in", "");
    r->keeper = keeper_new(r->folder, c->report.days, &r->rules);
    e = keeper_load(r->keeper, clock_wall_us());
    if (e == -EBADMSG)
        log_line(&r->role.log, LOG_LEVEL_ERROR, "report-damaged",
                 "what=\"the totals are damaged or of another version; they are begun "
                 "anew, with yesterday\"");
    else if (e)
        role_fail(&r->role, "cannot read the totals", strerror(-e));
    r->logs = mem_zalloc(c->source_count, sizeof(*r->logs));
    for (size_t i = 0; i < c->report.source_count; i++) {
        struct log *log = &r->logs[c->report.sources[i]];

        tail_init(&log->tail);
        log->kept = keeper_source(r->keeper, c->sources[c->report.sources[i]].path);
        if (!log->kept)
            role_fail(&r->role, "too many logs were counted before", "");
    }
    reporter_journal_open(r);
}

int
main(int argc, char **argv)
{
    static struct reporter r;

    role_begin(&r.role, ROLE_REPORTER, false, argc, argv);
    r.role.on_frame = on_frame;
    r.role.on_orphan = on_orphan;
    r.role.ctx = &r;
    r.look = (struct loop_timer){.fn = on_look, .ctx = &r};
    r.more = (struct loop_timer){.fn = on_more, .ctx = &r};
    r.save = (struct loop_timer){.fn = on_save, .ctx = &r};
    r.buffer = mem_zalloc(1, sizeof(*r.buffer));
    reporter_journal_init(&r);
    take_rules(&r);
    open_keeper(&r);
    loop_timer_set(&r.role.loop, &r.look, LOOK_US);
    role_enter(&r.role,
               SANDBOX_LOOP | SANDBOX_MESSAGES | SANDBOX_LOGS | SANDBOX_DATABASE);
    return role_run(&r.role);
}
