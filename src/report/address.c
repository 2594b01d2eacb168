#include "report/address.h"

#include "base/ascii.h"

struct span
address_domain(struct span address)
{
    ptrdiff_t at = span_find_byte(address, '@');

    return at > 0 ? span_from(address, (size_t)at + 1) : address;
}

/* --- cases and bangs --- */

static void
add_cased(struct buf *out, struct span address, bool is_all_lower)
{
    ptrdiff_t at = span_find_byte(address, '@');
    size_t begin = out->len + (is_all_lower ? 0 : at >= 0 ? (size_t)at : address.len);

    buf_add(out, address);
    if (begin < out->len)
        ascii_lower_all(out->ptr + begin, out->len - begin);
}

/* The parts of "PATH!HOST!USER@NEXT"; PATH with its !, or empty. */
struct bangs {
    struct span path, host, user, next;
};

static bool
read_bangs(struct span address, struct bangs *b)
{
    ptrdiff_t bang, at;
    struct span left;

    at = span_find_byte(address, '@');
    if (at <= 0)
        return false;
    b->next = span_from(address, (size_t)at + 1);
    left = span_head(address, (size_t)at);
    bang = span_find_last(left, '!');
    if (bang <= 0 || b->next.len == 0 || span_find_byte(b->next, '.') >= 0)
        return false;
    b->user = span_from(left, (size_t)bang + 1);
    left = span_head(left, (size_t)bang);
    bang = span_find_last(left, '!');
    b->path = span_head(left, (size_t)(bang + 1));
    b->host = span_from(left, (size_t)(bang + 1));
    return b->user.len > 0 && b->host.len > 0;
}

/* Appends with the hosts in the order in which mail would go back. */
static void
add_swapped(struct buf *out, struct span address, const struct address_options *o)
{
    size_t begin = out->len;
    struct bangs b;

    if (!o->swaps_bangs || !read_bangs(address, &b)) {
        add_cased(out, address, o->ignores_case);
        return;
    }
    buf_add(out, b.next);
    buf_add_byte(out, '!');
    buf_add(out, b.path);
    buf_add(out, b.user);
    for (size_t i = begin; o->ignores_case && i < out->len; i++)
        out->ptr[i] = ascii_lower(out->ptr[i]);
    buf_add_byte(out, '@');
    for (size_t i = 0; i < b.host.len; i++)
        buf_add_byte(out, ascii_lower(b.host.ptr[i]));
}

void
address_recipient(struct buf *out, struct span address, const struct address_options *o)
{
    add_swapped(out, address, o);
}

void
address_sender(struct buf *out, struct span address, const struct address_options *o)
{
    struct buf text = {0};

    if (o->verp == 0) {
        add_swapped(out, address, o);
        return;
    }
    add_swapped(&text, address, o);
    address_verp(out, buf_span(&text), o->verp);
    buf_fini(&text);
}

/* --- mailing lists --- */

/* How many bytes of a word that lists put before a number begin at `s`; 0: none. */
static size_t
list_word(struct span s)
{
    static const char *const words[] = {"bounce",     "nolist", "noreply",
                                        "noresponse", "return", "sentto"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (span_eq_nocase(span_head(s, strlen(words[i])), span_of(words[i])))
            return strlen(words[i]);
    return s.len && ascii_is_digit(s.ptr[0]) ? 1 : 0;
}

/* How many bytes of "+123", "-7" begin at `s`, as often as it comes; 0: none. */
static size_t
list_numbers(struct span s)
{
    size_t all = 0, n;

    while (all < s.len && span_find_byte(SPAN("+_.*-"), s.ptr[all]) >= 0) {
        for (n = all + 1; n < s.len && ascii_is_digit(s.ptr[n]);)
            n++;
        if (n == all + 1 || (n < s.len && (ascii_is_letter(s.ptr[n]) || s.ptr[n] == '_')))
            break;
        all = n;
    }
    return all;
}

/* Appends with the first numbers behind a list's word made "-ID". */
static void
add_numbered(struct buf *out, struct span s)
{
    size_t word = 0, numbers, from = 0;

    while (from < s.len && (word = list_word(span_from(s, from))) == 0)
        from++;
    for (size_t i = from + word; from < s.len && i < s.len; i++) {
        numbers = list_numbers(span_from(s, i));
        if (numbers == 0)
            continue;
        buf_add(out, span_head(s, i));
        buf_add_text(out, "-ID");
        buf_add(out, span_from(s, i + numbers));
        return;
    }
    buf_add(out, s);
}

/* The end of "-MEMBER=DOMAIN" that begins at `s`, which goes up to an @; 0: none. */
static size_t
member_end(struct span s, bool has_number)
{
    size_t i = 1, begin;
    ptrdiff_t at;

    if (has_number) {
        while (i < s.len && ascii_is_digit(s.ptr[i]))
            i++;
        if (i == 1 || i >= s.len || (s.ptr[i] != '*' && s.ptr[i] != '-'))
            return 0;
        i++;
    }
    for (begin = i; i < s.len && span_find_byte(SPAN("=*-"), s.ptr[i]) < 0;)
        i++;
    if (i == begin || i >= s.len || s.ptr[i] == '-')
        return 0;
    at = span_find_byte(span_from(s, i + 1), '@');
    return at > 0 ? i + 1 + (size_t)at : 0;
}

/* Appends without the list's member. */
static void
add_without_member(struct buf *out, struct span s)
{
    struct span rest;
    size_t end;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '*' && s.ptr[i] != '-')
            continue;
        rest = span_from(s, i);
        end = member_end(rest, true);
        if (end == 0)
            end = member_end(rest, false);
        if (end == 0)
            continue;
        buf_add(out, span_head(s, i));
        buf_add(out, span_from(rest, end));
        return;
    }
    buf_add(out, s);
}

void
address_verp(struct buf *out, struct span address, int verp)
{
    struct buf numbered = {0};

    if (verp <= 0) {
        buf_add(out, address);
    } else if (verp == 1) {
        add_numbered(out, address);
    } else {
        add_numbered(&numbered, address);
        add_without_member(out, buf_span(&numbered));
        buf_fini(&numbered);
    }
}
