#include "resolve/records.h"

#include <ares.h>

#include "base/mem.h"

enum {
    HEAD_BYTES = 12,
    CLASS_IN = 1,
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    BYTES_A = 4,
    BYTES_AAAA = 16,
    RECORD_HEAD = 4,   /* of ours: number and length ... */
    RECORD_COUNTS = 8, /* ... which counts for so much, as in a frame of wire.def */
};

struct reading {
    struct span answer;
    size_t at;
    enum host_record record;
    struct buf *out;
    size_t bytes; /* of records */
    uint32_t ttl_s;
};

int
records_type(enum host_record record)
{
    static const int types[HOST_RECORDS] = {
        [HOST_TXT] = TYPE_TXT, [HOST_MX] = TYPE_MX,     [HOST_PTR] = TYPE_PTR,
        [HOST_A] = TYPE_A,     [HOST_AAAA] = TYPE_AAAA, [HOST_NS] = TYPE_NS,
    };

    return types[record];
}

static uint16_t
u16_of(const char *bytes)
{
    return (uint16_t)((unsigned char)bytes[0] << 8 | (unsigned char)bytes[1]);
}

static bool
take_u16(struct reading *r, uint16_t *n)
{
    if (r->answer.len - r->at < 2)
        return false;
    *n = u16_of(r->answer.ptr + r->at);
    r->at += 2;
    return true;
}

/* Takes a name, whose text goes to `text` unless that is NULL. */
static bool
take_name(struct reading *r, struct buf *text)
{
    const unsigned char *all = (const unsigned char *)r->answer.ptr;
    char *name;
    long used;

    if (ares_expand_name(all + r->at, all, (int)r->answer.len, &name, &used) !=
        ARES_SUCCESS)
        return false;
    if (text)
        buf_add_text(text, name);
    ares_free_string(name);
    if (used < 1 || (size_t)used > r->answer.len - r->at)
        return false;
    r->at += (size_t)used;
    return true;
}

/* False when there is no room. */
static bool
add(struct reading *r, uint16_t number, struct span data)
{
    r->bytes += RECORD_COUNTS + data.len;
    if (r->bytes > RESOLVE_RECORDS_BYTES)
        return false;
    buf_add_byte(r->out, (char)(number >> 8));
    buf_add_byte(r->out, (char)number);
    buf_add_byte(r->out, (char)(data.len >> 8));
    buf_add_byte(r->out, (char)data.len);
    buf_add(r->out, data);
    return true;
}

static bool
add_text(struct reading *r, struct span data)
{
    struct buf text = {0};
    bool is_good = true;

    while (data.len && is_good) {
        size_t len = (unsigned char)data.ptr[0];

        is_good = len < data.len;
        data = span_from(data, 1);
        buf_add(&text, span_head(data, len));
        data = span_from(data, len < data.len ? len : data.len);
    }
    is_good = is_good && add(r, 0, buf_span(&text));
    buf_fini(&text);
    return is_good;
}

/* The name at r->at. */
static bool
add_name(struct reading *r, uint16_t number)
{
    struct buf text = {0};
    bool is_good = take_name(r, &text);

    /* Of a mail exchanger SPF takes whatever name can be asked for. */
    if (is_good && (r->record == HOST_MX ? host_is_dns_name(buf_span(&text))
                                         : host_is_name(buf_span(&text))))
        is_good = add(r, number, buf_span(&text));
    buf_fini(&text);
    return is_good;
}

static bool
add_record(struct reading *r, struct span data)
{
    uint16_t number = 0;

    if (r->record == HOST_TXT)
        return add_text(r, data);
    if (r->record == HOST_A || r->record == HOST_AAAA)
        return data.len == (r->record == HOST_A ? BYTES_A : BYTES_AAAA) &&
               add(r, 0, data);
    if (r->record == HOST_MX && (data.len < 3 || !take_u16(r, &number)))
        return false;
    if (r->record == HOST_MX && data.len == 3 && data.ptr[2] == 0)
        return add(r, number, SPAN(".")); /* it takes no mail (RFC 7505) */
    return add_name(r, number);
}

static bool
take_record(struct reading *r)
{
    uint16_t type, class, high, low, len;
    uint32_t ttl_s;
    size_t end;

    if (!take_name(r, NULL) || !take_u16(r, &type) || !take_u16(r, &class) ||
        !take_u16(r, &high) || !take_u16(r, &low) || !take_u16(r, &len) ||
        r->answer.len - r->at < len)
        return false;
    end = r->at + len;
    if (class == CLASS_IN && (type == TYPE_CNAME || type == records_type(r->record))) {
        ttl_s = (uint32_t)high << 16 | low;
        if (ttl_s < r->ttl_s)
            r->ttl_s = ttl_s;
        if (type != TYPE_CNAME &&
            !add_record(r, span_head(span_from(r->answer, r->at), len)))
            return false;
    }
    r->at = end;
    return true;
}

bool
records_read(struct span answer, enum host_record record, struct buf *out,
             uint32_t *ttl_s)
{
    struct reading r = {.answer = answer,
                        .at = HEAD_BYTES,
                        .record = record,
                        .out = out,
                        .ttl_s = UINT32_MAX};
    uint16_t questions, answers, type;

    if (answer.len < HEAD_BYTES || answer.len > UINT16_MAX)
        return false;
    questions = u16_of(answer.ptr + 4);
    answers = u16_of(answer.ptr + 6);
    while (questions-- > 0)
        if (!take_name(&r, NULL) || !take_u16(&r, &type) || !take_u16(&r, &type))
            return false;
    while (answers-- > 0)
        if (!take_record(&r))
            return false;
    *ttl_s = r.ttl_s;
    return true;
}

bool
resolve_next_record(struct span *rest, struct resolve_record *out)
{
    size_t len;

    if (rest->len < RECORD_HEAD)
        return false;
    len = u16_of(rest->ptr + 2);
    must(rest->len - RECORD_HEAD >= len); /* add() wrote it */
    out->number = u16_of(rest->ptr);
    out->data = span_head(span_from(*rest, RECORD_HEAD), len);
    *rest = span_from(*rest, RECORD_HEAD + len);
    return true;
}

struct addr
resolve_record_address(const struct resolve_record *record)
{
    must(record->data.len == BYTES_A || record->data.len == BYTES_AAAA);
    return addr_from_bytes(record->data.len == BYTES_A ? 4 : 6, record->data.ptr);
}
