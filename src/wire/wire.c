#include "wire/wire.h"

#include "wire_hash.h" /* made by the build from wire.def */

static const uint8_t channel_of[WIRE_TYPES] = {
#define MESSAGE(NAME, name, CHANNEL) [WIRE_##NAME] = WIRE_##CHANNEL,
    WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
};

static const char *const type_names[WIRE_TYPES] = {[WIRE_NONE] = "none",
#define MESSAGE(NAME, name, CHANNEL) [WIRE_##NAME] = #name,
                                                   WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
};

static void
put_bytes(struct buf *b, uint64_t value, size_t bytes)
{
    char raw[8];

    for (size_t i = 0; i < bytes; i++)
        raw[i] = (char)(unsigned char)(value >> (8 * i));
    buf_add(b, (struct span){raw, bytes});
}

static bool
get_bytes(struct span *s, size_t bytes, uint64_t *value)
{
    *value = 0;
    if (s->len < bytes)
        return false;
    for (size_t i = 0; i < bytes; i++)
        *value |= (uint64_t)(unsigned char)s->ptr[i] << (8 * i);
    *s = span_from(*s, bytes);
    return true;
}

/* One put_ and one get_ for each type of field. */
#define INTEGER(type, ctype)                                                             \
    static void put_##type(struct buf *b, ctype value, size_t bound UNUSED)              \
    {                                                                                    \
        put_bytes(b, (uint64_t)value, sizeof(value));                                    \
    }                                                                                    \
    static bool get_##type(struct span *s, ctype *value, size_t bound UNUSED)            \
    {                                                                                    \
        uint64_t raw;                                                                    \
        bool is_there = get_bytes(s, sizeof(*value), &raw);                              \
        *value = (ctype)raw;                                                             \
        return is_there;                                                                 \
    }
INTEGER(u8, uint8_t)
INTEGER(u16, uint16_t)
INTEGER(u32, uint32_t)
INTEGER(u64, uint64_t)
INTEGER(i64, int64_t)
#undef INTEGER

static void
put_text(struct buf *b, struct span text, size_t bound)
{
    text = span_head(text, bound);
    put_bytes(b, text.len, 2);
    buf_add(b, text);
}

static bool
get_text(struct span *s, struct span *text, size_t bound)
{
    uint64_t len;

    if (!get_bytes(s, 2, &len) || len > bound || len > s->len)
        return false;
    *text = span_head(*s, len);
    *s = span_from(*s, len);
    return true;
}

static void
put_addr(struct buf *b, struct addr a, size_t bound UNUSED)
{
    buf_add(b, (struct span){(const char *)&a, sizeof(a)});
}

static bool
get_addr(struct span *s, struct addr *out, size_t bound UNUSED)
{
    struct addr raw, again;
    static const uint8_t zero[sizeof(raw.bytes)];

    if (s->len < sizeof(raw))
        return false;
    memcpy(&raw, s->ptr, sizeof(raw));
    *s = span_from(*s, sizeof(raw));
    *out = raw;
    if (raw.family == 0)
        return raw.bits == 0 && memcmp(raw.bytes, zero, sizeof(zero)) == 0;
    if ((raw.family != 4 && raw.family != 6) || raw.bits > addr_width(&raw))
        return false;
    /* The invariants of struct addr hold for what we send; whoever breaks them is not us.
     */
    again = addr_from_bytes(raw.family, raw.bytes);
    if (addr_is_host(&raw))
        return addr_eq(&again, &raw);
    again = raw;
    again.bits = (uint8_t)addr_width(&raw);
    again = addr_mask(again, raw.bits);
    return addr_eq(&again, &raw);
}

static void
put_head(struct buf *b, enum wire_type type, size_t at)
{
    size_t len = b->len - at - WIRE_HEAD_BYTES;

    b->ptr[at] = (char)((unsigned)type & 0xFFU);
    b->ptr[at + 1] = (char)((unsigned)type >> 8);
    b->ptr[at + 2] = (char)(len & 0xFFU);
    b->ptr[at + 3] = (char)(len >> 8);
}

#define PUT(type, name, bound) put_##type(packet, m->name, bound);
#define GET(type, name, bound) &&get_##type(&fields, &m->name, bound)
#define MESSAGE(NAME, lower, CHANNEL)                                                    \
    void wire_put_##lower(struct buf *packet, const struct wire_##lower *m)              \
    {                                                                                    \
        size_t at = packet->len;                                                         \
                                                                                         \
        put_bytes(packet, 0, WIRE_HEAD_BYTES);                                           \
        WIRE_##NAME(PUT) put_head(packet, WIRE_##NAME, at);                              \
    }                                                                                    \
    bool wire_get_##lower(struct span fields, struct wire_##lower *m)                    \
    {                                                                                    \
        return true WIRE_##NAME(GET) && fields.len == 0;                                 \
    }
WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
#undef GET
#undef PUT

enum wire_next
wire_next(struct span *packet, enum wire_channel channel, struct wire_frame *frame)
{
    uint64_t type, len;

    if (packet->len == 0)
        return WIRE_END;
    if (!get_bytes(packet, 2, &type) || !get_bytes(packet, 2, &len) || len > packet->len)
        return WIRE_BAD;
    if (type == WIRE_NONE || type >= WIRE_TYPES)
        return WIRE_BAD;
    if (channel_of[type] != WIRE_ANY && channel_of[type] != channel)
        return WIRE_BAD;
    frame->type = (enum wire_type)type;
    frame->fields = span_head(*packet, len);
    *packet = span_from(*packet, len);
    return WIRE_FRAME;
}

uint64_t
wire_hash(void)
{
    return WIRE_DEF_HASH;
}

const char *
wire_role_name(enum wire_role role)
{
    static const char *const names[] = {"komainud", "sensor",  "judge",  "enforcer",
                                        "command",  "journal", "runner", "resolver",
                                        "compat",   "gate",    "share",  "reporter"};

    return (size_t)role < ARRAY_LEN(names) ? names[role] : "?";
}

const char *
wire_type_name(enum wire_type type)
{
    return (size_t)type < WIRE_TYPES ? type_names[type] : "?";
}
