#include "share/entry.h"

#include <endian.h>

static const char magic[4] = {'K', 'S', 'H', '1'};

static char *
put_u64(char *at, uint64_t n)
{
    n = htole64(n);
    memcpy(at, &n, sizeof(n));
    return at + sizeof(n);
}

static char *
put_u32(char *at, uint32_t n)
{
    n = htole32(n);
    memcpy(at, &n, sizeof(n));
    return at + sizeof(n);
}

static uint64_t
get_u64(const char *at)
{
    uint64_t n;

    memcpy(&n, at, sizeof(n));
    return le64toh(n);
}

static uint32_t
get_u32(const char *at)
{
    uint32_t n;

    memcpy(&n, at, sizeof(n));
    return le32toh(n);
}

static size_t
record_bytes(enum entry_kind kind)
{
    static const uint8_t bytes[ENTRY_KINDS] = {
        [ENTRY_TRIPLETS] = ENTRY_TRIPLET_BYTES,
        [ENTRY_COUNTS] = ENTRY_COUNT_BYTES,
        [ENTRY_WANT] = ENTRY_WANT_BYTES,
        [ENTRY_DONE] = ENTRY_WANT_BYTES,
    };

    return bytes[kind];
}

void
entry_begin(struct buf *out, const struct entry_head *head)
{
    char bytes[ENTRY_HEAD_BYTES] = {0};

    memcpy(bytes, magic, sizeof(magic));
    bytes[4] = (char)head->kind;
    (void)put_u64(put_u64(put_u64(bytes + 8, head->life), head->seq),
                  (uint64_t)head->time_s);
    buf_add(out, (struct span){bytes, sizeof(bytes)});
}

void
entry_add_triplet(struct buf *out, const struct entry_triplet *t)
{
    char bytes[ENTRY_TRIPLET_BYTES], *at = put_u64(put_u64(bytes, t->a), t->b);

    at = put_u32(put_u32(at, t->first_s), t->last_s);
    (void)put_u32(at, t->count | (uint32_t)t->kind << 16 | (uint32_t)t->flags << 24);
    buf_add(out, (struct span){bytes, sizeof(bytes)});
}

void
entry_add_count(struct buf *out, const struct entry_count *c)
{
    char bytes[ENTRY_COUNT_BYTES], *at = put_u64(put_u64(bytes, c->limit), c->key);

    (void)put_u32(put_u32(at, c->amount), c->time_s);
    buf_add(out, (struct span){bytes, sizeof(bytes)});
}

void
entry_add_want(struct buf *out, const struct entry_want *w)
{
    char bytes[ENTRY_WANT_BYTES];

    (void)put_u64(put_u64(bytes, w->request), (uint64_t)w->since_s);
    buf_add(out, (struct span){bytes, sizeof(bytes)});
}

void
entry_seal(struct buf *out, struct hash_key key)
{
    char bytes[ENTRY_CHECK_BYTES];

    (void)put_u64(bytes, hash_bytes(key, out->ptr, out->len));
    buf_add(out, (struct span){bytes, sizeof(bytes)});
}

size_t
entry_records(enum entry_kind kind, size_t len)
{
    return (len - ENTRY_HEAD_BYTES) / record_bytes(kind);
}

static bool
is_head(struct span payload)
{
    static const char zeros[3];
    const char *p = payload.ptr;

    return payload.len >= ENTRY_HEAD_BYTES + ENTRY_CHECK_BYTES &&
           payload.len <= ENTRY_MAX && memcmp(p, magic, sizeof(magic)) == 0 && p[4] > 0 &&
           p[4] < ENTRY_KINDS && memcmp(p + 5, zeros, sizeof(zeros)) == 0;
}

bool
entry_open(struct span payload, struct hash_key key, struct entry_head *head,
           struct span *body)
{
    const char *p = payload.ptr;
    enum entry_kind kind;
    size_t signed_bytes, bytes;

    if (!is_head(payload))
        return false;
    kind = (enum entry_kind)p[4];
    signed_bytes = payload.len - ENTRY_CHECK_BYTES;
    bytes = signed_bytes - ENTRY_HEAD_BYTES;
    if (bytes % record_bytes(kind) != 0 ||
        hash_bytes(key, p, signed_bytes) != get_u64(p + signed_bytes))
        return false;
    *head = (struct entry_head){kind, get_u64(p + 8), get_u64(p + 16),
                                (int64_t)get_u64(p + 24)};
    *body = (struct span){p + ENTRY_HEAD_BYTES, bytes};
    return true;
}

/* The next record of so many bytes; NULL: there is none. */
static const char *
next(struct span *body, size_t bytes)
{
    const char *at = body->ptr;

    if (body->len < bytes)
        return NULL;
    *body = span_from(*body, bytes);
    return at;
}

bool
entry_next_triplet(struct span *body, struct entry_triplet *out)
{
    const char *p = next(body, ENTRY_TRIPLET_BYTES);
    uint32_t rest;

    if (!p)
        return false;
    rest = get_u32(p + 24);
    *out = (struct entry_triplet){.a = get_u64(p),
                                  .b = get_u64(p + 8),
                                  .first_s = get_u32(p + 16),
                                  .last_s = get_u32(p + 20),
                                  .count = (uint16_t)(rest & UINT16_MAX),
                                  .kind = (uint8_t)(rest >> 16 & UINT8_MAX),
                                  .flags = (uint8_t)(rest >> 24)};
    return true;
}

bool
entry_next_count(struct span *body, struct entry_count *out)
{
    const char *p = next(body, ENTRY_COUNT_BYTES);

    if (!p)
        return false;
    *out = (struct entry_count){get_u64(p), get_u64(p + 8), get_u32(p + 16),
                                get_u32(p + 20)};
    return true;
}

bool
entry_next_want(struct span *body, struct entry_want *out)
{
    const char *p = next(body, ENTRY_WANT_BYTES);

    if (!p)
        return false;
    *out = (struct entry_want){get_u64(p), (int64_t)get_u64(p + 8)};
    return true;
}
