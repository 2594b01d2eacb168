#include "conf/journalmatch.h"

#define OR SPAN("+")

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The part of a word inside quotes of `quote`, which was taken off. */
static bool
take_quoted(struct span *s, char quote, struct buf *word)
{
    while (s->len && s->ptr[0] != quote) {
        /* Only in double quotes, and only before what would mean something there. */
        if (quote == '"' && s->ptr[0] == '\\' && s->len > 1 &&
            (s->ptr[1] == '"' || s->ptr[1] == '\\'))
            *s = span_from(*s, 1);
        buf_add_byte(word, s->ptr[0]);
        *s = span_from(*s, 1);
    }
    if (s->len == 0)
        return false;
    *s = span_from(*s, 1);
    return true;
}

/* Takes the next word as a shell does, without its quotes; `*is_quoted`: it had some. */
static bool
take_word(struct span *s, struct buf *word, bool *is_quoted)
{
    *is_quoted = false;
    while (s->len && !is_blank(s->ptr[0])) {
        char c = s->ptr[0];

        *s = span_from(*s, 1);
        if (c == '\'' || c == '"') {
            *is_quoted = true;
            if (!take_quoted(s, c, word))
                return false;
            continue;
        }
        if (c == '\\') {
            if (s->len == 0)
                return false;
            *is_quoted = true;
            c = s->ptr[0];
            *s = span_from(*s, 1);
        }
        buf_add_byte(word, c);
    }
    return true;
}

/* What journald takes for the name of a field that can be matched. */
static bool
is_field(struct span name)
{
    if (name.len == 0 || name.len > JOURNALMATCH_FIELD_MAX ||
        span_starts(name, SPAN("__")))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

static bool
is_term(struct span term)
{
    struct span name, value;

    return span_cut(term, SPAN("="), &name, &value) && is_field(name) &&
           span_find_byte(value, '\n') < 0 && span_find_byte(value, '\0') < 0;
}

static bool
refuse(struct buf *why, const char *what, struct span term)
{
    enum { SHOWN_MAX = 80 };

    buf_add_byte(why, '`');
    buf_escaped(why, span_head(term, SHOWN_MAX));
    buf_printf(why, "`%s", what);
    return false;
}

static size_t
count_terms(struct span match)
{
    struct span term;
    size_t n = 0;

    while (span_line(&match, &term))
        n++;
    return n;
}

/* Puts a term behind the others; `*is_open`: a group has begun and has no term yet. */
static bool
add_term(struct buf *match, struct span term, bool is_or, bool *is_open)
{
    if (is_or && *is_open)
        return false;
    *is_open = is_or;
    if (match->len)
        buf_add_byte(match, '\n');
    buf_add(match, term);
    return true;
}

/* Reads the words of a line into `match`. */
static bool
add_words(struct buf *match, struct span line, struct buf *word, struct buf *why)
{
    bool is_quoted, is_or, is_open = true;

    for (line = span_trim(line); line.len; line = span_trim(line)) {
        buf_clear(word);
        if (!take_word(&line, word, &is_quoted))
            return refuse(why, " has a quote or a backslash that does not end",
                          buf_span(word));
        is_or = !is_quoted && span_eq(buf_span(word), OR);
        if (!is_or && !is_term(buf_span(word)))
            return refuse(why,
                          " is no match; write FIELD=value, for example "
                          "_SYSTEMD_UNIT=ssh.service, and + between groups",
                          buf_span(word));
        if (!add_term(match, buf_span(word), is_or, &is_open))
            return refuse(why, " needs a match before it", OR);
    }
    return !is_open || refuse(why, " needs a match behind it", OR);
}

bool
journalmatch_add(struct buf *match, struct span line, struct buf *why)
{
    const char *between = match->len ? "\n+\n" : "";
    struct buf own = {0}, word = {0};
    bool is_good;

    if (span_trim(line).len == 0)
        return true;
    is_good = add_words(&own, line, &word, why);
    if (is_good && match->len + own.len + strlen(between) > JOURNALMATCH_MAX) {
        buf_printf(why, "longer than %d bytes", JOURNALMATCH_MAX);
        is_good = false;
    } else if (is_good && count_terms(buf_span(match)) + (match->len > 0) +
                                  count_terms(buf_span(&own)) >
                              JOURNALMATCH_TERMS_MAX) {
        buf_printf(why, "more than %d terms", JOURNALMATCH_TERMS_MAX);
        is_good = false;
    }
    if (is_good) {
        buf_add_text(match, between);
        buf_add(match, buf_span(&own));
    }
    buf_fini(&own);
    buf_fini(&word);
    return is_good;
}

bool
journalmatch_is_normal(struct span match)
{
    bool is_open = true;
    struct span term;

    if (match.len == 0)
        return true;
    if (match.len > JOURNALMATCH_MAX || count_terms(match) > JOURNALMATCH_TERMS_MAX ||
        match.ptr[match.len - 1] == '\n')
        return false;
    while (span_line(&match, &term)) {
        bool is_or = span_eq(term, OR);

        if (is_or ? is_open : !is_term(term))
            return false;
        is_open = is_or;
    }
    return !is_open;
}

/* A single quote ends the quotes, stands escaped, and begins them again. */
static void
add_quoted(struct span term, struct buf *out)
{
    buf_add_byte(out, '\'');
    for (size_t i = 0; i < term.len; i++)
        if (term.ptr[i] == '\'')
            buf_add_text(out, "'\\''");
        else
            buf_add_byte(out, term.ptr[i]);
    buf_add_byte(out, '\'');
}

static bool
is_plain(struct span term)
{
    for (size_t i = 0; i < term.len; i++)
        if (is_blank(term.ptr[i]) || strchr("'\"\\", term.ptr[i]))
            return false;
    return true;
}

void
journalmatch_text(struct span match, struct buf *out)
{
    const char *gap = "";
    struct span term;

    while (span_line(&match, &term)) {
        buf_add_text(out, gap);
        if (is_plain(term))
            buf_add(out, term);
        else
            add_quoted(term, out);
        gap = " ";
    }
}
