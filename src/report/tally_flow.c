/* Messages: come, queued, delivered, gone. */
#include "base/ascii.h"
#include "base/clock.h"
#include "base/mem.h"
#include "report/reason.h"
#include "report/tally_internal.h"

enum { MESSAGES_MAX = 1 << 20, PARTS_MAX = 1 << 21 };

static struct queue_id
id_of(const struct mail_line *m)
{
    return (struct queue_id){.text = m->queue_id, .instance = tally_instance(m)};
}

/* --- the list of messages --- */

/* Takes room for one more of `bytes` out of the budget. */
static bool
take(struct tally *t, size_t bytes)
{
    if (t->budget.left < bytes) {
        t->budget.dropped++;
        return false;
    }
    t->budget.left -= bytes;
    return true;
}

static uint32_t
new_message(struct tally *t, struct span id)
{
    struct tally_message m = {0};

    if (t->message_count == MESSAGES_MAX || !take(t, sizeof(m)))
        return 0;
    if (t->message_count == t->message_room) {
        t->message_room = t->message_room ? 2 * t->message_room : 64;
        t->messages = mem_realloc(t->messages, t->message_room, sizeof(m));
    }
    m.id_len = (uint8_t)(id.len < QUEUE_ID_MAX ? id.len : QUEUE_ID_MAX);
    memcpy(m.id, id.ptr, m.id_len);
    t->messages[t->message_count] = m;
    return ++t->message_count;
}

void
tally_remember(struct tally *t, struct queue_message *q, struct span id, struct span text)
{
    struct tally_message *m;
    struct tally_part part = {.at = (uint32_t)t->part_texts.len,
                              .len = (uint32_t)text.len};

    if (!t->options.has_messages)
        return;
    if (q->detail == 0)
        q->detail = new_message(t, id);
    if (q->detail == 0 || t->part_count == PARTS_MAX || !take(t, sizeof(part) + text.len))
        return;
    if (t->part_count == t->part_room) {
        t->part_room = t->part_room ? 2 * t->part_room : 64;
        t->parts = mem_realloc(t->parts, t->part_room, sizeof(part));
    }
    buf_add(&t->part_texts, text);
    part.len = (uint32_t)(t->part_texts.len - part.at);
    t->parts[t->part_count++] = part;
    m = &t->messages[q->detail - 1];
    if (m->last)
        t->parts[m->last - 1].next = t->part_count;
    else
        m->first = t->part_count;
    m->last = t->part_count;
}

/* --- coming --- */

void
tally_arrival(struct tally *t, const struct tally_step *s)
{
    const struct mail_line *m = s->mail;
    struct queue_message *q = queue_memory_put(&t->queue, id_of(m), s->wall_us);
    bool is_named = m->name.len && !span_eq(m->name, SPAN("unknown"));
    struct span client = is_named ? m->name : m->address;

    /* The id of a message that went while nobody read: this is another one. */
    *q = (struct queue_message){.since_us = s->wall_us ? s->wall_us : 1,
                                .size = -1,
                                .is_received = true,
                                .is_named = is_named,
                                .is_local = m->kind == MAIL_PICKUP};
    if (!t->options.is_whole)
        return;
    q->client_len =
        (uint8_t)(client.len < QUEUE_CLIENT_MAX ? client.len : QUEUE_CLIENT_MAX);
    if (q->client_len)
        memcpy(q->client, client.ptr + client.len - q->client_len, q->client_len);
}

/* Most addresses are counted as they are written. */
void
tally_expect(const struct tally *t, const struct mail_line *m, struct texts_ahead *a)
{
    struct span text = m->kind == MAIL_QUEUED ? m->sender : m->recipient;

    a->count = 0;
    if (m->kind != MAIL_QUEUED && m->kind != MAIL_DELIVERY)
        return;
    texts_expect(a, m->kind == MAIL_QUEUED ? &t->senders : &t->recipients,
                 texts_hash(&t->budget, text));
}

static void
add_volume(struct texts *texts, struct span text, int64_t bytes, uint32_t times)
{
    struct tally_volume *v = texts_put(texts, text);

    if (!v)
        return;
    v->messages += times;
    v->bytes += (uint64_t)bytes * times;
}

/* The client's where the sender has none. */
static struct span
sender_domain(struct tally *t, const struct queue_message *q, struct span sender)
{
    struct span domain = address_domain(sender);
    struct span client = {q->client, q->client_len};

    if (domain.len < sender.len || q->is_local)
        return domain;
    buf_clear(&t->key);
    reason_domain(&t->key, q->is_named ? client : (struct span){0}, client);
    return buf_span(&t->key);
}

void
tally_queued(struct tally *t, const struct tally_step *s)
{
    const struct mail_line *m = s->mail;
    struct queue_message *q = queue_memory_put(&t->queue, id_of(m), s->wall_us);
    struct span sender;
    int64_t bytes;

    if (q->is_queued)
        return; /* again, after a pause */
    q->is_queued = true;
    q->size = m->size;
    buf_clear(&t->text);
    address_sender(&t->text, m->sender, &t->options.address);
    if (m->sender.len == 0)
        buf_add_text(&t->text, "from=<>");
    sender = buf_span(&t->text);
    tally_remember(t, q, m->queue_id, sender);
    if (!q->is_received)
        return; /* made here, or brought before the log begins */
    bytes = m->size > 0 ? m->size : 0;
    t->total[TOTAL_RECEIVED] += s->times;
    t->total[TOTAL_BYTES_RECEIVED] += (uint64_t)bytes * s->times;
    add_volume(&t->senders, sender, bytes, s->times);
    if (t->options.is_whole)
        add_volume(&t->sender_domains, sender_domain(t, q, sender), bytes, s->times);
    tally_add_flow(t, s, FLOW_RECEIVED, q->since_us);
}

/* --- going --- */

static double
delay_of(const struct mail_line *m)
{
    return m->delay_us > 0 ? (double)m->delay_us / SECOND_US : 0;
}

static void
slower(struct tally_destination *d, double delay_s)
{
    if (delay_s > d->longest_s)
        d->longest_s = delay_s;
}

/* The size of a message was told before the log begins: it is told whose. */
static void
sent_without_size(struct tally *t, const struct tally_step *s, struct queue_message *q,
                  struct span to)
{
    void *recipient = texts_find(&t->recipients, to);
    uint32_t *number;

    tally_remember(t, q, s->mail->queue_id, SPAN("(sender not in log)"));
    if (!recipient)
        return;
    number = texts_put(&t->unsized, s->mail->queue_id);
    if (number)
        *number = texts_number(&t->recipients, recipient);
}

static void
sent_to_domain(struct tally *t, const struct tally_step *s, struct span to,
               uint64_t bytes)
{
    struct tally_destination *d = texts_put(&t->recipient_domains, address_domain(to));
    double delay_s = delay_of(s->mail);

    if (!d)
        return;
    t->total[TOTAL_RECIPIENT_DOMAINS] += d->volume.messages == 0;
    d->volume.messages += s->times;
    d->volume.bytes += bytes;
    d->delay_s += delay_s * s->times;
    slower(d, delay_s);
}

static void
sent(struct tally *t, const struct tally_step *s, struct span to)
{
    const struct mail_line *m = s->mail;
    struct queue_message *q = queue_memory_put(&t->queue, id_of(m), s->wall_us);
    uint64_t bytes = q->size > 0 ? (uint64_t)q->size * s->times : 0;

    if (t->options.is_whole)
        sent_to_domain(t, s, to, bytes);
    add_volume(&t->recipients, to, q->size > 0 ? q->size : 0, s->times);
    tally_add_flow(t, s, FLOW_DELIVERED, s->wall_us);
    t->total[TOTAL_DELIVERED] += s->times;
    t->total[TOTAL_BYTES_DELIVERED] += bytes;
    if (bytes == 0 && t->options.is_whole)
        sent_without_size(t, s, q, to);
    tally_remember(t, q, m->queue_id, to);
}

/* What a deferral says, up to its first bracket that closes. */
static void
add_deferral_reason(struct tally *t, const struct mail_line *m)
{
    ptrdiff_t end = span_find_byte(m->text, ')');
    struct span text = end < 0 ? m->text : span_head(m->text, (size_t)end);
    struct span reason;

    if (t->options.is_verbose) {
        buf_add(&t->key, text);
        return;
    }
    buf_clear(&t->text);
    reason_said(&t->text, text, tally_limit(t, 65));
    reason = reason_without_code(buf_span(&t->text));
    (void)span_take(&reason, SPAN("connect to "));
    buf_add(&t->key, reason);
}

/* By domain, and by reason. */
static void
list_deferral(struct tally *t, const struct tally_step *s, struct span to)
{
    struct tally_destination *d = texts_put(&t->recipient_domains, address_domain(to));

    if (d) {
        d->deferrals += s->times;
        slower(d, delay_of(s->mail));
    }
    tally_begin_key(t, s->mail->daemon);
    add_deferral_reason(t, s->mail);
    tally_add_to_list(t, LIST_DEFERRED, s->times);
}

static void
deferred(struct tally *t, const struct tally_step *s, struct span to)
{
    struct queue_message *q = queue_memory_put(&t->queue, id_of(s->mail), s->wall_us);

    t->total[TOTAL_DEFERRALS] += s->times;
    t->total[TOTAL_DEFERRED] += !q->is_deferred;
    q->is_deferred = true;
    tally_add_flow(t, s, FLOW_DEFERRED, s->wall_us);
    if (t->options.is_whole)
        list_deferral(t, s, to);
}

static void
list_bounce(struct tally *t, const struct tally_step *s, struct span relay,
            struct span text)
{
    tally_begin_key(t, relay);
    for (size_t i = 0; t->options.address.ignores_case && i < t->key.len; i++)
        t->key.ptr[i] = ascii_lower(t->key.ptr[i]);
    if (t->options.is_verbose) {
        buf_add(&t->key, text);
    } else {
        buf_clear(&t->text);
        reason_said(&t->text, text, tally_limit(t, 66));
        buf_add(&t->key, reason_without_code(buf_span(&t->text)));
    }
    tally_add_to_list(t, LIST_BOUNCED, s->times);
}

static void
bounced(struct tally *t, const struct tally_step *s, struct span relay, struct span text)
{
    if (t->options.is_whole)
        list_bounce(t, s, relay, text);
    tally_add_flow(t, s, FLOW_BOUNCED, s->wall_us);
    t->total[TOTAL_BOUNCED] += s->times;
}

void
tally_delivery(struct tally *t, const struct tally_step *s)
{
    const struct mail_line *m = s->mail;
    struct span to =
        t->options.uses_orig_to && m->orig_to.len ? m->orig_to : m->recipient;

    if (m->outcome == MAIL_BOUNCED) {
        bounced(t, s, m->relay, m->text);
        return;
    }
    if (m->outcome == MAIL_SENT && span_starts(m->text, SPAN("forwarded as "))) {
        t->total[TOTAL_FORWARDED] += s->times;
        return;
    }
    if (m->outcome != MAIL_SENT && m->outcome != MAIL_DEFERRED)
        return;
    buf_clear(&t->address);
    address_recipient(&t->address, to, &t->options.address);
    if (m->outcome == MAIL_SENT)
        sent(t, s, buf_span(&t->address));
    else
        deferred(t, s, buf_span(&t->address));
}

void
tally_expired(struct tally *t, const struct tally_step *s)
{
    bounced(t, s, SPAN("none"), SPAN("expired, returned to sender"));
}

void
tally_removed(struct tally *t, const struct tally_step *s)
{
    struct queue_message *q = queue_memory_find(&t->queue, id_of(s->mail));

    if (q)
        queue_memory_remove(&t->queue, q);
}
