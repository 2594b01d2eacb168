#include "gate/access_pattern.h"

#include "base/ascii.h"
#include "base/pcre.h"

enum flag {
    CASELESS = 1,
    LINES = 2,    /* ^ and $ at each line */
    DOT_ALL = 4,  /* . is a LF, too: never one in a key */
    EXTENDED = 8, /* blanks mean nothing */
    ANCHORED = 16,
    DOLLAR_END = 32, /* $ not before a last LF: never one in a key */
    UNGREEDY = 64,
};

static const struct letter {
    char letter;
    enum flag flag;
} of_pcre[] = {{'i', CASELESS}, {'m', LINES},      {'s', DOT_ALL}, {'x', EXTENDED},
               {'A', ANCHORED}, {'E', DOLLAR_END}, {'U', UNGREEDY}},
  of_regexp[] = {{'i', CASELESS}, {'m', LINES}};

static bool
say(struct buf *why, const char *what)
{
    buf_add_text(why, what);
    return false;
}

static bool
toggle(enum access_syntax syntax, char letter, unsigned *flags)
{
    const struct letter *all = syntax == ACCESS_PCRE ? of_pcre : of_regexp;
    size_t count = syntax == ACCESS_PCRE ? ARRAY_LEN(of_pcre) : ARRAY_LEN(of_regexp);

    for (size_t i = 0; i < count; i++)
        if (all[i].letter == letter) {
            *flags ^= all[i].flag;
            return true;
        }
    return false;
}

/* The first delimiter that no backslash stands before, or -1. */
static ptrdiff_t
find_end(struct span s, char delimiter)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == delimiter)
            return (ptrdiff_t)i;
    }
    return -1;
}

bool
access_pattern_take(enum access_syntax syntax, struct span *line,
                    struct access_pattern *out, struct buf *why)
{
    struct access_pattern p = {.flags = CASELESS | DOT_ALL};
    struct span s = *line;
    ptrdiff_t end;
    char delimiter;

    while (span_take(&s, SPAN("!"))) {
        p.is_negated = !p.is_negated;
        s = span_trim(s);
    }
    delimiter = s.len ? s.ptr[0] : 'a';
    if (ascii_is_letter(delimiter) || ascii_is_digit(delimiter) || delimiter == '\\')
        return say(why, "no expression stands there; write /EXPRESSION/ ACTION");
    s = span_from(s, 1);
    end = find_end(s, delimiter);
    if (end < 0)
        return say(why,
                   "the expression does not end; write its first byte behind it, too");
    p.text = span_head(s, (size_t)end);
    for (s = span_from(s, (size_t)end + 1); s.len && s.ptr[0] != ' ' && s.ptr[0] != '\t';
         s = span_from(s, 1))
        if (!toggle(syntax, s.ptr[0], &p.flags))
            return say(why, syntax == ACCESS_PCRE
                                ? "a flag is not known; there are i m s x A E and U"
                                : "a flag is not known; there are i and m");
    *line = span_trim(s);
    *out = p;
    return true;
}

/* What stands at `i` within brackets; returns where its last byte is. */
static size_t
add_in_brackets(struct buf *out, struct span s, size_t i)
{
    bool is_class = s.ptr[i] == '[' && i + 1 < s.len && s.ptr[i + 1] == ':';
    ptrdiff_t end = is_class ? span_find(span_from(s, i), SPAN(":]")) : -1;

    if (end > 0) {
        buf_add(out, (struct span){s.ptr + i, (size_t)end + 2});
        return i + (size_t)end + 1;
    }
    if (s.ptr[i] == '\\' || s.ptr[i] == '[')
        buf_add_byte(out, '\\');
    buf_add_byte(out, s.ptr[i]);
    return i;
}

/* Within brackets of POSIX a backslash is one, and [:alpha:] stays. */
static size_t
add_brackets(struct buf *out, struct span s)
{
    size_t i = 1;

    buf_add_byte(out, '[');
    if (i < s.len && s.ptr[i] == '^')
        buf_add_byte(out, s.ptr[i++]);
    if (i < s.len && s.ptr[i] == ']') {
        buf_add_text(out, "\\]");
        i++;
    }
    for (; i < s.len && s.ptr[i] != ']'; i++)
        i = add_in_brackets(out, s, i);
    if (i < s.len)
        buf_add_byte(out, ']');
    return i;
}

static void
add_posix(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char next = i + 1 < s.len ? s.ptr[i + 1] : 0;

        if (s.ptr[i] == '[') {
            i += add_brackets(out, span_from(s, i));
        } else if (s.ptr[i] == '\\' && (next == '<' || next == '>')) {
            buf_add_text(out, "\\b");
            i++;
        } else {
            buf_add_byte(out, s.ptr[i]);
            if (s.ptr[i] == '\\' && next)
                buf_add_byte(out, s.ptr[++i]);
        }
    }
}

void *
access_pattern_compile(enum access_syntax syntax, const struct access_pattern *p,
                       struct buf *why)
{
    struct buf text = {0};
    unsigned flags = (p->flags & CASELESS ? PCRE_CASELESS : 0U) |
                     (p->flags & LINES ? PCRE_MULTILINE : 0U);
    size_t at = 0;
    void *code;

    if (p->flags & DOT_ALL)
        buf_add_text(&text, "(?s)");
    if (p->flags & UNGREEDY)
        buf_add_text(&text, "(?U)");
    if (p->flags & EXTENDED)
        buf_add_text(&text, "(?x)");
    if (p->flags & ANCHORED)
        buf_add_text(&text, "\\A(?:");
    if (syntax == ACCESS_PCRE)
        buf_add(&text, p->text);
    else
        add_posix(&text, p->text);
    if (p->flags & ANCHORED)
        buf_add_text(&text, p->flags & EXTENDED ? "\n)" : ")");
    code = pcre_compile(buf_span(&text), flags, why, &at);
    if (!code)
        pcre_add_place(why, buf_span(&text), at);
    buf_fini(&text);
    return code;
}
