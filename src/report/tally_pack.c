/* What a tally that is not whole has counted, as bytes. */
#include "report/tally_pack.h"

#include "base/mem.h"

static void
volume_value(struct pack *p, void *value)
{
    struct tally_volume *v = value;

    pack_u64(p, &v->messages);
    pack_u64(p, &v->bytes);
}

static void
count_value(struct pack *p, void *value)
{
    pack_u64(p, value);
}

static void
pack_days(struct pack *p, struct tally *t)
{
    uint64_t count = t->day_count;

    pack_count(p, &count, TALLY_DAYS_MAX);
    if (!p->out && count) {
        t->days = mem_realloc(t->days, count, sizeof(*t->days));
        memset(t->days, 0, count * sizeof(*t->days));
        t->day_count = count;
    }
    for (size_t i = 0; i < count; i++) {
        struct tally_day *d = &t->days[i];

        pack_i64(p, &d->day);
        pack_all_u64(p, d->flow, FLOWS);
        pack_u32(p, &d->flows_seen);
        pack_u32(p, &d->hours_seen);
        d->hours_seen &= 0xFFFFFF;
    }
}

static void
pack_message(struct pack *p, struct queue_message *m)
{
    pack_i64(p, &m->since_us);
    pack_i64(p, &m->size);
    pack_bool(p, &m->is_received);
    pack_bool(p, &m->is_local);
    pack_bool(p, &m->is_queued);
    pack_bool(p, &m->is_deferred);
}

/* The one that was silent longest comes first, so that it is again. */
static void
write_queue(struct pack *p, struct queue_memory *q)
{
    struct queue_message *m = table_oldest(&q->table);

    for (; m; m = table_next(&q->table, m)) {
        struct queue_id id = queue_memory_id(q, m);

        pack_u32(p, &id.instance);
        pack_text(p, &id.text, QUEUE_ID_MAX);
        pack_message(p, m);
    }
}

static void
pack_queue(struct pack *p, struct queue_memory *q)
{
    uint64_t count = q->table.count;

    pack_u64(p, &q->forgotten);
    pack_count(p, &count, q->table.max);
    if (p->out) {
        write_queue(p, q);
        return;
    }
    for (uint64_t i = 0; i < count && !p->is_bad; i++) {
        struct queue_message passed_over = {0};
        struct queue_id id = {0};

        pack_u32(p, &id.instance);
        pack_text(p, &id.text, QUEUE_ID_MAX);
        pack_message(p, p->is_walked ? &passed_over : queue_memory_put(q, id, 1));
    }
}

void
tally_pack(struct pack *p, struct tally *t)
{
    must(!t->options.is_whole && !t->options.has_messages && !t->options.has_sessions);
    pack_same(p, TOTALS);
    pack_same(p, FLOWS);
    pack_u64(p, &t->budget.dropped);
    pack_u64(p, &t->lines);
    pack_all_u64(p, t->total, TOTALS);
    for (size_t i = 0; i < ARRAY_LEN(t->hour); i++)
        pack_all_u64(p, t->hour[i], FLOWS);
    pack_days(p, t);
    pack_texts_best(p, &t->senders, volume_value, tally_volume_worth);
    pack_texts_best(p, &t->recipients, volume_value, tally_volume_worth);
    pack_texts_best(p, &t->lists[LIST_WARNINGS], count_value, tally_list_worth);
    pack_texts(p, &t->lists[LIST_FATAL], count_value);
    pack_texts(p, &t->lists[LIST_PANIC], count_value);
    pack_queue(p, &t->queue);
}
