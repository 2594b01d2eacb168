#include "report/reason.h"

#include "base/ascii.h"

/* --- smtpd's replies --- */

static bool
take_digits(struct span *s, size_t most)
{
    size_t n = 0;

    while (n < s->len && n < most && ascii_is_digit(s->ptr[n]))
        n++;
    *s = span_from(*s, n);
    return n > 0;
}

struct span
reason_without_code(struct span text)
{
    struct span rest = text;

    /* "550 " without more is cut to nothing, and has no place in `text` any more. */
    if (!take_digits(&rest, 3) || !span_take(&rest, SPAN(" ")) ||
        text.len - rest.len != 4)
        return text;
    return rest;
}

static struct span
head_before(struct span s, struct span mark)
{
    ptrdiff_t at = span_find(s, mark);

    return at < 0 ? s : span_head(s, (size_t)at);
}

/* Up to the first ; or , which stands behind at least one byte. */
static struct span
first_clause(struct span s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] != ';' && s.ptr[n] != ',')
        n++;
    return n ? span_head(s, n) : s;
}

/* Behind the first ": " or "; "; all when there is none. */
static struct span
behind_first_mark(struct span s)
{
    for (size_t i = 0; i + 2 < s.len; i++)
        if ((s.ptr[i] == ':' || s.ptr[i] == ';') && s.ptr[i + 1] == ' ')
            return span_from(s, i + 2);
    return s;
}

/* Without "[text] " in front. */
static struct span
without_brackets(struct span s)
{
    ptrdiff_t end = s.len && s.ptr[0] == '[' ? span_find(s, SPAN("] ")) : -1;

    return end > 0 ? span_from(s, (size_t)end + 2) : s;
}

/* "Sender address rejected: why: more" without what is more. */
static struct span
without_more(struct span s)
{
    struct span head, why, more;

    if (!reason_is_sender(s) && !span_starts(s, SPAN("Recipient address rejected:")))
        return s;
    if (!span_cut(s, SPAN(": "), &head, &why) || !span_cut(why, SPAN(":"), &why, &more))
        return s;
    return span_between(s.ptr, why.ptr + why.len);
}

struct span
reason_of_reply(const struct mail_line *m)
{
    struct span text = m->text;

    if (!m->sender.ptr)
        text = head_before(text, SPAN("; proto="));
    if (m->subject.len == 0)
        text = behind_first_mark(text);
    return reason_blocked(without_more(first_clause(without_brackets(text))));
}

struct span
reason_blocked(struct span reason)
{
    static const char *const marks[] = {"client ", "Client host ", "Sender address "};
    ptrdiff_t blocked = span_find(reason, SPAN(" blocked"));

    if (blocked <= 0)
        return reason;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (span_starts(reason, span_of(marks[i])))
            return span_from(reason, (size_t)blocked + 1);
    return reason;
}

bool
reason_is_recipient(struct span reason)
{
    return span_starts(reason, SPAN("Recipient address rejected:")) ||
           span_eq(reason, SPAN("User unknown")) ||
           span_starts(reason, SPAN("User unknown "));
}

bool
reason_is_sender(struct span reason)
{
    return span_starts(reason, SPAN("Sender address rejected:"));
}

/* --- checks of content --- */

struct span
reason_of_check(struct span rest)
{
    struct span s = head_before(rest, SPAN("; from=<"));
    ptrdiff_t blank;

    if (s.len == rest.len)
        return s;
    blank = span_find_last(s, ' ');
    if (blank >= 5 && (size_t)blank + 1 < s.len &&
        span_ends(span_head(s, (size_t)blank + 1), SPAN(" from ")))
        return span_head(s, (size_t)blank - 5);
    return s;
}

/* --- shortening --- */

static bool
is_inside_of_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

void
reason_cut(struct buf *out, struct span text, size_t limit)
{
    size_t n = limit > 3 ? limit - 3 : 0;

    if (limit == 0 || text.len <= limit) {
        buf_add(out, text);
        return;
    }
    while (n > 0 && is_inside_of_character(text.ptr[n]))
        n--;
    buf_add(out, span_head(text, n));
    buf_add_text(out, "...");
}

/* Behind the last " said: "; false when there is none. */
static bool
take_said(struct span *s)
{
    struct span before, after = *s;
    bool has_any = false;

    while (span_cut(after, SPAN(" said: "), &before, &after))
        has_any = true;
    *s = has_any ? after : *s;
    return has_any;
}

void
reason_said(struct buf *out, struct span text, size_t limit)
{
    struct span before;

    while (limit && text.len > limit) {
        if (take_said(&text))
            continue;
        if (!span_cut(text, SPAN(":"), &before, &text))
            break;
        while (text.len && text.ptr[0] == ' ')
            text = span_from(text, 1);
    }
    reason_cut(out, text, limit);
}

/* --- clients --- */

void
reason_lower(struct buf *out, struct span text)
{
    size_t begin = out->len;

    buf_add(out, text);
    for (size_t i = begin; i < out->len; i++)
        out->ptr[i] = ascii_lower(out->ptr[i]);
}

/* Takes the last label off `*s`. */
static struct span
take_label(struct span *s)
{
    ptrdiff_t dot = span_find_last(*s, '.');
    struct span label = span_from(*s, (size_t)(dot + 1));

    *s = span_head(*s, dot < 0 ? 0 : (size_t)dot);
    return label;
}

/* The part of a host's name that stands for its owner. A guess by the lengths of the last
 * labels, as reports of mail have always made it: "host.example.com",
 * "host.example.co.uk".
 */
static struct span
owner_of(struct span name)
{
    struct span left = name, top = take_label(&left), second = take_label(&left), third;

    if (left.ptr + left.len == name.ptr || second.len == 0 || left.len == 0)
        return name;
    if (top.len == 3)
        return span_between(second.ptr, name.ptr + name.len);
    third = take_label(&left);
    if (top.len == 2 && (second.len == 2 || second.len == 3) && third.len &&
        third.ptr > name.ptr)
        return span_between(third.ptr, name.ptr + name.len);
    return name;
}

void
reason_domain(struct buf *out, struct span name, struct span address)
{
    if (name.len == 0 || span_eq(name, SPAN("unknown")))
        reason_lower(out, address);
    else
        reason_lower(out, owner_of(name));
}
