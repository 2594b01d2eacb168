#include "match/literal.h"

/* A shorter text is in nearly every line. */
enum { LITERAL_MIN = 3 };

struct scan {
    struct span rest;
    struct buf run, best;
    bool is_lost; /* something that may change the meaning of the rest */
};

static void
end_run(struct scan *s)
{
    if (s->run.len > s->best.len) {
        struct buf longest = s->run;

        s->run = s->best;
        s->best = longest;
    }
    buf_clear(&s->run);
}

static void
skip(struct scan *s, size_t n)
{
    s->rest = span_from(s->rest, n);
}

static bool
is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Takes an escape; says whether it stands for the byte `*c`. Escapes with arguments, and
 * \Q, end the search: their arguments must not be taken for text. */
static bool
scan_escape(struct scan *s, char *c)
{
    static const char without_argument[] = "dDwWsSbBAZzGhHvVRntrfeaKX";
    struct span e = s->rest;

    skip(s, 2);
    if (e.len < 2) {
        s->is_lost = true;
        return false;
    }
    *c = e.ptr[1];
    if (!is_word_byte(*c))
        return *c != '\0' && *c != '\n';
    s->is_lost = !strchr(without_argument, *c);
    return false;
}

/* Takes a character class; POSIX classes in it are not understood. */
static void
scan_class(struct scan *s)
{
    char c;

    skip(s, 1);
    if (s->rest.len && *s->rest.ptr == '^')
        skip(s, 1);
    if (s->rest.len && *s->rest.ptr == ']')
        skip(s, 1);
    while (s->rest.len && *s->rest.ptr != ']' && !s->is_lost) {
        if (*s->rest.ptr == '\\') {
            (void)scan_escape(s, &c); /* which byte it is does not matter here */
            continue;
        }
        s->is_lost = span_starts(s->rest, SPAN("[:")) ||
                     span_starts(s->rest, SPAN("[.")) || span_starts(s->rest, SPAN("[="));
        skip(s, 1);
    }
    if (!s->rest.len)
        s->is_lost = true;
    skip(s, 1);
}

/* At a '(' at `depth`: whether what it opens could change how the rest is read. */
static bool
is_odd_group(struct span s, size_t depth)
{
    size_t n = 2;

    if (span_starts(s, SPAN("(*")) || span_starts(s, SPAN("(?#")) ||
        span_starts(s, SPAN("(?C")))
        return true;
    if (!span_starts(s, SPAN("(?")))
        return false;
    for (; n < s.len && (is_word_byte(s.ptr[n]) || s.ptr[n] == '^' || s.ptr[n] == '-');
         n++)
        if (s.ptr[n] == 'x')
            break;
    if (n < s.len && s.ptr[n] == 'x')
        return true;
    /* (?i) here holds for the rest of the expression, in a group for that only. */
    return n > 2 && n < s.len && s.ptr[n] == ')' && depth == 0;
}

/* Takes a whole group. */
static void
scan_group(struct scan *s)
{
    size_t depth = 0;
    char c;

    do {
        if (!s->rest.len || s->is_lost) {
            s->is_lost = true;
            return;
        }
        switch (*s->rest.ptr) {
        case '\\':
            (void)scan_escape(s, &c); /* which byte it is does not matter here */
            continue;
        case '[':
            scan_class(s);
            continue;
        case '(':
            s->is_lost = is_odd_group(s->rest, depth);
            depth++;
            break;
        case ')':
            depth--;
            break;
        default:
            break;
        }
        skip(s, 1);
    } while (depth > 0);
}

/* Takes {n}, {n,m} or the like, with the byte before it taken as optional. */
static void
scan_brace(struct scan *s)
{
    size_t n = 1;

    if (s->run.len)
        buf_truncate(&s->run, s->run.len - 1);
    end_run(s);
    while (n < s->rest.len && s->rest.ptr[n] && strchr("0123456789, ", s->rest.ptr[n]))
        n++;
    skip(s, n < s->rest.len && s->rest.ptr[n] == '}' ? n + 1 : 1);
}

static void
scan_step(struct scan *s)
{
    char c = *s->rest.ptr;

    switch (c) {
    case '\\':
        if (scan_escape(s, &c))
            buf_add_byte(&s->run, c);
        else
            end_run(s);
        return;
    case '[':
        end_run(s);
        scan_class(s);
        return;
    case '(':
        end_run(s);
        scan_group(s);
        return;
    case '{':
        scan_brace(s);
        return;
    case '|':
    case ')':
        s->is_lost = true;
        return;
    case '?':
    case '*':
        if (s->run.len)
            buf_truncate(&s->run, s->run.len - 1);
        FALLTHROUGH;
    case '+':
    case '.':
    case '^':
    case '$':
    case '\n':
    case '\0':
        end_run(s);
        break;
    default:
        buf_add_byte(&s->run, c);
        break;
    }
    skip(s, 1);
}

void
literal_required(struct span pattern, struct buf *out)
{
    struct scan s = {.rest = pattern};

    while (s.rest.len && !s.is_lost)
        scan_step(&s);
    end_run(&s);
    if (!s.is_lost && s.best.len >= LITERAL_MIN)
        buf_add(out, buf_span(&s.best));
    buf_fini(&s.run);
    buf_fini(&s.best);
}
