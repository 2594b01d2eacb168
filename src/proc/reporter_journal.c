/* The journal, out of the frames of its reader. What is counted of it and how far that is
 * are saved together, as with files: a reader or a reporter that begins anew is told the
 * place that was saved, and nothing counts twice. */
#include "reporter.h"

#include "base/clock.h"
#include "wire/meaning.h"

enum { JOURNAL_SAVES = 8 /* that one entry may wait for, to open its day */ };

static bool
is_counted(const struct reporter *r)
{
    return r->journal.kept != NULL;
}

/* --- gaps --- */

/* Entries may be gone; up to when shows with what comes next. Of a journal that was never
 * counted before it is no loss that it begins late: the totals say when they begin. */
static void
note_gone(struct reporter *r)
{
    struct reporter_journal *j = &r->journal;

    if (j->kept->cursor[0] == '\0' && (r->keeper->checked_us == 0 || j->kept->is_first))
        keeper_want(r->keeper, j->kept, r->keeper->begin_us);
    else
        j->is_gone = true;
}

static void
tell_gone(struct reporter *r, int64_t until_us)
{
    int64_t now_us = clock_wall_us();

    if (r->journal.is_gone)
        reporter_lost(r, r->journal.kept, until_us < now_us ? until_us : now_us,
                      "entries that were not read yet have left the journal");
    r->journal.is_gone = false;
}

/* --- entries --- */

static bool
add_text(struct reporter *r, struct span text)
{
    buf_add(&r->journal.text, text);
    return !r->journal.text.is_cut;
}

static bool
take_part(struct reporter *r, struct span fields)
{
    struct wire_journal_part m;

    return wire_get_journal_part(fields, &m) && m.source == 0 && add_text(r, m.text);
}

static void
count(struct reporter *r, const struct line *line, int64_t wall_us)
{
    struct keeper_read read = {.now_us = clock_wall_us(), .may_wait = true};
    int waits = JOURNAL_SAVES;

    tell_gone(r, wall_us);
    while (!keeper_entry(r->keeper, r->journal.kept, line, wall_us, &read)) {
        waits = reporter_save(r) ? waits - 1 : 0;
        read.may_wait = waits > 0;
    }
    reporter_save_later(r);
}

static bool
take_entry(struct reporter *r, struct span fields)
{
    struct reporter_journal *j = &r->journal;
    struct line line = {.form = LINE_JOURNAL};
    struct wire_journal_entry m;
    struct journal_parts parts;

    if (!wire_get_journal_entry(fields, &m) || m.source != 0 || m.time_us < 0 ||
        m.cursor.len == 0 || m.is_cut > 1)
        return false;
    line.body = m.text;
    if (j->text.len) {
        if (!add_text(r, m.text))
            return false;
        line.body = buf_span(&j->text);
    }
    if (!journal_parts(
            line.body,
            &(struct journal_shape){
                .host = m.host, .tag = m.tag, .pid = m.pid, .message = m.message},
            &parts))
        return false;
    line.host = parts.host;
    line.tag = parts.tag;
    line.pid = parts.pid;
    line.message = parts.message;
    j->is_level = false;
    count(r, &line, m.time_us);
    buf_clear(&j->text);
    return span_cstr(m.cursor, j->kept->cursor, sizeof(j->kept->cursor));
}

/* All that was there is counted: a day may be over by that. */
static bool
take_level(struct reporter *r, struct span fields)
{
    struct reporter_journal *j = &r->journal;
    struct wire_journal_level m;

    if (!wire_get_journal_level(fields, &m) || m.source != 0 || m.time_us < 0 ||
        j->text.len)
        return false;
    tell_gone(r, m.time_us);
    j->level_us = m.time_us;
    j->is_level = true;
    return true;
}

static bool
take_state(struct reporter *r, struct span fields)
{
    struct wire_journal_state m;

    if (!wire_get_journal_state(fields, &m) || m.source != 0 || m.state > SOURCE_FAILED)
        return false;
    /* Why is in the log of the reader. */
    if (m.state == SOURCE_FAILED)
        r->journal.is_level = false;
    return true;
}

static bool
take_gone(struct reporter *r, struct span fields)
{
    struct wire_journal_gone m;

    if (!wire_get_journal_gone(fields, &m) || m.source != 0)
        return false;
    note_gone(r);
    return true;
}

static bool
take_frame(struct reporter *r, const struct wire_frame *f)
{
    static const struct {
        enum wire_type type;
        bool (*take)(struct reporter *r, struct span fields);
    } frames[] = {{WIRE_JOURNAL_ENTRY, take_entry},
                  {WIRE_JOURNAL_PART, take_part},
                  {WIRE_JOURNAL_LEVEL, take_level},
                  {WIRE_JOURNAL_STATE, take_state},
                  {WIRE_JOURNAL_GONE, take_gone}};

    for (size_t i = 0; i < ARRAY_LEN(frames); i++)
        if (frames[i].type == f->type)
            return frames[i].take(r, f->fields);
    return false;
}

/* --- the socket --- */

static void
lose_reader(struct reporter *r)
{
    struct reporter_journal *j = &r->journal;

    /* What was not read of it comes again. */
    (void)role_lose_neighbour(&r->role, &j->chan, &j->watch);
    buf_clear(&j->text);
    j->is_level = j->is_reading = false;
}

/* A reader that lies is not for us to judge: we begin anew, behind what was saved. */
static void
take_packet(struct reporter *r, struct span packet)
{
    struct wire_frame f = {0};

    while (packet.len)
        if (wire_next(&packet, WIRE_FROM_JOURNAL, &f) != WIRE_FRAME || !take_frame(r, &f))
            role_fail(&r->role, "bad packet from the journal's reader",
                      wire_type_name(f.type));
}

bool
reporter_journal_read(struct reporter *r, int packets)
{
    struct reporter_journal *j = &r->journal;
    enum chan_got got = CHAN_PACKET;
    struct span packet;

    if (j->chan.fd < 0)
        return false;
    for (int i = 0; i < packets && got == CHAN_PACKET; i++) {
        got = chan_recv(&j->chan, &packet, NULL);
        if (got == CHAN_PACKET)
            take_packet(r, packet);
    }
    if (got == CHAN_BAD)
        role_fail(&r->role, "bad packet from the journal's reader", "too long");
    if (got == CHAN_CLOSED)
        lose_reader(r);
    j->is_reading = got == CHAN_PACKET;
    if (got == CHAN_EMPTY)
        loop_want(&r->role.loop, &j->watch, LOOP_READ);
    return j->is_reading;
}

static void
on_reader(void *ctx, unsigned ready UNUSED)
{
    struct reporter *r = ctx;

    loop_timer_set(&r->role.loop, &r->more, 0); /* with the logs, in turn */
    r->journal.is_reading = true;
    loop_want(&r->role.loop, &r->journal.watch, 0); /* till then it stays readable */
}

/* What was there at this time was counted, or is not to be: a journal that is named anew
 * counts from here on, as a log. */
static int64_t
since_us(const struct reporter *r)
{
    const struct reporter_journal *j = &r->journal;
    const struct keeper *k = r->keeper;
    int64_t now_us = clock_wall_us();
    int64_t us = j->level_us ? j->level_us : k->checked_us ? k->checked_us : k->begin_us;

    /* Without a place the time is the place: of a clock that was set back, not to come.
     */
    return us > now_us && j->kept->cursor[0] == '\0' ? now_us : us;
}

void
reporter_journal_take(struct reporter *r, int fd)
{
    struct reporter_journal *j = &r->journal;
    struct wire_journal_begin m = {.cursor = span_of(j->kept ? j->kept->cursor : "")};
    struct buf packet = {0};

    if (!is_counted(r))
        role_fail(&r->role, "komainud brings a journal that is not counted", "");
    lose_reader(r);
    role_take_neighbour(&r->role, &j->chan, &j->watch,
                        &(struct loop_fd){.fd = fd, .fn = on_reader, .ctx = r});
    m.since_us = since_us(r);
    wire_put_journal_begin(&packet, &m);
    /* An empty socket takes it; if the reader is gone the next one is told. */
    if (chan_send(fd, buf_span(&packet), -1) != 0)
        lose_reader(r);
    buf_fini(&packet);
}

/* --- the start, and what others ask --- */

void
reporter_journal_init(struct reporter *r)
{
    r->journal = (struct reporter_journal){.text = buf_bounded(JOURNAL_TEXT_MAX)};
    r->journal.chan.fd = -1;
}

void
reporter_journal_open(struct reporter *r)
{
    const char *place = r->role.config.report.journal;
    struct buf name = {0};

    if (!config_counts_journal(&r->role.config))
        return;
    buf_printf(&name, "%s%s%s", KEEPER_JOURNAL, place[0] ? ":" : "", place);
    r->journal.kept = keeper_source(r->keeper, name.ptr);
    buf_fini(&name);
    if (!r->journal.kept)
        role_fail(&r->role, "too many logs were counted before", "");
}

bool
reporter_journal_level(const struct reporter *r, int64_t *now_us)
{
    const struct reporter_journal *j = &r->journal;

    if (!is_counted(r))
        return true;
    if (j->level_us < *now_us)
        *now_us = j->level_us;
    return j->is_level;
}
