#include "match/literal.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "match/literal_tree.h"

enum {
    CLASS_MAX = 3,    /* members of a class that become texts */
    REPEAT_MAX = 999, /* what a greater number is read as */
    WORSE = 8,        /* two letters' difference of score */
};

struct scan {
    struct span rest;
    bool is_lost; /* something that may change the meaning of all */
    bool is_quoted;
    struct literal_tree tree;
};

static void
skip(struct scan *s, size_t n)
{
    s->rest = span_from(s->rest, n);
}

static void
lose(struct scan *s)
{
    s->is_lost = true;
}

/* Behind a `\`: what takes no argument and is no text. False for all others. */
static bool
add_plain_escape(struct scan *s, char c)
{
    if (strchr("bBAZzGK", c))
        literal_tree_nothing(&s->tree, c == 'A');
    else if (c == 't')
        literal_tree_byte(&s->tree, '\t');
    else if (strchr("dDwWsShHvVRnrfea", c))
        literal_tree_unknown(&s->tree);
    else
        return false;
    return true;
}

/* At a '\' outside a class. An escape with an argument that is not read here would leave
 * that argument to be taken for text. */
static void
scan_escape(struct scan *s)
{
    char c;

    if (s->rest.len < 2 || s->rest.ptr[1] == '\0') {
        lose(s);
        return;
    }
    c = s->rest.ptr[1];
    skip(s, 2);
    if (ascii_is_digit(c)) {
        /* A reference or an octal number, and which digits are its own is not sure. */
        while (s->rest.len && ascii_is_digit(*s->rest.ptr))
            skip(s, 1);
        literal_tree_unknown(&s->tree);
    } else if (!ascii_is_letter(c)) {
        literal_tree_byte(&s->tree, c);
    } else if (c == 'Q') {
        s->is_quoted = true;
    } else if (c != 'E' && !add_plain_escape(s, c)) {
        lose(s);
    }
}

/* The members of a class as far as they are few. */
struct members {
    char bytes[CLASS_MAX];
    size_t count;
    bool is_many;
};

static void
add_member(struct members *m, char c)
{
    if (m->count == CLASS_MAX || c == '\n' || c == '\0')
        m->is_many = true;
    else
        m->bytes[m->count++] = c;
}

/* An escape in a class; those with arguments that could hold a ']' are not understood. */
static void
scan_class_escape(struct scan *s, struct members *m)
{
    char c = s->rest.len > 1 ? s->rest.ptr[1] : '\0';

    skip(s, 2);
    if (c == '\0' || (ascii_is_letter(c) && !strchr("dDwWsSbhHvVRnrtfeax", c)))
        lose(s);
    else if (ascii_is_letter(c) || ascii_is_digit(c))
        m->is_many = true;
    else
        add_member(m, c);
}

/* One byte of a class. */
static void
scan_class_byte(struct scan *s, struct members *m)
{
    char c = *s->rest.ptr;

    if (c == '[' && s->rest.len > 1 && strchr(":.=", s->rest.ptr[1]))
        lose(s);
    if (c == '-')
        m->is_many = true; /* a range, mostly */
    add_member(m, c);
    skip(s, 1);
}

/* At a '['. POSIX classes in it are not understood. */
static void
scan_class(struct scan *s)
{
    struct members m = {0};
    bool is_first = true;

    skip(s, 1);
    if (s->rest.len && *s->rest.ptr == '^') {
        m.is_many = true;
        skip(s, 1);
    }
    for (; s->rest.len && (is_first || *s->rest.ptr != ']') && !s->is_lost;
         is_first = false) {
        if (*s->rest.ptr == '\\')
            scan_class_escape(s, &m);
        else
            scan_class_byte(s, &m);
    }
    if (!s->rest.len)
        lose(s);
    skip(s, 1);
    if (m.is_many || !m.count)
        literal_tree_unknown(&s->tree);
    else
        literal_tree_bytes(&s->tree, m.bytes, m.count);
}

static void
open_group(struct scan *s, enum literal_group_kind kind, size_t taken)
{
    skip(s, taken);
    if (!literal_tree_open(&s->tree, kind))
        lose(s);
}

/* Takes all up to and with `end`. */
static void
skip_past(struct scan *s, char end)
{
    ptrdiff_t at = span_find_byte(s->rest, end);

    if (at < 0)
        lose(s);
    else
        skip(s, (size_t)at + 1);
}

/* At "(?" and letters: sets options, for a group "(?i:" or for what follows "(?i)". */
static void
scan_options(struct scan *s)
{
    struct literal_group *g = literal_tree_group(&s->tree);
    bool is_nocase = g->is_nocase, is_multiline = g->is_multiline, is_on = true;

    skip(s, 2);
    for (; s->rest.len && *s->rest.ptr != ')' && *s->rest.ptr != ':'; skip(s, 1)) {
        switch (*s->rest.ptr) {
        case '-':
            is_on = false;
            break;
        case 'i':
            is_nocase = is_on;
            break;
        case 'm':
            is_multiline = is_on;
            break;
        case 's':
        case 'n':
        case 'J':
        case 'U':
            break;
        default: /* x, or something new */
            lose(s);
            return;
        }
    }
    if (span_starts(s->rest, SPAN(":"))) {
        open_group(s, LITERAL_GROUP, 1);
        g = literal_tree_group(&s->tree);
    } else {
        skip(s, 1);
    }
    g->is_nocase = is_nocase;
    g->is_multiline = is_multiline;
}

/* At "(?(": the condition is a look-around, which is read as a group, or a name. */
static void
scan_conditional(struct scan *s)
{
    open_group(s, LITERAL_OPAQUE, 2);
    if (!span_starts(s->rest, SPAN("(?")))
        skip_past(s, ')');
}

static void
open_named(struct scan *s, size_t taken, char end)
{
    open_group(s, LITERAL_GROUP, taken);
    skip_past(s, end);
}

/* How a group begins that is no mere option, longest first. */
static const struct {
    struct span text;
    enum group_head {
        HEAD_GROUP,
        HEAD_LOOK,
        HEAD_ANGLE, /* a name up to '>' */
        HEAD_QUOTE, /* a name up to '\'' */
        HEAD_CONDITION,
        HEAD_COMMENT,
        HEAD_CALL, /* the text of another group, or its pattern */
    } head;
} heads[] = {
    {SPAN_INIT("(?<="), HEAD_LOOK},     {SPAN_INIT("(?<!"), HEAD_LOOK},
    {SPAN_INIT("(?P<"), HEAD_ANGLE},    {SPAN_INIT("(?P="), HEAD_CALL},
    {SPAN_INIT("(?P>"), HEAD_CALL},     {SPAN_INIT("(?:"), HEAD_GROUP},
    {SPAN_INIT("(?>"), HEAD_GROUP},     {SPAN_INIT("(?|"), HEAD_GROUP},
    {SPAN_INIT("(?="), HEAD_LOOK},      {SPAN_INIT("(?!"), HEAD_LOOK},
    {SPAN_INIT("(?<"), HEAD_ANGLE},     {SPAN_INIT("(?'"), HEAD_QUOTE},
    {SPAN_INIT("(?("), HEAD_CONDITION}, {SPAN_INIT("(?#"), HEAD_COMMENT},
    {SPAN_INIT("(?&"), HEAD_CALL},      {SPAN_INIT("(?R"), HEAD_CALL},
};

static void
scan_head(struct scan *s, enum group_head head, size_t len)
{
    switch (head) {
    case HEAD_GROUP:
        open_group(s, LITERAL_GROUP, len);
        break;
    case HEAD_LOOK:
        open_group(s, LITERAL_LOOK, len);
        break;
    case HEAD_ANGLE:
        open_named(s, len, '>');
        break;
    case HEAD_QUOTE:
        open_named(s, len, '\'');
        break;
    case HEAD_CONDITION:
        scan_conditional(s);
        break;
    case HEAD_COMMENT:
        skip_past(s, ')');
        break;
    case HEAD_CALL:
        skip_past(s, ')');
        literal_tree_unknown(&s->tree);
        break;
    }
}

/* At a '('. */
static void
scan_group(struct scan *s)
{
    if (span_starts(s->rest, SPAN("(*"))) {
        lose(s); /* a verb, or an option for all */
        return;
    }
    if (!span_starts(s->rest, SPAN("(?"))) {
        open_group(s, LITERAL_GROUP, 1);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        if (!span_starts(s->rest, heads[i].text))
            continue;
        scan_head(s, heads[i].head, heads[i].text.len);
        return;
    }
    scan_options(s);
}

static unsigned
take_number(struct span *s)
{
    unsigned n = 0;

    for (; s->len && ascii_is_digit(*s->ptr); *s = span_from(*s, 1))
        n = n < REPEAT_MAX ? n * 10 + (unsigned)(*s->ptr - '0') : REPEAT_MAX;
    return n;
}

/* At a '{'. What is a quantifier for one PCRE2 and text for another (blanks in it, no
 * first number) leaves nothing sure of the item before it. */
static void
scan_brace(struct scan *s)
{
    struct span inner = span_from(s->rest, 1);
    unsigned min, max;
    size_t n = 0;

    while (n < inner.len &&
           (ascii_is_digit(inner.ptr[n]) || strchr(", \t", inner.ptr[n])))
        n++;
    if (n == 0 || n == inner.len || inner.ptr[n] != '}') {
        skip(s, 1);
        literal_tree_byte(&s->tree, '{');
        return;
    }
    skip(s, n + 2);
    inner.len = n;
    if (!ascii_is_digit(*inner.ptr)) {
        literal_tree_forget(&s->tree);
        return;
    }
    min = max = take_number(&inner);
    if (span_take(&inner, SPAN(",")))
        max = inner.len ? take_number(&inner) : REPEAT_MAX;
    if (inner.len)
        literal_tree_forget(&s->tree);
    else
        literal_tree_repeat(&s->tree, min, max);
}

/* Takes the lazy or possessive mark behind a quantifier. */
static void
skip_mark(struct scan *s)
{
    if (s->rest.len && (*s->rest.ptr == '?' || *s->rest.ptr == '+'))
        skip(s, 1);
}

/* At one of * + ? {. */
static void
scan_quantifier(struct scan *s)
{
    char c = *s->rest.ptr;

    if (c == '{') {
        scan_brace(s);
        skip_mark(s);
        return;
    }
    skip(s, 1);
    literal_tree_repeat(&s->tree, c == '+', c == '?' ? 1 : REPEAT_MAX);
    skip_mark(s);
}

/* Within \Q..\E. */
static void
scan_quoted(struct scan *s)
{
    if (span_take(&s->rest, SPAN("\\E"))) {
        s->is_quoted = false;
        return;
    }
    literal_tree_byte(&s->tree, *s->rest.ptr);
    skip(s, 1);
}

static void
scan_step(struct scan *s)
{
    char c = *s->rest.ptr;

    switch (c) {
    case '\\':
        scan_escape(s);
        return;
    case '[':
        scan_class(s);
        return;
    case '(':
        scan_group(s);
        return;
    case ')':
        if (!literal_tree_close(&s->tree))
            lose(s);
        break;
    case '{':
    case '*':
    case '+':
    case '?':
        scan_quantifier(s);
        return;
    case '|':
        literal_tree_branch(&s->tree);
        break;
    case '^':
        literal_tree_nothing(&s->tree, !literal_tree_group(&s->tree)->is_multiline);
        break;
    case '$':
        literal_tree_nothing(&s->tree, false);
        break;
    case '.':
        literal_tree_unknown(&s->tree);
        break;
    default:
        /* A letter that is not ASCII has other bytes in the other case. */
        if ((unsigned char)c >= 0x80 && literal_tree_group(&s->tree)->is_nocase)
            literal_tree_unknown(&s->tree);
        else
            literal_tree_byte(&s->tree, c);
        break;
    }
    skip(s, 1);
}

/* At the beginning a text is found at once, for which it may be a little worse; but of
 * texts that are rare enough the last one tells more. */
static void
choose(const struct literal_node *whole, struct literal *out)
{
    unsigned at_begin = literal_set_score(&whole->begin);
    unsigned anywhere = literal_set_score(&whole->best);

    out->is_anchored = whole->is_anchored && at_begin &&
                       (literal_set_is_same(&whole->begin, &whole->best) ||
                        (anywhere < LITERAL_RARE && at_begin + WORSE >= anywhere));
    literal_set_copy(&out->any, out->is_anchored ? &whole->begin : &whole->best);
    literal_set_reduce(&out->any, out->is_anchored);
}

bool
literal_required(struct span pattern, bool is_multiline, struct literal *out)
{
    struct scan *s = mem_zalloc(1, sizeof(*s));
    const struct literal_node *whole;

    *out = (struct literal){0};
    s->rest = pattern;
    literal_tree_init(&s->tree);
    literal_tree_group(&s->tree)->is_multiline = is_multiline;
    while (s->rest.len && !s->is_lost) {
        if (s->is_quoted)
            scan_quoted(s);
        else
            scan_step(s);
    }
    whole = s->is_lost ? NULL : literal_tree_end(&s->tree);
    if (whole)
        choose(whole, out);
    mem_free(s);
    return out->any.count > 0;
}
