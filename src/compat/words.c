#include "compat/words.h"

/* Where the next byte of a word comes from, and where it goes. */
struct splitting {
    const char *from;
    char *to;
    char quote; /* which is open; 0: none */
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a backslash stands before. False: nothing. */
static bool
take_escaped(struct splitting *s)
{
    char next = s->from[1];

    if (!next)
        return false;
    if (s->quote && next != '"' && next != '\\')
        *s->to++ = '\\'; /* inside of "..." it is a character as others */
    *s->to++ = next;
    s->from++;
    return true;
}

/* One byte. False: a backslash at the end. */
static bool
take(struct splitting *s)
{
    char c = *s->from;

    if (c == '\\' && s->quote != '\'')
        return take_escaped(s);
    if (s->quote ? c == s->quote : c == '"' || c == '\'')
        s->quote = s->quote ? '\0' : c;
    else
        *s->to++ = c;
    return true;
}

bool
words_split(char *line, const char **words, size_t max, size_t *count, const char **why)
{
    struct splitting s = {.from = line, .to = line};
    bool is_in = false;

    *count = 0;
    for (; *s.from; s.from++) {
        if (!s.quote && is_blank(*s.from)) {
            if (is_in)
                *s.to++ = '\0';
            is_in = false;
            continue;
        }
        if (!is_in && *count == max) {
            *why = "too many words";
            return false;
        }
        if (!is_in)
            words[(*count)++] = s.to;
        is_in = true;
        if (!take(&s)) {
            *why = "No escaped character";
            return false;
        }
    }
    *s.to = '\0';
    *why = "No closing quotation";
    return !s.quote;
}
