#include "spf/spf_macro.h"

#include "base/ascii.h"
#include "base/mem.h"

enum {
    PARTS_MAX = 256, /* of a value, between its delimiters; no name has more labels */
    VALUE_MAX = 640, /* a local part, an @ and a domain */
};

/* A byte of text, or a macro. */
struct piece {
    char byte;   /* '\0': a macro */
    char letter; /* small */
    bool is_url; /* the letter was a capital one */
    bool is_reversed;
    unsigned keep; /* parts on the right; 0: all */
    struct span delimiters;
};

/* "d2r.-}": behind the brace. */
static bool
take_macro(struct span *rest, struct piece *out)
{
    size_t at = 1, from;

    if (rest->len == 0)
        return false;
    *out = (struct piece){.letter = ascii_lower(rest->ptr[0]),
                          .is_url = ascii_is_upper(rest->ptr[0])};
    for (; at < rest->len && ascii_is_digit(rest->ptr[at]); at++)
        if (out->keep <= PARTS_MAX)
            out->keep = out->keep * 10 + (unsigned)(rest->ptr[at] - '0');
    if (at > 1 && out->keep == 0)
        return false;
    if (at < rest->len && ascii_lower(rest->ptr[at]) == 'r') {
        out->is_reversed = true;
        at++;
    }
    from = at;
    while (at < rest->len && span_find_byte(SPAN(".-+,/_="), rest->ptr[at]) >= 0)
        at++;
    out->delimiters = span_head(span_from(*rest, from), at - from);
    if (at == rest->len || rest->ptr[at] != '}')
        return false;
    *rest = span_from(*rest, at + 1);
    return true;
}

/* Takes the next piece off `*rest`, which is not empty; false when it is none. The three
 * that stand for a byte of their own have it as a macro with the letter '%', '_' or '-'.
 */
static bool
take_piece(struct span *rest, struct piece *out)
{
    char c = rest->ptr[0];

    *rest = span_from(*rest, 1);
    *out = (struct piece){.byte = c};
    if (c != '%')
        return c >= ' ' && c <= '~';
    if (span_take(rest, SPAN("{")))
        return take_macro(rest, out);
    if (rest->len == 0 || span_find_byte(SPAN("%_-"), rest->ptr[0]) < 0)
        return false;
    *out = (struct piece){.letter = rest->ptr[0]};
    *rest = span_from(*rest, 1);
    return true;
}

static bool
is_letter_of(char letter, enum spf_place place)
{
    return span_find_byte(SPAN("slodiphv%_-"), letter) >= 0 ||
           (place == SPF_IN_EXPLANATION && span_find_byte(SPAN("crt"), letter) >= 0);
}

bool
spf_macro_is_string(struct span text, enum spf_place place)
{
    struct piece p;

    while (text.len)
        if (!take_piece(&text, &p) || (!p.byte && !is_letter_of(p.letter, place)) ||
            (p.byte == ' ' && place == SPF_IN_RECORD))
            return false;
    return true;
}

/* Letters, digits and hyphens, no hyphen at an end, and not digits alone. */
static bool
is_top_label(struct span label)
{
    bool has_other = false;

    if (label.len == 0 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];

        if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '-')
            return false;
        has_other = has_other || !ascii_is_digit(c);
    }
    return has_other;
}

bool
spf_macro_is_domain(struct span text)
{
    struct span rest = text, tail = text; /* behind the last macro */
    ptrdiff_t dot;
    struct piece p = {0};

    if (text.len == 0 || !spf_macro_is_string(text, SPF_IN_RECORD))
        return false;
    while (rest.len) {
        (void)take_piece(&rest, &p); /* it is one */
        if (!p.byte)
            tail = rest;
    }
    if (!p.byte)
        return true;
    if (span_ends(tail, SPAN(".")))
        tail.len--;
    dot = span_find_last(tail, '.');
    return dot >= 0 && is_top_label(span_from(tail, (size_t)dot + 1));
}

bool
spf_macro_has(struct span text, char letter)
{
    struct piece p;

    while (text.len)
        if (take_piece(&text, &p) && !p.byte && p.letter == letter)
            return true;
    return false;
}

static bool
is_delimiter(struct span among, char c)
{
    return among.len ? span_find_byte(among, c) >= 0 : c == '.';
}

/* Appends one byte as RFC 3986 wants those that are not unreserved. */
static void
add_url_byte(struct buf *out, char c)
{
    if (ascii_is_letter(c) || ascii_is_digit(c) || (c && strchr("-._~", c)))
        buf_add_byte(out, c);
    else
        buf_printf(out, "%%%02X", (unsigned char)c);
}

static void
add_part(struct buf *out, struct span part, bool is_url)
{
    if (!is_url)
        buf_add(out, part);
    for (size_t i = 0; is_url && i < part.len; i++)
        add_url_byte(out, part.ptr[i]);
}

/* Appends the parts that the macro keeps, with dots between them. Of very many parts the
 * leftmost are one. */
static void
add_parts(struct buf *out, struct span value, const struct piece *p)
{
    uint16_t starts[PARTS_MAX]; /* the last part first */
    size_t count = 0, kept;

    if (value.len == 0)
        return;
    for (size_t i = value.len; i-- > 0 && count < PARTS_MAX - 1;)
        if (is_delimiter(p->delimiters, value.ptr[i]))
            starts[count++] = (uint16_t)(i + 1);
    starts[count++] = 0;
    kept = p->keep && p->keep < count ? p->keep : count;
    for (size_t i = 0; i < kept; i++) {
        size_t n = p->is_reversed ? count - kept + i : kept - 1 - i;
        size_t until = n ? starts[n - 1] - 1U : value.len;

        if (i)
            buf_add_byte(out, '.');
        add_part(out, span_between(value.ptr + starts[n], value.ptr + until), p->is_url);
    }
}

/* 2.0.0.1.0.D.B.8 ... */
static void
add_nibbles(struct buf *out, const struct addr *a)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < sizeof(a->bytes); i++) {
        if (i)
            buf_add_byte(out, '.');
        buf_add_byte(out, digits[a->bytes[i] >> 4]);
        buf_add_byte(out, '.');
        buf_add_byte(out, digits[a->bytes[i] & 0x0F]);
    }
}

/* What the letter stands for where that is a text of the caller's. */
static struct span
text_of(const struct spf_facts *f, char letter)
{
    switch (letter) {
    case 'l':
        return f->local;
    case 'o':
        return f->sender;
    case 'd':
        return f->domain;
    case 'h':
        return f->helo;
    case 'p':
        return f->ptr_name;
    case 'r':
        return f->receiver;
    default:
        return f->client.family == 4 ? SPAN("in-addr") : SPAN("ip6"); /* v */
    }
}

/* The value of a letter; false when there is nothing to use. */
static bool
add_value(struct buf *out, const struct spf_facts *f, char letter)
{
    char text[ADDR_TEXT_MAX];

    if ((letter == 's' || letter == 'l') && !f->local.ptr)
        return false;
    if (letter == 's') {
        buf_add(out, f->local);
        buf_add_byte(out, '@');
        buf_add(out, f->sender);
    } else if (letter == 't') {
        buf_printf(out, "%lld", (long long)f->now_s);
    } else if (letter == 'i' && f->client.family == 6) {
        add_nibbles(out, &f->client);
    } else if (letter == 'i' || letter == 'c') {
        buf_add_text(out, addr_text(&f->client, text));
    } else {
        buf_add(out, text_of(f, letter));
    }
    return true;
}

static bool
add_macro(struct buf *out, const struct spf_facts *f, const struct piece *p)
{
    struct buf value = buf_bounded(VALUE_MAX);
    bool is_good = true;

    if (p->letter == '%')
        buf_add_byte(out, '%');
    else if (p->letter == '_')
        buf_add_byte(out, ' ');
    else if (p->letter == '-')
        buf_add_text(out, "%20");
    else {
        is_good = add_value(&value, f, p->letter);
        add_parts(out, buf_span(&value), p);
        is_good = is_good && !value.is_cut;
    }
    buf_fini(&value);
    return is_good;
}

bool
spf_macro_expand(struct span text, const struct spf_facts *facts, struct buf *out)
{
    struct piece p;

    while (text.len && !out->is_cut) {
        struct span plain = text;
        ptrdiff_t at = span_find_byte(text, '%');

        plain.len = at < 0 ? text.len : (size_t)at;
        buf_add(out, plain);
        text = span_from(text, plain.len);
        if (text.len == 0)
            break;
        must(take_piece(&text, &p)); /* it is well formed */
        if (!add_macro(out, facts, &p))
            return false;
    }
    return !out->is_cut;
}
