#include "gate/access_text.h"

#include "gate/access_map.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span
trim_end(struct span s)
{
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static bool
is_passed_over(struct span line)
{
    line = span_trim(line);
    return line.len == 0 || line.ptr[0] == '#';
}

/* The lines that continue the one in t->logical. */
static void
add_continuations(struct access_text *t)
{
    struct span line, after = t->rest;

    while (span_line(&after, &line)) {
        if (!is_passed_over(line)) {
            if (!is_blank(line.ptr[0]))
                return;
            buf_add(&t->logical, trim_end(line));
        }
        t->rest = after;
        t->next++;
    }
}

enum access_line
access_text_next(struct access_text *t, struct span *out)
{
    struct span line;

    if (t->logical.limit == 0)
        t->logical.limit = ACCESS_LINE_MAX;
    buf_clear(&t->logical);
    while (span_line(&t->rest, &line)) {
        t->line = ++t->next;
        if (is_passed_over(line))
            continue;
        buf_add(&t->logical, trim_end(line));
        add_continuations(t);
        *out = buf_span(&t->logical);
        return t->logical.is_cut ? ACCESS_LINE_TOO_LONG : ACCESS_LINE;
    }
    return ACCESS_LINE_NONE;
}

bool
access_text_cut(struct span line, struct span *key, struct span *value)
{
    size_t n = 0;

    while (n < line.len && !is_blank(line.ptr[n]))
        n++;
    *key = span_head(line, n);
    *value = span_trim(span_from(line, n));
    return n > 0 && value->len > 0;
}

bool
access_names_know(const struct access_names *names, struct span value)
{
    struct span word;

    if (!names->knows)
        return false;
    while (span_word(&value, &word))
        if (!names->knows(names->ctx, word))
            return false;
    return true;
}

static bool
refuse(struct buf *why, struct span value, const char *what)
{
    buf_add_byte(why, '`');
    buf_escaped(why, span_head(value, 100));
    buf_add_text(why, what);
    return false;
}

bool
access_value_check(struct span value, const struct access_names *names, struct buf *why)
{
    struct gate_answer answer;

    if (value.len > GATE_TEXT_MAX) {
        buf_printf(why, "the action has more than %d bytes", GATE_TEXT_MAX);
        return false;
    }
    if (!gate_answer_read(value, &answer))
        return refuse(why, value,
                      "` lacks what the action wants; write PREPEND NAME: TEXT, "
                      "FILTER TRANSPORT:NEXTHOP, REDIRECT or BCC USER@DOMAIN");
    if (answer.action == GATE_OK && names->is_ok_refused)
        return refuse(why, value,
                      "` would let pass whoever names such a server; write DUNNO for one "
                      "that is left out");
    if (answer.action != GATE_RESTRICTION || access_names_know(names, value))
        return true;
    return refuse(why, value,
                  "` is no action, no class of restriction_classes and no restriction "
                  "without an argument; leave it to a table of Postfix', or write "
                  "REJECT, DEFER, 450 TEXT, DUNNO or OK");
}

/* The piece up to a comma or a blank outside of braces. */
static bool
take_piece(struct span *s, struct span *piece)
{
    size_t n = 0, depth = 0;

    while (s->len && (is_blank(s->ptr[0]) || s->ptr[0] == ',' || s->ptr[0] == '\n'))
        *s = span_from(*s, 1);
    for (; n < s->len; n++) {
        char c = s->ptr[n];

        if (depth == 0 && (c == ',' || c == '\n' || is_blank(c)))
            break;
        depth += c == '{';
        if (c == '}' && depth-- == 0)
            return false;
    }
    *piece = span_trim(span_head(*s, n));
    *s = span_from(*s, n);
    return depth == 0;
}

static bool
unbrace(struct span *s)
{
    if (s->len < 2 || s->ptr[0] != '{' || s->ptr[s->len - 1] != '}')
        return false;
    *s = span_trim(span_from(span_head(*s, s->len - 1), 1));
    return true;
}

/* One line of it. False: the piece is none. */
static bool
add_piece(struct span piece, bool has_pairs, struct buf *out)
{
    struct span key, value;

    if (!unbrace(&piece) && !has_pairs)
        return false;
    if (has_pairs) {
        if (!span_cut(piece, SPAN("="), &key, &value))
            return false;
        buf_add(out, span_trim(key));
        buf_add_byte(out, ' ');
        piece = span_trim(value);
    }
    for (size_t i = 0; i < piece.len; i++)
        buf_add_byte(out, piece.ptr[i] == '\n' ? ' ' : piece.ptr[i]);
    buf_add_byte(out, '\n');
    return true;
}

bool
access_text_unbrace(struct span braces, bool has_pairs, struct buf *out)
{
    struct span piece;

    braces = span_trim(braces);
    if (!unbrace(&braces))
        return false;
    while (span_trim(braces).len)
        if (!take_piece(&braces, &piece) ||
            (piece.len && !add_piece(piece, has_pairs, out)))
            return false;
    return true;
}
