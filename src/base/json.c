#include "base/json.h"

#include "base/text.h"

/* A value's last byte is never an opening bracket, a colon or a line feed, so that the
 * byte before says whether a comma is due. */
static void
comma(struct buf *b)
{
    if (b->len && !strchr("{[:\n", b->ptr[b->len - 1]))
        buf_add_byte(b, ',');
}

void
json_open(struct buf *b, char bracket)
{
    comma(b);
    buf_add_byte(b, bracket);
}

void
json_close(struct buf *b, char bracket)
{
    buf_add_byte(b, bracket);
}

void
json_key(struct buf *b, const char *name)
{
    comma(b);
    buf_add_byte(b, '"');
    buf_add_text(b, name);
    buf_add_text(b, "\":");
}

void
json_span(struct buf *b, struct span s)
{
    comma(b);
    buf_json(b, s);
}

void
json_text(struct buf *b, const char *text)
{
    json_span(b, span_of(text));
}

void
json_u64(struct buf *b, uint64_t n)
{
    comma(b);
    buf_add_u64(b, n);
}

void
json_i64(struct buf *b, int64_t n)
{
    comma(b);
    if (n < 0)
        buf_add_byte(b, '-');
    buf_add_u64(b, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

void
json_number(struct buf *b, const char *text)
{
    comma(b);
    buf_add_text(b, text);
}

void
json_bool(struct buf *b, bool value)
{
    comma(b);
    buf_add_text(b, value ? "true" : "false");
}

void
json_null(struct buf *b)
{
    comma(b);
    buf_add_text(b, "null");
}

void
json_time(struct buf *b, int64_t wall_us)
{
    char text[CLOCK_TEXT_MAX];

    if (text_is_time(wall_us))
        json_text(b, clock_text(wall_us, text));
    else
        json_null(b);
}

void
json_seconds(struct buf *b, int64_t s)
{
    if (s < 0)
        json_null(b);
    else
        json_i64(b, s);
}

void
json_who(struct buf *b, const struct addr *who)
{
    char text[ADDR_TEXT_MAX];

    json_key(b, !who->family || addr_is_host(who) ? "address" : "prefix");
    if (who->family)
        json_text(b, addr_text(who, text));
    else
        json_null(b);
}

void
json_somebody(struct buf *b, const struct addr *who, struct span id)
{
    json_who(b, who);
    if (!id.len)
        return;
    json_key(b, "id");
    json_span(b, id);
}

void
json_begin(struct buf *b, int64_t now_us)
{
    json_open(b, '{');
    json_key(b, "schema");
    json_u64(b, JSON_SCHEMA);
    json_key(b, "generated");
    json_time(b, now_us);
}

void
json_end(struct buf *b)
{
    json_close(b, '}');
    buf_add_byte(b, '\n');
}
