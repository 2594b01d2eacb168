#include "ctl/redact.h"

enum { HOST_MIN = 3 }; /* a shorter name is in too many words */

void
redact_init(struct redact *r, struct span host)
{
    *r = (struct redact){.host = host};
    table_init(&r->numbers, sizeof(struct addr), sizeof(uint32_t), REDACT_ADDRESSES_MAX);
}

void
redact_fini(struct redact *r)
{
    table_fini(&r->numbers);
}

static bool
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_address_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
           c == '.' || c == ':';
}

static bool
is_word_byte(char c)
{
    return is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%' ||
           c == '=' || c == '@' || (unsigned char)c >= 0x80;
}

/* Loopback and "any address" are everybody's. */
static bool
is_common(const struct addr *a)
{
    static const struct addr common[] = {
        {4, 8, {127}}, {4, 32, {0}}, {6, 128, {0}}, {6, 128, {[15] = 1}}};

    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        if (addr_contains(&common[i], a))
            return true;
    return false;
}

static void
put_address(struct redact *r, const struct addr *a, struct span text, struct buf *out)
{
    uint32_t *number;

    if (is_common(a)) {
        buf_add(out, text);
        return;
    }
    number = table_find(&r->numbers, a);
    if (!number) {
        number = table_put(&r->numbers, a);
        if (number)
            *number = r->numbers.count;
    }
    buf_printf(out, "<IPv%u-%u>", a->family, number ? *number : 0);
}

/* An address at the beginning of `text`: as long a one as there is. Its length, or 0. */
static size_t
take_address(struct redact *r, struct span text, struct buf *out)
{
    size_t most = 0;
    struct addr a;

    while (most < text.len && most < ADDR_TEXT_MAX && is_address_byte(text.ptr[most]))
        most++;
    for (size_t len = most; len >= 2; len--)
        if (addr_parse(span_head(text, len), &a)) {
            put_address(r, &a, span_head(text, len), out);
            return len;
        }
    return 0;
}

/* What stands behind the @ of a unit: letters, digits, - and _, and what kind of unit it
 * is. An address or a domain in front of that makes it an account. */
static bool
is_instance(struct span s)
{
    struct span name, kind;

    if (!span_cut(s, SPAN("."), &name, &kind) ||
        (!span_eq(kind, SPAN("service")) && !span_eq(kind, SPAN("socket"))))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '_')
            return false;
    return true;
}

/* An account with its domain, unless it is the name of a unit. */
static bool
is_account(struct span word)
{
    ptrdiff_t at = span_find_byte(word, '@');

    return at > 0 && (size_t)at + 1 < word.len &&
           !is_instance(span_from(word, (size_t)at + 1));
}

static size_t
take_word(struct redact *r, struct span text, struct buf *out)
{
    struct span word;
    size_t len = 0;

    while (len < text.len && is_word_byte(text.ptr[len]))
        len++;
    word = span_head(text, len);
    if (is_account(word)) {
        buf_add_text(out, "<account>");
        return len;
    }
    if (r->host.len >= HOST_MIN && word.len >= r->host.len &&
        span_eq_nocase(span_head(word, r->host.len), r->host) &&
        (word.len == r->host.len || !is_alnum(word.ptr[r->host.len]))) {
        buf_add_text(out, "<host>");
        return r->host.len;
    }
    return 0;
}

/* How much of a line stands in front of the "=" behind a word for secrets; -1: none. */
static ptrdiff_t
find_secret(struct span line)
{
    static const char *const words[] = {"password", "passwd", "secret", "token"};

    for (size_t at = 0; at < line.len; at++) {
        struct span rest = span_from(line, at);
        ptrdiff_t sign;

        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            struct span word = span_of(words[i]);

            if (rest.len < word.len || !span_eq_nocase(span_head(rest, word.len), word))
                continue;
            sign = span_find_byte(rest, '=');
            return sign < 0 ? -1 : (ptrdiff_t)at + sign;
        }
    }
    return -1;
}

static void
add_line(struct redact *r, struct span line, struct buf *out)
{
    bool may_begin = true, is_word = true; /* in front of what may be taken out */

    while (line.len) {
        size_t len = is_word ? take_word(r, line, out) : 0;

        if (!len && may_begin)
            len = take_address(r, line, out);
        may_begin = len || !is_alnum(line.ptr[0]);
        is_word = len || !is_word_byte(line.ptr[0]) || line.ptr[0] == '=';
        if (!len) {
            buf_add_byte(out, line.ptr[0]);
            len = 1;
        }
        line = span_from(line, len);
    }
}

void
redact_add(struct redact *r, struct span text, struct buf *out)
{
    while (text.len) {
        ptrdiff_t end = span_find_byte(text, '\n');
        struct span line = end < 0 ? text : span_head(text, (size_t)end);
        ptrdiff_t secret = find_secret(line);

        if (secret >= 0) {
            add_line(r, span_head(line, (size_t)secret), out);
            buf_add_text(out, "= <secret>");
        } else {
            add_line(r, line, out);
        }
        if (end >= 0)
            buf_add_byte(out, '\n');
        text = span_from(text, line.len + (end >= 0));
    }
}
