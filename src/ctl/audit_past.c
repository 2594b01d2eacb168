/* audit_past: the bans that the guard remembers, among the entries of logs. */
#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/audit_parts.h"

/* The beginning or the end of a ban. */
struct past_row {
    struct audit_entry entry;
    char who[ADDR_TEXT_MAX];
};

struct audit_past {
    struct answer answer;  /* the texts of the rows are parts of it */
    struct past_row *rows; /* in the order of time */
    size_t count, next;
};

static int
by_time(const void *a, const void *b)
{
    const struct past_row *x = a, *y = b;

    return (x->entry.time_us > y->entry.time_us) - (x->entry.time_us < y->entry.time_us);
}

static void
add_past(struct audit_past *p, const struct wire_tell_past *m,
         enum audit_category category, int64_t time_us, struct span text)
{
    struct past_row *row = &p->rows[p->count++];

    row->entry = (struct audit_entry){
        .category = category, .time_us = time_us, .what = m->jail, .text = text};
    row->entry.address = m->id;
    if (m->who.family)
        row->entry.address = span_of(addr_text(&m->who, row->who));
}

static void
add_ban(struct audit_past *p, const struct wire_tell_past *m)
{
    add_past(p, m, AUDIT_BAN, m->since_us, SPAN("banned by the guard"));
    if (m->ending != PAST_IN_FORCE)
        add_past(p, m, AUDIT_UNBAN, m->ended_us,
                 m->ending == PAST_LIFTED ? SPAN("lifted by hand")
                                          : SPAN("its time was over"));
}

struct audit_past *
audit_past_ask(struct audit *a)
{
    struct wire_ask_past m = {.within = a->filter.within, .to_us = a->filter.to_us};
    struct audit_past *p = mem_zalloc(1, sizeof(*p));
    struct buf frame = {0}, error = {0};
    struct wire_tell_past row;
    struct span rest, fields;

    wire_put_ask_past(&frame, &m);
    if (ask_list(a->env, a->args, &frame, &p->answer, &error) == CTL_DONE) {
        rest = buf_span(&p->answer.frames);
        p->rows =
            mem_zalloc(2 * answer_count(rest, WIRE_TELL_PAST) + 1, sizeof(*p->rows));
        while (answer_next(&rest, WIRE_TELL_PAST, &fields))
            if (wire_get_tell_past(fields, &row))
                add_ban(p, &row);
        qsort(p->rows, p->count, sizeof(*p->rows), by_time);
        for (size_t i = 0; i < p->count; i++) /* qsort() moved the texts */
            if (p->rows[i].who[0])
                p->rows[i].entry.address = span_of(p->rows[i].who);
    }
    buf_fini(&error);
    return p;
}

void
audit_past_show(struct audit *a, struct audit_past *p, int64_t time_us)
{
    for (; p && p->next < p->count && p->rows[p->next].entry.time_us < time_us;
         p->next++) {
        if (audit_is_wanted(&a->filter, &p->rows[p->next].entry))
            audit_show(a, &p->rows[p->next].entry);
    }
}

int64_t
audit_past_end(const struct audit_past *p)
{
    return p && p->count ? p->rows[p->count - 1].entry.time_us : 0;
}

void
audit_past_free(struct audit_past *p)
{
    if (!p)
        return;
    mem_free(p->rows);
    answer_fini(&p->answer);
    mem_free(p);
}
