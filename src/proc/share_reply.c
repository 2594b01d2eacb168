/* share_reply: what replies of Redis say; each is whole, and may be anything. */
#include "share_stream.h"

/* Takes the next value with all that is in it off `*rest`. */
static struct span
take_item(struct span *rest)
{
    struct span before = *rest;

    resp_skip(rest);
    return span_head(before, before.len - rest->len);
}

/* Takes the head of an array off `*item`; -1: it is none. */
static int64_t
take_head(struct span *item)
{
    struct resp_value v;

    if (resp_next(item, &v) != RESP_GOT || v.type != RESP_ARRAY)
        return -1;
    return v.number;
}

static bool
take_payload(struct span fields, struct span *payload)
{
    int64_t count = take_head(&fields);
    struct span name;

    for (int64_t i = 0; i + 1 < count; i += 2) {
        bool is_ours = resp_text(&fields, &name) && span_eq(name, SPAN("p"));

        if (is_ours)
            return resp_text(&fields, payload);
        resp_skip(&fields);
    }
    return false;
}

/* One entry: its id, then its fields. False: it has no id. */
static bool
take_entry(struct share_stream *s, enum entry_stream stream, struct span item)
{
    struct span id, payload;
    struct place place;

    if (take_head(&item) != 2 || !resp_text(&item, &id) || !place_read(id, &place))
        return false;
    s->places[stream] = place;
    s->has_place[stream] = true;
    if (!take_payload(item, &payload) || payload.len > ENTRY_MAX) {
        s->strange++;
        return true;
    }
    s->got++;
    s->events.entry(s->events.ctx, stream, id, payload);
    return true;
}

static bool
take_stream(struct share_stream *s, struct span item)
{
    size_t stream = 0;
    struct span name;
    int64_t count;

    if (take_head(&item) != 2 || !resp_text(&item, &name))
        return false;
    while (stream < ENTRY_STREAMS && !span_eq(name, span_of(s->keys[stream])))
        stream++;
    count = take_head(&item);
    if (stream == ENTRY_STREAMS || count < 0)
        return false;
    for (int64_t i = 0; i < count; i++)
        if (!take_entry(s, (enum entry_stream)stream, take_item(&item)))
            return false;
    return true;
}

bool
share_take_entries(struct share_stream *s, struct span reply)
{
    struct resp_value v;

    if (resp_next(&reply, &v) != RESP_GOT)
        return false;
    if (v.type == RESP_NIL) /* nothing for so long */
        return true;
    if (v.type != RESP_ARRAY)
        return false;
    for (int64_t i = 0; i < v.number; i++)
        if (!take_stream(s, take_item(&reply)))
            return false;
    return true;
}

bool
share_take_id(struct span reply, struct place *out, bool *has)
{
    int64_t count = take_head(&reply);
    struct span item, id;

    *has = count > 0;
    if (count <= 0)
        return count == 0;
    item = take_item(&reply);
    return take_head(&item) == 2 && resp_text(&item, &id) && place_read(id, out);
}
